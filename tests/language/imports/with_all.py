__all__ = ["shown", "_also"]
shown = "shown"
_also = "also"
not_shown = "not shown"
