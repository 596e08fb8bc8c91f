import sys


class Answer:
    everything = 42


sys.modules[__name__] = Answer()
