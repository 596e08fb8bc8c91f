import ring_a

name = "b"


def partner():
    return ring_a.name
