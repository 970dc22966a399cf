"""What is shipped to the browser stays small, readable and free of inline code."""

import re
from pathlib import Path

import pytest

DOORS = Path(__file__).resolve().parents[3] / "src" / "goen" / "doors"
STATIC = DOORS / "console" / "static"
CSS = (STATIC / "goen.css").read_text(encoding="utf-8")
LETTERS = {"mail_receipt.html"}
"""Read in mail programs, which know no stylesheet of ours and have policies of their own."""
TEMPLATES = sorted(p for p in DOORS.rglob("templates/**/*.html") if p.name not in LETTERS)

# text on ground: 4.5; marks and the borders of controls: 3 (WCAG 1.4.3, 1.4.11)
TEXT_PAIRS = [
    ("ink", "bg"), ("ink", "surface"), ("muted", "bg"), ("muted", "surface"), ("faint", "surface"),
    ("faint", "sunken"), ("action", "bg"), ("action", "surface"), ("action", "action-bg"),
    ("on-action", "action"), ("on-action", "action-hover"), ("tie-ink", "surface"),
    ("tie-ink", "tie-bg"), ("muted", "tie-bg"), ("muted", "warn-bg"), ("good", "good-bg"),
    ("warn", "warn-bg"), ("bad", "bad-bg"), ("bad", "surface"), ("ink", "warn-bg"),
    ("muted", "sunken"), ("ink", "tie-bg"), ("ink", "good-bg"), ("ink", "bad-bg"),
    *(("q-ink1", f"q{n}") for n in range(1, 5)), *(("q-ink5", f"q{n}") for n in range(5, 8)),
]  # fmt: skip
MARK_PAIRS = [("edge", "surface"), ("edge", "sunken"), ("tie", "surface"), ("tie", "bg")]
MARK_PAIRS += [(f"c{n}", "surface") for n in range(1, 9)]


@pytest.mark.parametrize(
    ("name", "most"),
    [("goen.css", 30_000), ("goen.js", 8_000), ("icons.svg", 6_000), ("htmx.min.js", 52_000)],
)
def test_a_file_stays_within_its_budget(name: str, most: int) -> None:
    assert (STATIC / name).stat().st_size <= most


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_colours_can_be_told_apart(theme: str) -> None:
    colours = _tokens(theme)
    poor = [
        (front, ground, round(_contrast(colours[front], colours[ground]), 2))
        for pairs, least in ((TEXT_PAIRS, 4.5), (MARK_PAIRS, 3.0))
        for front, ground in pairs
        if _contrast(colours[front], colours[ground]) < least
    ]
    assert poor == []


def test_old_browsers_get_the_same_light_values() -> None:
    modern = _tokens("light")
    plain = dict(re.findall(r"--([\w-]+):(#[0-9A-F]{6})[;}]", CSS))
    assert {name: plain[name] for name in modern} == modern


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_code_or_style(path: Path) -> None:
    text = re.sub(r"\{%.*?%\}", "", path.read_text(encoding="utf-8"))
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)


def test_every_variable_that_is_used_is_declared() -> None:
    used = set(re.findall(r"var\(--([\w-]+)", CSS))
    assert used <= set(re.findall(r"--([\w-]+):", CSS))


def _tokens(theme: str) -> dict[str, str]:
    found = re.findall(r"--([\w-]+):light-dark\((#[0-9A-F]{6}),(#[0-9A-F]{6})\)", CSS)
    return {name: dark if theme == "dark" else light for name, light, dark in found}


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
