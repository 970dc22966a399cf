"""docs/asvs.md and docs/rights.md: how we stand to a standard, and who may do what."""

import tomllib
from collections import Counter

import generated

CHAPTERS = (
    "Encoding and sanitization", "Validation and business logic", "Web frontend",
    "API and web service", "Files", "Authentication", "Sessions", "Authorization",
    "Self-contained tokens", "OAuth and OIDC", "Cryptography", "Communication", "Configuration",
    "Data protection", "Code and architecture", "Logging and errors", "WebRTC",
)  # fmt: skip
STATES = {"met": "met", "partly": "**partly**", "no": "**not met**", "na": "does not apply"}
ASVS = """# OWASP ASVS 5.0.0, levels 1 and 2

Made from `tools/asvs.toml` by `python tools/asvs.py`. The numbers are those of the standard, which
has the full words; ours say in short what each asks. It is our own judgement, not an audit. What is
said to be met names the file or test where; what is met partly or not says what is missing.
"""
RIGHTS = """# Who may do what

Made from `goen.places.rights` by `python tools/asvs.py`. Every address of the console and the
register asks for one or more of these rights (`goen.doors.console.gate_map`); an address in no
table is head office's alone. Who may not see names sees customers as numbers, on every page and in
every file.

Who runs the systems (`halt`) may stop measures, mail and all that acts by itself when something is
wrong; only marketing and head office let them begin or go on.

Staff of a store see goods and orders of every place and change those of their own
(`goen.doors.console.gate_places`): goods are of the place that keeps them, goods on their way of
the place they go to, and what nobody keeps of the place where the order is collected or was taken.
Of an order from two places each sends its own part. An order that lacks goods may be helped out
with goods of one's own. Safety stock of every place at once is head office's. Who has no place yet
changes nothing.
"""


def main() -> None:
    generated.start_django()
    generated.settle({"asvs.md": _asvs(), "rights.md": _rights()})


def _asvs() -> str:
    rows = tomllib.loads((generated.ROOT / "tools" / "asvs.toml").read_text(encoding="utf-8"))
    parts = [ASVS, "| level | met | partly | not met | does not apply | together |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for level in (1, 2):
        of_level = Counter(state for known, state, *_ in rows.values() if known == level)
        counts = " | ".join(str(of_level[state]) for state in STATES)
        parts.append(f"| {level} | {counts} | {of_level.total()} |")
    for n, chapter in enumerate(CHAPTERS, start=1):
        parts += [f"\n## V{n} {chapter}\n", "| | level | what | how it stands | where |",
                  "|---|---|---|---|---|"]  # fmt: skip
        of_chapter = {k: row for k, row in rows.items() if k.split(".")[0] == str(n)}
        parts += [_row(number, row) for number, row in of_chapter.items()]
    return "\n".join(parts) + "\n"


def _row(number: str, row: list[str]) -> str:
    level, state, words, files, remark = row
    where = " ".join(f"[{name.rsplit('/', 1)[-1]}](../{name})" for name in files.split())
    told = "; ".join(one for one in (where, generated.cell(remark)) if one)
    return f"| {number} | {level} | {generated.cell(words)} | {STATES[state]} | {told} |"


def _rights() -> str:
    from goen.places import rights

    names = [english for _, english in rights.ROLES.values()]
    parts = [RIGHTS, f"| right | what it lets one do | {' | '.join(names)} |",
             f"|---|---|{'---|' * len(names)}"]  # fmt: skip
    for code, right in rights.RIGHTS.items():
        marks = " | ".join("●" if role in right.roles else "" for role in rights.ROLES)
        parts.append(f"| `{code}` | {right.en} | {marks} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
