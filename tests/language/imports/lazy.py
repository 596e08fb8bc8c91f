def __getattr__(name):
    if name.startswith("make_"):
        return name[5:] * 2
    raise AttributeError(f"lazy has no {name}")


def __dir__():
    return ["make_anything"]
