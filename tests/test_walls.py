"""Walls that no import shows: who writes which table, where foreign keys point, and what a
refusal says. Read from the code and from the database themselves."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goen.doors import load_words
from goen.doors.refusals import SENTENCES
from goen.kit.db import Tx

SOURCE = Path(__file__).parents[1] / "src" / "goen"
LAYERS = (
    ("kit",), ("ledger",), ("places",), ("catalogue", "customers"),
    ("stock", "points", "payments", "behaviour"), ("orders",), ("insight",), ("marketing",),
    ("links",), ("doors",),
)  # fmt: skip
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
WRITES = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY|MERGE\s+INTO|LOCK\s+TABLE)\s+"
    r"(?:ONLY\s+)?\"?([a-z]+_[a-z_]+)\"?",
)


def package_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path, ast.parse(path.read_text())


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string of a module; a slot of an f-string is a blank."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else " " for part in node.values
            )


def tables(t: Tx) -> set[str]:
    return {row[0] for row in t.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def test_a_package_writes_only_its_own_tables(tx_db: None) -> None:
    known, written, strangers = tables(Tx()), set(), []
    for path, tree in sources():
        for text in texts(tree):
            for table in WRITES.findall(text):
                written.add(table)
                if table in known and table.partition("_")[0] != package_of(path):
                    strangers.append(f"{path.relative_to(SOURCE)} writes {table}")
    assert strangers == []
    assert {"orders_order", "ledger_move", "ledger_balance", "customers_edge",
            "insight_skufigure"} <= written  # fmt: skip


def test_no_sql_asks_the_database_what_time_it_is() -> None:
    """The clock is read once, by the door; `recorded_at` is handed down."""
    asks = re.compile(r"\b(now\(\)|current_timestamp|clock_timestamp\(\)|localtimestamp)", re.I)
    docstrings = {"no SQL says `now()`"}
    found = [
        f"{path.relative_to(SOURCE)}: {text[:60]}"
        for path, tree in sources()
        if "migrations" not in path.parts
        for text in texts(tree)
        if asks.search(text) and not any(said in text for said in docstrings)
        and re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|VALUES)\b", text)
    ]  # fmt: skip
    assert found == []


def test_foreign_keys_point_down(tx_db: None) -> None:
    keys = Tx().rows(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f'"
    )
    between = {
        (source.partition("_")[0], target.partition("_")[0])
        for source, target in keys
        if source.partition("_")[0] in RANK
    }
    upward = [
        (source, target)
        for source, target in between
        if source != target and not (target in RANK and RANK[target] < RANK[source])
    ]
    assert upward == []
    assert ("orders", "customers") in between


def test_only_the_ledger_s_verb_moves_a_quantity() -> None:
    """Every INSERT into the moves stands in one file."""
    inserting = {
        path.relative_to(SOURCE).as_posix()
        for path, tree in sources()
        if "migrations" not in path.parts
        for text in texts(tree)
        if re.search(r"INSERT\s+INTO\s+ledger_move|UPDATE\s+ledger_(move|balance)", text)
    }
    assert inserting == {"ledger/writing.py"}


def codes(path: Path, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(where, code) of every refusal made; a slot in a code is `*`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Refusal")):
            continue
        if not node.args:
            continue
        where, code = f"{path.relative_to(SOURCE)}:{node.lineno}", node.args[0]
        if isinstance(code, ast.Constant):
            yield where, code.value
        elif isinstance(code, ast.JoinedStr):
            parts = (p.value if isinstance(p, ast.Constant) else "*" for p in code.values)
            yield where, "".join(map(str, parts))
        elif isinstance(code, ast.IfExp):
            for branch in (code.body, code.orelse):
                yield where, ast.literal_eval(branch)
        elif not (isinstance(code, ast.Attribute) and code.attr == "code"):  # one passed on
            yield where, f"not a literal: {ast.unparse(code)}"


DYNAMIC = {
    "orders/checking.py": ("unknown_*", ("place", "channel", "source", "till", "staff", "member",
                                         "record_key")),
    "orders/shape.py": ("unknown_*", ("tender", "price_tax")),
}  # fmt: skip
"""Codes with a slot, and what may stand in it."""


def words_for(path: Path) -> set[str]:
    """The sentences a refusal may have; those about a file stand in a table of their own."""
    about_files = package_of(path) == "links" or path.stem.startswith("load")
    return SENTENCES.keys() | (load_words.REFUSED.keys() if about_files else set())


def test_every_refusal_has_its_sentence_in_both_languages() -> None:
    missing = []
    for path, tree in sources():
        for where, code in codes(path, tree):
            pattern, slots = DYNAMIC.get(path.relative_to(SOURCE).as_posix(), ("", ()))
            given = [code.replace("*", slot) for slot in slots] if code == pattern else [code]
            missing += [f"{where} {one}" for one in given if one not in words_for(path)]
    assert missing == []


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_both_languages_name_the_same_values(code: str) -> None:
    japanese, english = SENTENCES[code]
    slots = [set(re.findall(r"\{(\w+)", text)) for text in (japanese, english)]
    assert slots[0] == slots[1]
    assert japanese
    assert english


def test_pages_start_without_the_engines_of_the_analyst() -> None:
    """A page reads what was computed: it needs neither DuckDB nor what fits models."""
    program = (
        "import sys, goen.doors.web, goen.doors.urls;"
        "print(sorted({'duckdb', 'ibis', 'sqlglot', 'scipy.stats', 'scipy.optimize'}"
        " & sys.modules.keys()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.strip() == "[]"
