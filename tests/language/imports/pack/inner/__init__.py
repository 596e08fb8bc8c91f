print("inner runs:", __name__, __package__)
