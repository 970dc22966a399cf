"""The range grows with the shop: one article for every twelve people, within bounds.

A small shop sells what `data/goods.csv` lists. A larger one adds articles of the same departments,
each a line of `data/lines.csv` in one of its ways of `data/ways.csv` (a glaze, a flavour, a place
it comes from), always in the same order, all departments alike.
"""

import csv
from collections import defaultdict
from pathlib import Path
from random import Random

DATA = Path(__file__).parent / "data"
PEOPLE_PER_ARTICLE, BESIDE = 2_000 / 162, 20
SEASONS = frozenset(("spring", "summer", "autumn", "winter"))
_SIZES = ("本", "枚", "包", "袋", "個", "缶", "食", "人前", "味", "g", "ml", "L")
Row = dict[str, str]


def rows(people: int) -> list[Row]:
    """The articles of a shop with so many people: category, ja, en, price and tags of each."""
    listed = _read("goods.csv")
    wanted = round(people / PEOPLE_PER_ARTICLE) + BESIDE
    return [*listed, *_more(listed)[: max(0, wanted - len(listed))]]


def _more(listed: list[Row]) -> list[Row]:
    """Everything that lines and ways make, without what is listed already, well mixed."""
    ways: dict[str, list[Row]] = defaultdict(list)
    for way in _read("ways.csv"):
        ways[way["ways"]].append(way)
    there = {row["ja"] for row in listed}
    made = [_made(line, way) for line in _read("lines.csv") for way in ways[line["ways"]]]
    made = [row for row in made if row["ja"] not in there and _one_season(row["tags"])]
    Random("miyabido").shuffle(made)
    return made


def _made(line: Row, way: Row) -> Row:
    return {
        "category": line["category"],
        "ja": _named(line["ja"], way["ja"]),
        "en": f"{line['en']}, {way['en']}",
        "price": str(float(line["price"]) * float(way["times"])),
        "tags": f"{line['tags']} {way['tags']}".strip(),
    }


def _named(line: str, way: str) -> str:
    """宇治煎茶 100g, ぽん酢 柚子 200ml, 湯のみ 唐草: the size comes last."""
    if "{}" in line:
        return line.format(way)
    name, _, size = line.rpartition(" ")
    if name and size.endswith(_SIZES):
        return f"{name} {way} {size}"
    return f"{line} {way}"


def _one_season(tags: str) -> bool:
    return len(SEASONS & set(tags.split())) <= 1


def _read(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
