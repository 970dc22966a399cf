"""Which column of somebody's file means what: by its name, then by what stands in it.

Promises: a guess is only a proposal, shown before anything is written; a column is proposed for
one field at most; the required fields are looked for in the data where no name says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from goen.links import values, vocabulary

FIELDS = (
    "date", "time", "receipt", "store", "staff", "customer", "customer_name", "product_code",
    "product_name", "category", "quantity", "unit_price", "amount", "unit_cost", "tax",
)  # fmt: skip

_Test = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Guess:
    """What is proposed: a column for each field found, and the order in its dates."""

    columns: Mapping[str, str]
    date_order: str


def header_among(rows: Sequence[tuple[str, ...]]) -> int | None:
    """Which of the first rows names the columns; None when the data begin at once."""
    scores = [(_names_in(cells), -at) for at, cells in enumerate(rows[:20])]
    known, at = max(scores)
    if known >= 2:
        return -at
    first = [cell for cell in rows[0] if cell]
    if any(values.number(cell) is not None or values.moment(cell) for cell in first):
        return None
    return 0


def _names_in(cells: tuple[str, ...]) -> int:
    named = {vocabulary.field_named(cell) for cell in cells if cell and not cell[0].isdigit()}
    return len(named - {""})


def guess(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Guess:
    """Propose a column for every field, from the names and from the first rows."""
    samples = {
        name: [cells[at] for cells in rows if at < len(cells) and cells[at]]
        for at, name in enumerate(columns)
    }
    chosen: dict[str, str] = {}
    for field in FIELDS:
        named = [name for name in columns if vocabulary.field_named(name) == field]
        fitting = [name for name in named if _fits(field, samples[name])]
        if fitting:
            chosen[field] = _best(field, fitting, samples)
    _doubt_total(chosen, columns, rows)
    _fill_from_data(chosen, columns, samples)
    order = date_order(samples[chosen["date"]]) if "date" in chosen else "ymd"
    return Guess(chosen, order)


def date_order(sample: Sequence[str]) -> str:
    """The order of day, month and year that fits most; a draw goes to the year first."""

    def fits(order: str) -> int:
        return sum(values.moment(text, order=order) is not None for text in sample)

    return max(values.ORDERS, key=lambda order: (fits(order), -values.ORDERS.index(order)))


def _fits(field: str, sample: Sequence[str]) -> bool:
    """Whether what stands in a column can mean the field: a name alone is not believed."""
    if not sample:
        return True
    if field in {"quantity", "unit_price", "amount", "unit_cost"}:
        return _share(sample, lambda text: values.number(text) is not None) >= 0.6
    if field == "date":
        order = date_order(sample)
        return _share(sample, lambda text: values.moment(text, order=order) is not None) >= 0.6
    if field == "time":
        return _share(sample, lambda text: values.clock_time(text) is not None) >= 0.6
    return True


def _best(field: str, names: Sequence[str], samples: Mapping[str, Sequence[str]]) -> str:
    """Between columns of one meaning: the line's own amount, a real barcode, the fuller one."""
    if field == "amount":
        names = sorted(names, key=vocabulary.amount_rank)
    if field == "product_code":
        return max(names, key=lambda name: _share(samples[name], _like_gtin))
    if field == "customer":
        names = sorted(names, key=vocabulary.is_contact)
    filled = [name for name in names if samples[name]]
    return (filled or list(names))[0]


def _doubt_total(
    chosen: dict[str, str], columns: Sequence[str], rows: Sequence[tuple[str, ...]]
) -> None:
    """A total that is not quantity × price is the receipt's, not the line's: price it ourselves."""
    if not {"amount", "unit_price", "quantity"} <= chosen.keys():
        return
    if vocabulary.amount_rank(chosen["amount"]) < 2:
        return
    at = [list(columns).index(chosen[field]) for field in ("amount", "unit_price", "quantity")]
    found = [[values.number(cells[i]) if i < len(cells) else None for i in at] for cells in rows]
    whole = [(a, p * q) for a, p, q in found if p is not None and q is not None]
    if sum(amount == product for amount, product in whole) < 0.6 * len(whole):
        del chosen["amount"]


def _fill_from_data(
    chosen: dict[str, str], columns: Sequence[str], samples: Mapping[str, Sequence[str]]
) -> None:
    """Where no name says so: a column of days, one of words, and of two numbers the larger."""
    left = [
        name for name in columns if name not in chosen.values() and not vocabulary.field_named(name)
    ]
    left = [name for name in left if len(samples[name]) > 0]
    if "date" not in chosen:
        _take(chosen, "date", left, lambda name: _fits_day(samples[name]))
    if "product_code" not in chosen:
        _take(chosen, "product_code", left, lambda name: _share(samples[name], _like_gtin) > 0.8)
    numbers = [name for name in left if _share(samples[name], _is_number) > 0.9]
    if "amount" not in chosen and "unit_price" not in chosen and numbers:
        size = {name: median(_sizes(samples[name])) for name in numbers}
        chosen["amount"] = max(numbers, key=lambda name: size[name])
        left.remove(chosen["amount"])
    if "quantity" not in chosen:
        _take(chosen, "quantity", left, lambda name: _small_counts(samples[name]))
    if "product_name" not in chosen and "product_code" not in chosen:
        words = [name for name in left if _share(samples[name], _is_word) > 0.8]
        if words:
            chosen["product_name"] = max(words, key=lambda name: len(set(samples[name])))


def _take(chosen: dict[str, str], field: str, left: list[str], fits: _Test) -> None:
    found = next((name for name in left if fits(name)), None)
    if found is not None:
        chosen[field] = found
        left.remove(found)


def _fits_day(sample: Sequence[str]) -> bool:
    """Written as a day; bare numbers are only believed when a name speaks of a date."""
    order = date_order(sample)
    return (
        _share(
            sample,
            lambda text: (
                (not text.isdigit() or len(text) in {8, 14})
                and values.moment(text, order=order) is not None
            ),
        )
        > 0.8
    )


def _small_counts(sample: Sequence[str]) -> bool:
    if _share(sample, _is_number) <= 0.9:
        return False
    sizes = _sizes(sample)
    return median(sizes) <= 20 and all(size == int(size) for size in sizes)


def _sizes(sample: Sequence[str]) -> list[float]:
    return [abs(float(found)) for text in sample if (found := values.number(text)) is not None]


def _like_gtin(text: str) -> bool:
    return values.is_gtin(values.product_code(text))


def _is_number(text: str) -> bool:
    return values.number(text) is not None


def _is_word(text: str) -> bool:
    return values.number(text) is None and values.moment(text) is None


def _share(sample: Sequence[str], test: _Test) -> float:
    return sum(bool(test(text)) for text in sample) / len(sample) if sample else 0.0
