"""Where a page of a long list begins, as its address says."""


def start(text: str) -> int:
    """The number of rows before the page; what is no such number is the beginning."""
    return int(text) if text.isdecimal() and len(text) < 9 else 0
