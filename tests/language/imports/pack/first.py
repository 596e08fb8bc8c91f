from . import here
from .inner.deep import depth
from . import inner as sub

print("first runs:", __name__, __package__, here, depth, sub.__name__)
