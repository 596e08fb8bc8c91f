from .. import here
from ..second import number

depth = (here, number)
