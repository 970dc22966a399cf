"""Charts obey the content policy and the theme."""

import re

from goen.doors.console import charts
from goen.doors.console.charts import Bar, Point

BARS = [Bar("10/23〜", 22, 1, 1), Bar("10/30〜", 30, 3, 1), Bar("11/6〜", 0, 0, 0)]
POINTS = [Point(f"{n}月", f"2026/{n}", 2026, 100.0 * n, 90.0 * n, 110.0 * n) for n in range(1, 25)]


def test_a_chart_has_no_inline_style_and_no_fixed_colour() -> None:
    for drawn in (charts.stacked(BARS, "見出し"), charts.line(POINTS, "見出し", prefix="¥")):
        assert "style=" not in drawn
        assert "font-family" not in drawn
        assert "#010" not in drawn
        assert "var(--c1)" in drawn


def test_a_chart_is_drawn_wide_and_small_and_says_its_finding() -> None:
    drawn = charts.stacked(BARS, "34点のうち30点")
    assert 'role="img" aria-label="34点のうち30点"' in drawn
    assert re.findall(r'<svg class="([\w-]+)"', drawn) == ["wide-chart", "small-chart"]


def test_the_finding_is_escaped() -> None:
    assert '"><script>' not in charts.stacked(BARS, '"><script>')


def test_each_bar_carries_its_total() -> None:
    drawn = charts.stacked(BARS, "x")
    assert ">24<" in drawn
    assert ">34<" in drawn


def test_marks_on_the_axis_are_whole_and_few() -> None:
    for most in (1, 2, 3, 7, 10, 34, 99, 1_234, 9_999_999):
        marks = charts._whole_marks(most)
        assert marks[0] == 0
        assert len(marks) <= 5
        assert marks[-1] <= most


def test_a_new_year_is_named_where_it_begins() -> None:
    two_years = [
        Point(f"{n}", f"{year}/{n}", year, 1, 1, 1) for year in (2025, 2026) for n in (1, 7)
    ]
    assert charts.labels_of(two_years, ticks=4) == ["2025/1", "7", "2026/1", "7"]
