from knot_a import a

b = 2
