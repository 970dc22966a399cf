"""The list of addresses in docs/api.md, from the table of routes; the rest is by hand."""

import generated

PAGE = "api.md"
BEGIN = "<!-- made from doors/api/routes.py by tools/api_reference.py -->\n"
END = "<!-- end -->\n"


def main() -> None:
    generated.start_django()
    text = (generated.DOCS / PAGE).read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    generated.settle({PAGE: before + BEGIN + _table() + END + after})


def _table() -> str:
    from goen.doors.api.routes import ROUTES

    lines = ["| address | scope | what it is for |", "|---|---|---|"]
    for route in ROUTES:
        scope = "no key" if route.scope is None else f"`{route.scope}`"
        words = generated.cell(f"{route.en} · {route.ja}")
        lines.append(f"| `{route.method} {route.path}` | {scope} | {words} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
