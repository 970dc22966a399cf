"""Code 128 on paper: a receipt's number that the scanner reads when something comes back. Pure.

Printable ASCII (code set B); anything else has no barcode. Drawn as bars of whole modules, black on
white in every theme, so that a till's scanner reads paper and screen.
"""

from itertools import pairwise

_TABLE = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132
122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212
322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311
112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321
331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214
112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212
124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113
411311 113141 114131 311141 411131 211412 211214 211232 2331112
"""
_WIDTHS = tuple(_TABLE.split())
"""Widths of bars and gaps, in turn, of each symbol; the last is the stop."""
_START_B, _STOP = 104, 106
_QUIET = 10
_LONGEST = 24


def bars(text: str) -> tuple[int, tuple[tuple[int, int], ...]] | None:
    """(modules in all, (start, width) of each bar) of a text; None when it has no barcode."""
    if not text or len(text) > _LONGEST or any(not " " <= letter <= "~" for letter in text):
        return None
    values = [ord(letter) - 32 for letter in text]
    check = (_START_B + sum(n * value for n, value in enumerate(values, start=1))) % 103
    widths = "".join(_WIDTHS[value] for value in (_START_B, *values, check, _STOP))
    edges = [_QUIET]
    for width in widths:
        edges.append(edges[-1] + int(width))
    spans = list(pairwise(edges))[::2]
    return edges[-1] + _QUIET, tuple((start, end - start) for start, end in spans)
