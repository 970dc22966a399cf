"""`goen migrate`: the shop's database exists and its tables are those of this version.

Promises: safe to repeat and to race (the second waits for the first); `--progress` prints lines
that `goen up` draws as a bar.
"""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from goen.doors.cli.steps import Step, tell
from goen.kit import postgres
from goen.kit.home import current_shop_name

_LOCK = 0x60E2  # any number that all our processes agree on

Report = Callable[[int, int], None]


@click.command()
@click.option("--progress", is_flag=True, hidden=True)
def migrate(progress: bool) -> None:
    """Bring the shop's tables up to date."""
    if progress:
        bring_up_to_date(lambda done, total: print("progress", done, total, flush=True))
        return
    with Step(tell("データベースの表", "Tables")) as step:
        bring_up_to_date(step.advance)


def bring_up_to_date(report: Report) -> None:
    """Run the migrations that the current shop lacks; `report` hears (done, total)."""
    postgres.ensure_running()
    postgres.ensure_database(current_shop_name())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goen.doors.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with _alone():
        executor = MigrationExecutor(connection)
        total = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if total:
            call_command("migrate", stdout=_Counting(report, total), no_color=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Wait for whoever is changing these tables now."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


class _Counting(io.StringIO):
    """Django's report of a migration run, read for how many are done."""

    def __init__(self, report: Report, total: int) -> None:
        super().__init__()
        self._report, self._total, self._done = report, total, 0

    def write(self, text: str) -> int:
        self._done += text.count(" OK")
        self._report(self._done, self._total)
        return len(text)
