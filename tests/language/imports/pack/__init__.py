"""A package."""
print("pack runs:", __name__, __package__, len(__path__))
__all__ = ["first", "inner"]
here = "pack"
