"""`goen insight effect`: from a file of people to differences, without a shop or a database."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy import stats

from goen.doors.cli.insight import insight

close = pytest.approx
Write = Callable[[Sequence[Sequence[object]]], Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """A file with the heading 群, 粗利, 前, 注文 and the rows given."""

    def write(rows: Sequence[Sequence[object]]) -> Path:
        path = tmp_path / "人.csv"
        with path.open("w", encoding="cp932", newline="") as file:
            csv.writer(file).writerows([("群", "粗利", "前", "注文"), *rows])
        return path

    return write


def people(seed: int = 1, n: int = 600, arms: Sequence[str] = ("control", "mail")) -> list[tuple]:
    rng = np.random.default_rng(seed)
    before = rng.gamma(1.5, 2_000, n)
    later = 0.7 * before + rng.normal(0, 700, n)
    orders = rng.poisson(2, n) + 1
    columns = zip(np.resize(arms, n), later.round(2), before.round(2), orders, strict=True)
    return [(str(arm), float(a), float(b), int(c)) for arm, a, b, c in columns]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(insight, ["effect", *arguments], env={"LANG": "C", "LC_ALL": "C"})


def found(path: Path, *arguments: str) -> dict[str, Any]:
    result = run("--input", str(path), "--arm", "群", "--outcome", "粗利", "--json", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_it_answers_where_there_is_no_shop_and_no_database(written: Write, tmp_path: Path) -> None:
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env["GOEN_HOME"] = str(tmp_path / "nothing")
    path = str(written(people()))
    goen = [sys.executable, "-m", "goen.doors.cli.main", "insight", "effect"]
    done = subprocess.run(
        [*goen, "--input", path, "--arm", "群", "--outcome", "粗利", "--json"],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {one["name"] for one in json.loads(done.stdout)["arms"]} == {"control", "mail"}
    assert not (tmp_path / "nothing").exists()


def test_the_answer_is_what_scipy_says(written: Write) -> None:
    rows = people()
    value = found(written(rows), "--covariate", "前", "--control", "control")
    mail, control = ([row[1] for row in rows if row[0] == name] for name in ("mail", "control"))
    told = stats.ttest_ind(mail, control, equal_var=False)
    (one,) = value["comparisons"]
    assert (one["arm"], one["against"], one["n"], one["n_against"]) == ("mail", "control", 300, 300)
    assert one["difference"] == close(np.mean(mail) - np.mean(control))
    assert one["interval"]["fixed"] == close(list(told.confidence_interval()))
    low, high = one["interval"]["always_valid"]
    assert low < one["interval"]["fixed"][0]
    assert high > one["interval"]["fixed"][1]
    sd = {"control": close(np.std(control, ddof=1)), "mail": close(np.std(mail, ddof=1))}
    assert {arm["name"]: arm["sd"] for arm in value["arms"]} == sd
    assert value["arms"][1]["mean"] == close(np.mean(mail))
    cuped = one["cuped"]
    assert cuped["theta"]["前"] == close(0.7, abs=0.05)
    assert cuped["variance_reduction"] > 0.7
    assert cuped["se"] == close(one["se"] * (1 - cuped["variance_reduction"]) ** 0.5, rel=0.02)
    assert value["sample_ratio"]["p_value"] == 1.0


def test_without_a_control_every_pair_is_given(written: Write) -> None:
    path = written(people(n=300, arms=("a", "b", "c")))
    pairs = [(one["arm"], one["against"]) for one in found(path)["comparisons"]]
    assert pairs == [("b", "a"), ("c", "a"), ("c", "b")]
    assert all(one["cuped"] is None for one in found(path)["comparisons"])


def test_shares_are_held_against_the_plan(written: Write) -> None:
    path = written(people(n=1_000, arms=("control", *["mail"] * 9)))
    assert found(path)["sample_ratio"]["mismatch"] is True
    planned = found(path, "--planned", "control=1,mail=9")["sample_ratio"]
    assert (planned["mismatch"], planned["planned_given"]) == (False, True)
    assert found(path, "--planned", "control=0.5", "--planned", "mail=0.5")["sample_ratio"][
        "mismatch"
    ]


def test_profit_per_order_is_a_ratio_of_sums(written: Write) -> None:
    rows = people()
    value = found(written(rows), "--per", "注文")
    for arm in value["arms"]:
        own = [row for row in rows if row[0] == arm["name"]]
        assert arm["mean"] == close(sum(row[1] for row in own) / sum(row[3] for row in own))


def test_extremes_are_moved_by_the_rule_that_was_named(written: Write) -> None:
    rows = [*people(), ("mail", 10**9, 0, 1)]
    value = found(written(rows), "--winsorize", "0.99")
    (cut,) = value["winsorized"]
    profit = np.array([row[1] for row in rows])
    low, high = np.quantile(profit, [1 - 0.99, 0.99])
    told = {"column": "粗利", "low": close(low), "high": close(high)}
    assert cut == {**told, "moved": int(((profit < low) | (profit > high)).sum())}
    assert value["arms"][1]["mean"] < 10_000


def test_people_read_words(written: Write) -> None:
    path = str(written(people()))
    arguments = ["--input", path, "--arm", "群", "--outcome", "粗利", "--covariate", "前"]
    result = run(*arguments)
    assert "no difference can be claimed" in result.output
    assert "people would be needed" in result.output
    japanese = CliRunner().invoke(insight, ["effect", *arguments], env={"LC_ALL": "ja_JP.UTF-8"})
    assert "差があるとは言えません" in japanese.output
    few = run("--input", str(written(people(n=12))), "--arm", "群", "--outcome", "粗利")
    assert "counted only" in few.output
    alone = run("--input", str(written(people(arms=("mail",)))), "--arm", "群", "--outcome", "粗利")
    assert "nothing to compare" in alone.output


GOOD = ("mail", 1, 2, 1)


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([GOOD, ("mail", "abc", 1, 1)], (), "line 3, column “粗利”: “abc” is not a number"),
        ([GOOD, ("mail", "", 1, 1)], (), "line 3, column “粗利”: it is empty"),
        ([GOOD, ("mail", 1, "x", 1)], ("--covariate", "前"), "line 3, column “前”"),
        ([GOOD, ("", 1, 1, 1)], (), "line 3, column “群”: it is empty"),
        ([(f"a{n}", 1, 1, 1) for n in range(21)], (), "line 22, column “群”: more than 20 arms"),
        ([("mail", "nan", 1, 1)], (), "line 2, column “粗利”: “nan” is not a number"),
        ([], (), "no people"),
        ([GOOD], ("--covariate", "後"), "no column “後”. There are: 群, 粗利, 前, 注文"),
        ([GOOD], ("--control", "fax"), "no arm “fax”. There are: mail"),
        ([GOOD], ("--planned", "mail"), "ARM=SHARE"),
        ([GOOD], ("--planned", "mail=-1"), "ARM=SHARE"),
        ([GOOD], ("--planned", "mail=nan"), "ARM=SHARE"),
        ([GOOD, ("control", 1, 1, 1)], ("--planned", "mail=1"), "no share for: control"),
        ([("mail", 1, 1, 0)], ("--per", "注文"), "“注文” of “mail” sums to zero"),
        ([GOOD], ("--winsorize", "1"), "--winsorize"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named(
    written: Write, rows: list[tuple], options: tuple[str, ...], said: str
) -> None:
    path = str(written(rows))
    result = run("--input", path, "--arm", "群", "--outcome", "粗利", *options)
    assert result.exit_code in {1, 2}
    assert said in result.output
    assert "Traceback" not in result.output


def test_numbers_as_people_write_them(written: Write) -> None:
    value = found(written([("a", "1,234円", 0, 0), ("b", "△540", 0, 0)]))
    assert [one["mean"] for one in value["arms"]] == [1_234, -540]
    assert value["comparisons"][0]["verdict"] == {"fixed": "too_few", "always_valid": "too_few"}
