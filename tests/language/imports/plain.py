"""A plain module."""
print("plain runs as", __name__)
value = 1
_private = 2
__hidden__ = 3


def double(x):
    return 2 * x
