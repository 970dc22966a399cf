"""`POST /v1/sales`."""


def sell(request): ...
