from ...nowhere import x
