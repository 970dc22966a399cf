"""docs/metrics.md and docs/settings.md: what is declared in the code, in its own words."""

import generated

METRICS = """# Metrics

Made from `goen.insight.registry` by `python tools/definitions.py`. A metric is defined once; pages,
the command line and these words use the same definition. Every customer metric stands beside the
share of sales whose buyer is known, and says which moment it is true of.
"""
SETTINGS = """# Settings of a shop

Made from `goen.kit.settings` by `python tools/definitions.py`. They are changed on the page 設定
(`/settings`); a change is kept in the trail with who made it and what was there before. What is not
declared cannot be set. Settings of the machine are environment variables:
[operations](operations.md#settings-of-the-environment).
"""


def main() -> None:
    generated.start_django()
    generated.settle({"metrics.md": _metrics(), "settings.md": _settings()})


def _metrics() -> str:
    from goen.insight.registry import METRICS as REGISTERED

    parts = [METRICS]
    for metric in REGISTERED.values():
        parts.append(
            f"## {metric.code}\n\n"
            f"{metric.name['ja']} · {metric.name['en']}\n\n"
            f"- {metric.formula['ja']}\n- {metric.formula['en']}\n\n"
            f"{metric.help['ja']}\n\n{metric.help['en']}\n\n"
            f"Version {metric.version} · {metric.unit['ja']} ({metric.unit['en']})"
            f" · {metric.owner['ja']} ({metric.owner['en']})\n"
        )
    return "\n".join(parts)


def _settings() -> str:
    from goen.kit.settings import DECLARED

    parts = [SETTINGS]
    for name, one in DECLARED.items():
        bounds = "" if one.least is None else f" · from {one.least:g} to {one.most:g}"
        parts.append(f"## {name}\n\n{one.ja}\n\n{one.en}\n\nBegins as `{one.default}`{bounds}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    main()
