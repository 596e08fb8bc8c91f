from shop import customers


class Order:
    pass
