"""docs/cli.md: every command of `goen` with its arguments and options, from the commands."""

import inspect
from collections.abc import Iterator
from importlib import import_module

import click
import generated

INTRO = """# The command `goen`

Made from the commands by `python tools/cli_reference.py`. After `make up` the command is
`.venv/bin/goen`. `--shop NAME` stands before the command's name and says which shop it is about;
without it the environment variable `GOEN_SHOP` does, and without that it is `demo`. Every command
ends with 0 when it did what was asked; 1 when it could not, 2 when it was not understood.
How it all runs: [operations](operations.md).
"""
BEHIND = """## Behind `goen up`

The supervisor starts these; a person need not.
"""


def main() -> None:
    generated.start_django()
    from goen.doors.cli.main import COMMANDS

    shown, hidden = [], []
    for name, entry in COMMANDS.items():
        module, _, function = entry.target.partition(":")
        command: click.Command = getattr(import_module(module), function)
        place = hidden if entry.hidden else shown
        place += list(_pages(f"goen {name}", command))
    generated.settle({"cli.md": "\n".join([INTRO, *shown, BEHIND, *hidden])})


def _pages(path: str, command: click.Command) -> Iterator[str]:
    """A heading for each command; a group is its subcommands."""
    if isinstance(command, click.Group):
        for name in command.commands:
            yield from _pages(f"{path} {name}", command.commands[name])
        return
    parameters = [p for p in command.params if not getattr(p, "hidden", False)]
    options = [p for p in parameters if isinstance(p, click.Option)]
    named = [_kind(p) for p in parameters if isinstance(p, click.Argument)]
    usage = " ".join([path, *named, *["[OPTIONS]"] * bool(options)])
    told = _told(command.help or "")
    table = ["| option | meaning |", "|---|---|", *map(_line, options), ""] if options else []
    yield "\n".join([f"## {path}", "", f"    {usage}", "", told, "", *table])


def _told(words: str) -> str:
    """A command's help; what click must not wrap (after a backspace) is an example."""
    parts = inspect.cleandoc(words).split("\n\n")
    return "\n\n".join(
        "\n".join(f"    {line}" for line in part.splitlines()[1:]) if part[0] == "\b" else part
        for part in parts
    )


def _line(option: click.Option) -> str:
    name = max(option.opts, key=len)
    value = "" if option.is_flag else f" {_kind(option)}"
    default = option.default if option.show_default else None
    told = " ".join(
        filter(
            None,
            (
                option.help or ("One JSON object, for programs." if name == "--json" else ""),
                f"One of {', '.join(option.type.choices)}." if _is_choice(option) else "",
                "May be given several times." if option.multiple else "",
                f"[default: {default}]" if default is not None else "",
            ),
        )
    )
    return f"| `{name}{value}` | {generated.cell(told)} |"


def _kind(parameter: click.Parameter) -> str:
    """What kind of value it takes, in one word."""
    if isinstance(parameter, click.Argument) or parameter.metavar:
        return parameter.metavar or str(parameter.name).upper()
    if isinstance(parameter.type, click.DateTime):
        return "YYYY-MM-DD"
    if isinstance(parameter.type, click.types.IntParamType):
        return "N"
    return "CHOICE" if _is_choice(parameter) else "TEXT"


def _is_choice(parameter: click.Parameter) -> bool:
    return isinstance(parameter.type, click.Choice)


if __name__ == "__main__":
    main()
