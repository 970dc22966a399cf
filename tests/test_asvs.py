"""The list of a standard's demands is whole, current, and names only what is there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROWS = tomllib.loads((ROOT / "tools" / "asvs.toml").read_text())


def test_every_demand_of_both_levels_stands_there_once() -> None:
    levels = [row[0] for row in ROWS.values()]
    assert (levels.count(1), levels.count(2)) == (70, 183), "as ASVS 5.0.0 counts them"
    assert all(re.fullmatch(r"\d{1,2}\.\d\.\d{1,2}", number) for number in ROWS)


def test_what_is_met_names_a_file_that_exists_and_what_is_not_says_why() -> None:
    for number, (_, state, words, files, remark) in ROWS.items():
        assert state in {"met", "partly", "no", "na"}, number
        assert words, number
        for name in files.split():
            assert (ROOT / name).exists(), (number, name)
        assert files or state in {"no", "na"}, number
        assert remark or state == "met", number


def test_the_pages_are_current() -> None:
    done = subprocess.run([sys.executable, "tools/asvs.py", "--check"], cwd=ROOT,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
