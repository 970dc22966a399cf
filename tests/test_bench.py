"""The bench runs: a shop of a few articles, measured for a moment."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench.figure import Figure, count, rate, table

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
@pytest.mark.quiet
def test_the_bench_measures_holds_and_orders_beside_their_limits(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--small", "--seconds", "0.2", "--only", "gathered",
         "--out", str(out)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    figures = [Figure(**one) for one in json.loads(out.read_text())]
    assert all(f.limit_is for f in figures)
    names = Counter(f.name for f in figures)
    for kind in ("holds", "orders"):
        for by in ("", " ungathered"):
            assert names[f"{kind} uniform{by}"] == 3
            assert names[f"{kind} hot{by}"] >= 3
            (oversold,) = [f for f in figures if f.name == f"{kind} oversold{by}"]
            assert (oversold.value, oversold.ratio) == (0, 1.0)
    asking = [f for f in figures if f.clients]
    assert {f.clients for f in asking} == {1, 16, 64}
    assert any(f.n and f.p99_ms >= f.p50_ms > 0 for f in asking)


def test_a_table_has_a_line_for_each_figure() -> None:
    figures = [
        rate("sales", 50, "sales/s", limit=100, limit_is="pgbench", n=500),
        count("oversold", 0, "units", most=0, limit_is="600 asked", n=600),
    ]
    lines = table(figures).splitlines()
    assert len(lines) == len(figures)
    assert "50% of" in lines[0]
    assert "100% of" in lines[1]
