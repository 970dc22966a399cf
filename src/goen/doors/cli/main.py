"""`goen`: one command, each subcommand loaded only when it is called.

Promises: `goen status` and `goen --help` answer without Django; `--shop NAME` (or GOEN_SHOP) says
which shop a command works for; commands that need the database find it running.
"""

import os
from dataclasses import dataclass
from importlib import import_module

import click

from goen import __version__
from goen.doors.cli.steps import tell
from goen.kit import postgres
from goen.kit.home import UnknownShop, current_shop_name, is_shop_name, shop
from goen.kit.postgres import NotStarted
from goen.kit.postgres_binaries import NoPostgres


@dataclass(frozen=True)
class Entry:
    """Where a command lives and what its line in the overview says."""

    target: str  # module:function
    help_ja: str
    help_en: str
    django: bool = False
    hidden: bool = False


os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Every process is one of several: small sums are not worth threads that wait for each other."""

_CLI = "goen.doors.cli"
COMMANDS = {
    "up": Entry(f"{_CLI}.up:up", "起動し、店の住所を表示します", "Start and print the addresses."),
    "down": Entry(f"{_CLI}.up:down", "すべてを止めます", "Stop everything."),
    "status": Entry(f"{_CLI}.status:status", "何が動いているか", "Show what is running."),
    "load": Entry(f"{_CLI}.load:load", "手元の販売データを読み込みます", "Load sales of your own."),
    "insight": Entry(
        f"{_CLI}.insight:insight",
        "誰が買ったか、LTV、施策の効果",
        "Who bought it, LTV, what a measure changed.",
    ),
    "audit": Entry(
        f"{_CLI}.audit:audit",
        "台帳が合うかを確かめます",
        "Prove that the ledger adds up.",
        django=True,
    ),
    "backup": Entry(
        f"{_CLI}.backup:backup",
        "店のすべてを控えに取ります",
        "Write everything of the shop into a folder.",
        django=True,
    ),
    "restore": Entry(
        f"{_CLI}.restore:restore", "控えから店を戻します", "Bring a shop back from a backup."
    ),
    "export": Entry(
        f"{_CLI}.export:export",
        "会社のデータをCSVで書き出します",
        "Write the company's data as CSV.",
        django=True,
    ),
    "key": Entry(f"{_CLI}.key:key", "APIキー", "API keys.", django=True),
    "staff": Entry(
        f"{_CLI}.staff:staff",
        "担当者のログイン（招待・停止・再設定）",
        "Logins of staff.",
        django=True,
    ),
    "webhook": Entry(
        f"{_CLI}.webhook:webhook", "ほかの仕組みへの知らせ", "Tell other systems.", django=True
    ),
    "migrate": Entry(
        f"{_CLI}.migrate:migrate", "データベースの表を整えます", "Bring the tables up to date."
    ),
    "worker": Entry(
        "goen.doors.worker.run:worker",
        "後回しの仕事",
        "Work off the jobs.",
        django=True,
        hidden=True,
    ),
    "analyst": Entry(
        "goen.doors.worker.analyst:analyst", "分析", "Compute figures.", django=True, hidden=True
    ),
    "comparer": Entry(
        "goen.doors.worker.likeness:comparer",
        "同じ人かもしれない記録を探します",
        "Look for records that may be one person.",
        django=True,
        hidden=True,
    ),
    "mailbox": Entry(
        "goen.doors.worker.mailbox:mailbox",
        "受信箱",
        "Keep mail that leaves no house.",
        hidden=True,
    ),
}


class Commands(click.Group):
    """Subcommands that are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, entry in COMMANDS.items() if not entry.hidden]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if entry.django:
            have_ready()
        module, _, function = entry.target.partition(":")
        found: click.Command = getattr(import_module(module), function)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            (name, tell(COMMANDS[name].help_ja, COMMANDS[name].help_en))
            for name in self.list_commands(ctx)
        ]
        with formatter.section(tell("コマンド", "Commands")):
            formatter.write_dl(rows)


def have_ready() -> None:
    """The shop is there, its database answers; else one sentence instead of a traceback.

    Subcommands of which some need no shop call this themselves; nothing happens the second time.
    """
    from django.apps import apps

    if apps.ready:
        return
    try:
        shop(current_shop_name())
        start_django()
    except (UnknownShop, NoPostgres, NotStarted) as problem:
        raise click.ClickException(str(problem)) from None


def start_django() -> None:
    """Have the database answer and Django know the shop; safe to repeat."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goen.doors.settings")
    postgres.ensure_running()

    import django

    django.setup()


def _choose_shop(_ctx: click.Context, _param: click.Parameter, name: str | None) -> str | None:
    """While options are read: the subcommand is imported next and must see the shop."""
    if name is not None:
        if not is_shop_name(name):
            raise click.BadParameter("a-z, 0-9 and '-', a letter first")
        os.environ["GOEN_SHOP"] = name
    return name


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--shop",
    metavar="NAME",
    callback=_choose_shop,
    expose_value=False,
    help="The shop this is about. [default: demo]",
)
@click.version_option(__version__, prog_name="goen")
def main() -> None:
    """One ledger of goods, money and points, and one person for every channel."""


if __name__ == "__main__":
    main()
