from knot_b import b

a = 1
