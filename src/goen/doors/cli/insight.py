"""`goen insight`: the same figures as the console's, for people and for programs."""

import json
import time
from datetime import date, datetime

import click

from goen.catalogue import queries as catalogue
from goen.doors.answers import plain
from goen.doors.cli.insight_effect import effect
from goen.doors.cli.insight_ltv import ltv
from goen.doors.cli.insight_shop import bring_up_to_date
from goen.doors.cli.main import have_ready
from goen.insight import queries
from goen.insight.answers import Period, WhoBought
from goen.kit import clock, home
from goen.kit.db import Tx, tx

REBUILT_WITHIN_S = 300
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def insight() -> None:
    """Who bought it, what customers are worth, and what a measure changed."""


insight.add_command(effect)
insight.add_command(ltv)


@insight.command("who-bought")
@click.argument("sku")
@click.option("--from", "first_on", type=DAY, help="First business day.")
@click.option("--to", "last_on", type=DAY, help="Last business day.")
@click.option("--place", help="Code of one place.")
@click.option("--json", "as_json", is_flag=True)
def who_bought(
    sku: str,
    first_on: datetime | None,
    last_on: datetime | None,
    place: str | None,
    as_json: bool,
) -> None:
    """Who bought SKU (a code or barcode), by default in the last four weeks."""
    have_ready()
    with tx() as t:
        found = catalogue.ids_by_code(t, [sku]).get(sku)
        if found is None:
            raise click.UsageError(f"no SKU or barcode {sku!r}")
        place_id = _place(t, place)
        period = _period(t, first_on, last_on)
        bring_up_to_date()
        result = _computed_here(t, found, period, place_id) or queries.who_bought(
            t, sku_id=found, period=period, place_id=place_id
        )
    if result is None:
        raise click.ClickException("no sales yet")
    click.echo(json.dumps(plain(result), default=str) if as_json else _who_bought_text(sku, result))


@insight.command("rebuild")
def rebuild() -> None:
    """Throw the lake away and publish it anew from the database, as when the audit names it."""
    have_ready()
    from goen.insight import lake

    folder = lake.folder_of(home.current_shop_name())
    lake.ask_to_rebuild(folder)
    bring_up_to_date()
    until = time.monotonic() + REBUILT_WITHIN_S
    while lake.is_asked_to_rebuild(folder):  # an analyst is at work and will see it
        if time.monotonic() > until:
            raise click.ClickException("asked for; the analyst has not come to it yet")
        time.sleep(0.1)
    click.echo(f"{lake.manifest(folder).rows:,} lines")


def _place(t: Tx, code: str | None) -> int | None:
    if code is None:
        return None
    from goen.places.queries import places  # its records want Django ready

    found = {place.code: place.id for place in places(t)}
    if code not in found:
        raise click.UsageError(f"no place {code!r}; there are: {', '.join(found)}")
    return found[code]


def _period(t: Tx, first_on: datetime | None, last_on: datetime | None) -> Period | None:
    if first_on is None and last_on is None:
        return None
    start = first_on.date() if first_on else date(1990, 1, 1)
    return Period(start, last_on.date() if last_on else queries.today(t))


def _computed_here(
    t: Tx, sku_id: int, period: Period | None, place_id: int | None
) -> WhoBought | None:
    from goen.insight import analyst, lake
    from goen.insight.questions import WhoBoughtQuestion

    folder = lake.folder_of(home.current_shop_name())
    question = WhoBoughtQuestion(
        sku_id=sku_id,
        first_on=period.first_on if period else None,
        last_on=period.last_on if period else None,
        place_id=place_id,
    )
    try:
        with analyst.only_one(folder):
            analyst.Analyst(folder).answer(question, recorded_at=clock.now())
    except analyst.Busy:
        return None
    return queries.stored_who_bought(t, question)


def _who_bought_text(sku: str, r: WhoBought) -> str:
    share = "-" if r.top1_share is None else f"{r.top1_share:.1%}"
    effective = "-" if r.effective_buyers is None else f"{r.effective_buyers:.2f}"
    known = "-" if r.identified_share is None else f"{r.identified_share:.1%}"
    return "\n".join(
        (
            f"{sku}  {r.period.first_on} … {r.period.last_on}",
            f"units {r.units} in {r.receipts} receipts, {known} identified",
            f"buyers {r.buyers}, effective {effective}",
            f"top buyer {r.top1_units} ({share}); without them {r.units_without_top}",
            f"rests on one person: {'yes' if r.flagged else 'no'}",
        )
    )
