import ring_b

name = "a"


def partner():
    return ring_b.name
