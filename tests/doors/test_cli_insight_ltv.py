"""`goen insight ltv --input`: a file of purchases judged, with neither shop nor database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from goen.doors.cli.insight import insight
from tests.insight import cdnow

SPAN = ("--calibration-end", "1997-09-30", "--holdout-end", "1998-06-30")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CDNOW as a shop's system would write it: cp932, headings in Japanese, days with slashes."""
    path = tmp_path_factory.mktemp("cdnow") / "購入.csv"
    rows = [f"{who},{day:%Y/%m/%d},{amount}" for who, day, amount in cdnow.lines()]
    path.write_text("\n".join(["会員番号,購入日,金額", *rows]), encoding="cp932")
    return path


def run(path: Path, *arguments: str, span: tuple[str, ...] = SPAN) -> Result:
    columns = ("--customer", "会員番号", "--date", "購入日")
    return CliRunner().invoke(insight, ["ltv", "--input", str(path), *columns, *span, *arguments])


def test_the_published_figures_come_from_a_file(file: Path) -> None:
    result = run(file, "--amount", "金額", "--json")
    assert result.exit_code == 0, result.output
    value = json.loads(result.output)
    assert value["params"] == {
        "r": pytest.approx(0.243, abs=0.001),
        "alpha": pytest.approx(4.414, abs=0.002),
        "a": pytest.approx(0.793, abs=0.001),
        "b": pytest.approx(2.426, abs=0.002),
    }
    assert value["log_likelihood"] == pytest.approx(-9582.4, abs=0.05)
    assert value["model"] in {"BG/NBD", "MBG/NBD", "Pareto/NBD"}
    held = value["holdout"]
    assert held["actual"] == 1882
    assert held["mae"] < 0.786
    assert 0.88 <= held["pit_coverage_90"] <= 0.92 < held["coverage_90"]
    assert value["gamma_gamma"] == {
        "p": pytest.approx(6.25, abs=0.01),
        "q": pytest.approx(3.74, abs=0.01),
        "gamma": pytest.approx(15.44, abs=0.01),
    }
    assert value["independence"]["correlation"] == pytest.approx(0.114, abs=0.001)
    assert value["rows"] == {"read": 6919, "anonymous": 0, "returns": 0}


def test_people_read_the_same_and_without_amounts_no_value(file: Path) -> None:
    text = run(file).output
    for part in ("2,357", "946", "alpha 4.414", "LL -9,582.4", "1,882"):
        assert part in text
    assert "Gamma" not in text
    assert {"gamma_gamma", "independence"}.isdisjoint(json.loads(run(file, "--json").output))


def test_it_works_as_a_program_where_nothing_of_goen_is_set_up(file: Path, tmp_path: Path) -> None:
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GOEN_HOME": str(tmp_path / "no")}
    command = [sys.executable, "-m", "goen.doors.cli.main", "insight", "ltv", "--json",
               "--input", str(file), "--customer", "会員番号", "--date", "購入日",
               *SPAN]  # fmt: skip
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["holdout"]["actual"] == 1882
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("00004,不明,9", ["7", "購入日", "不明"]),
        ("00004,1997/01/09,九円", ["7", "金額", "九円"]),
        ("00004,1997/13/09,9", ["7", "購入日", "1997/13/09"]),
        ("00004,1997/01/09,", ["7", "金額"]),
    ],
)
def test_a_cell_that_is_not_understood_is_named_by_line_and_column(
    file: Path, tmp_path: Path, line: str, told: list[str]
) -> None:
    lines = file.read_text("cp932").splitlines()
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join([*lines[:6], line, *lines[6:]]), encoding="utf-8")
    result = run(bad, "--amount", "金額", "--json")
    assert result.exit_code != 0
    for part in told:
        assert part in result.output


def test_what_cannot_be_asked_is_refused(file: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("\n".join(file.read_text("cp932").splitlines()[:40]), encoding="utf-8")
    assert "50" in run(few).output
    assert run(few).exit_code == 1
    backwards = ("--calibration-end", "1997-09-30", "--holdout-end", "1997-09-30")
    assert run(file, span=backwards).exit_code == 2
    assert run(file, span=("--calibration-end", "いつか", *SPAN[2:])).exit_code == 2
    assert "購入日" in run(file, "--amount", "値段").output
    no_date = CliRunner().invoke(insight, ["ltv", "--input", str(file), "--customer", "会員番号"])
    assert (no_date.exit_code, "--date" in no_date.output) == (2, True)


def test_nobody_s_rows_and_returns_are_counted_and_left_out(file: Path, tmp_path: Path) -> None:
    lines = file.read_text("cp932").splitlines()
    more = tmp_path / "more.csv"
    extra = ["ゲスト,1997/01/09,9", ",1997/02/09,9", "00004,1997/09/28,-14.96"]
    more.write_text("\n".join([*lines, *extra]), encoding="utf-16")
    value = json.loads(run(more, "--amount", "金額", "--json").output)
    assert value["rows"] == {"read": 6922, "anonymous": 2, "returns": 1}
    assert value["log_likelihood"] == pytest.approx(-9582.43, abs=0.01)


def test_a_workbook_with_true_dates_is_the_same(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["会員番号", "購入日", "金額"])
    for row in cdnow.lines():
        sheet.append(row)
    book.save(tmp_path / "cdnow.xlsx")
    value = json.loads(run(tmp_path / "cdnow.xlsx", "--json").output)
    assert value["log_likelihood"] == pytest.approx(-9582.43, abs=0.01)
