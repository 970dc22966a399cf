"""What the analyst has stored of a shop, brought up to date and shown on the command line."""

import json
from dataclasses import asdict

import click

from goen.doors.answers import plain
from goen.doors.cli.main import have_ready
from goen.doors.cli.steps import tell
from goen.insight import forecast_queries, queries
from goen.insight.answers import Ltv
from goen.insight.forecast_queries import Equity, Expected
from goen.kit import home
from goen.kit.db import tx
from goen.kit.money import exponent


def bring_up_to_date() -> None:
    """With no analyst at work, be the analyst for a moment."""
    from goen.insight import analyst, lake

    folder = lake.folder_of(home.current_shop_name())
    try:
        with analyst.only_one(folder):
            analyst.work_once(analyst.Analyst(folder))
    except analyst.Busy:
        queries.wait_for_latest()


def show_ltv(*, as_json: bool) -> None:
    """The shop's value per person, with its 80 % interval and identified share."""
    have_ready()
    bring_up_to_date()
    with tx() as t:
        result = queries.ltv(t)
        found, equity = forecast_queries.expected(t), forecast_queries.equity(t)
    if result is None:
        raise click.ClickException("no identified sales yet")
    expected = found if isinstance(found, Expected) else None
    if as_json:
        both = {"expected": expected and asdict(expected), "equity": equity and asdict(equity)}
        click.echo(json.dumps({**plain(result), **both}, default=str))
        return
    click.echo(_ltv_text(result))
    click.echo(_expected_text(result, expected, equity))


def _expected_text(r: Ltv, expected: Expected | None, equity: Equity | None) -> str:
    if expected is None or equity is None:
        return tell("見込みは、まだ出せません。", "nothing is foretold yet")
    scale = 10 ** exponent(r.currency)
    return (
        f"expected in {expected.horizon_days} days {expected.mean_minor / scale:,.2f} {r.currency}"
        f" per {r.unit} (80% {expected.low_minor / scale:,.2f} …"
        f" {expected.high_minor / scale:,.2f}), by {expected.title}\n"
        f"customer equity {equity.total_minor / scale:,.0f} {r.currency},"
        f" about {equity.still:,.0f} still customers"
    )


def _ltv_text(r: Ltv) -> str:
    scale = 10 ** exponent(r.currency)
    counted = "households" if r.unit == "household" else "people"
    known = "-" if r.identified_share is None else f"{r.identified_share:.1%}"
    return "\n".join(
        (
            f"realised LTV {r.mean_minor / scale:,.2f} {r.currency} per {r.unit}"
            f" (80% {r.low_minor / scale:,.2f} … {r.high_minor / scale:,.2f})",
            f"{r.people:,} {counted}, {known} of sales identified,"
            f" {r.assumed_share:.1%} at an assumed margin",
            f"{r.period.first_on} … {r.period.last_on}",
        )
    )
