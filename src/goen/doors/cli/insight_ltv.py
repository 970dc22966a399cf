"""`goen insight ltv`: the shop's value per person; or, with a file, how well it can be foretold.

With `--input` neither a shop nor a database is needed: a file of purchases is fitted up to one
day and judged on the days after it.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from goen.doors.cli import ltv_file
from goen.doors.cli.steps import tell
from goen.doors.refusals import SENTENCES
from goen.insight.forecast import holdout
from goen.insight.forecast.choosing import CANDIDATES, Candidate, Choice
from goen.insight.forecast.holdout import Holdout
from goen.insight.forecast.judging import Score
from goen.kit.refusals import Refusal
from goen.links import values


class Day(click.ParamType[date]):
    """A day in any usual way of writing one."""

    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The date, or a usage error naming what was given."""
        found = values.moment(str(value))
        if found is None:
            self.fail(f"{value!r} is not a day; write it like 1997-09-30", param, ctx)
        return found.day


@click.command()
@click.option(
    "--input",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of purchases to judge: CSV, TSV or a workbook. Needs no shop.",
)
@click.option("--customer", metavar="COL", default="", help="Column: who bought.")
@click.option("--date", "day", metavar="COL", default="", help="Column: when.")
@click.option("--amount", metavar="COL", default="", help="Column: for how much.")
@click.option("--calibration-end", type=Day(), help="The last day that is learned from.")
@click.option("--holdout-end", type=Day(), help="The last day that is foretold.")
@click.option("--date-order", type=click.Choice(values.ORDERS), help="Order in 1/2/2026.")
@click.option("--json", "as_json", is_flag=True)
def ltv(file: Path | None, as_json: bool, **given: Any) -> None:
    """Lifetime value per person with its 80 % interval; with --input, a forecast judged.

    \b
    goen insight ltv --input sales.csv --customer id --date day --amount total
        --calibration-end 1997-09-30 --holdout-end 1998-06-30

    Several purchases of one customer on one day are one purchase day. The first is not counted.
    Parameters are those of BG/NBD in weeks; the forecast is by the model that won a back-test
    inside the calibration period. What the figures mean: docs/ltv.md.
    """
    if file is None:
        _of_the_shop(as_json)
        return
    start, end = _days(given)
    names = [given["customer"], given["day"], *filter(None, [given["amount"]])]
    read = ltv_file.read(file, names, date_order=given["date_order"] or "")
    found = holdout.hold_out(
        read.bought, calibration_end=start.toordinal(), holdout_end=end.toordinal()
    )
    if isinstance(found, Refusal):
        raise click.ClickException(_words(found))
    with_amounts = bool(given["amount"])
    shown = as_plain(found, read, with_amounts=with_amounts)
    click.echo(json.dumps(shown) if as_json else _text(found, read, with_amounts=with_amounts))


def _of_the_shop(as_json: bool) -> None:
    """What the analyst has stored, after it caught up."""
    from goen.doors.cli import insight_shop

    insight_shop.show_ltv(as_json=as_json)


def _days(given: dict[str, Any]) -> tuple[date, date]:
    for name in ("customer", "day", "calibration_end", "holdout_end"):
        if not given[name]:
            option = "date" if name == "day" else name.replace("_", "-")
            raise click.UsageError(f"--input needs --{option}")
    start, end = given["calibration_end"], given["holdout_end"]
    if end <= start:
        raise click.UsageError("--holdout-end must be after --calibration-end")
    return start, end


def _words(refused: Refusal) -> str:
    return tell(*SENTENCES[refused.code]).format(**refused.detail)


def as_plain(found: Holdout, read: ltv_file.Read, *, with_amounts: bool) -> dict[str, Any]:
    """The result for programs."""
    score = found.score
    plain: dict[str, Any] = {
        "params": found.bg_nbd.params,
        "log_likelihood": found.bg_nbd.log_likelihood,
        "model": found.model.title,
        "model_params": found.fit.params,
        "holdout": {
            "actual": score.actual,
            "predicted": score.predicted,
            "mae": score.mae,
            "coverage_90": score.coverage_90,
            "pit_coverage_90": score.pit_coverage_90,
            "coverage_80": score.coverage_80,
            "pit_coverage_80": score.pit_coverage_80,
            "naive_mae": score.naive_mae,
        },
        "backtest": _backtest(found.choice),
        "customers": score.people,
        "repeaters": found.bg_nbd.repeaters,
        "rows": {"read": read.rows, "anonymous": read.anonymous, "returns": read.returns},
    }
    if with_amounts:
        spend, apart = found.spend, found.independence
        plain["gamma_gamma"] = spend and {"p": spend.p, "q": spend.q, "gamma": spend.gamma}
        plain["independence"] = apart and {
            "correlation": apart.correlation,
            "low": apart.low,
            "high": apart.high,
        }
    return plain


def _backtest(choice: Choice) -> list[dict[str, Any]]:
    return [
        {
            "model": trial.candidate.title,
            "origin": date.fromordinal(trial.origin).isoformat(),
            "until": date.fromordinal(trial.until).isoformat(),
            "actual": trial.score.actual,
            "predicted": trial.score.predicted,
            "mae": trial.score.mae,
            "crps": trial.score.crps,
        }
        for trial in choice.trials
    ]


def _text(found: Holdout, read: ltv_file.Read, *, with_amounts: bool) -> str:
    """The result for people."""
    people, back = found.score.people, found.bg_nbd.repeaters
    lines = [
        tell(
            f"{read.rows:,}行、お客様{people:,}人、うち2日以上購入{back:,}人"
            f"（お客様のわからない{read.anonymous:,}行は除きました）",
            f"{read.rows:,} rows, {people:,} customers, {back:,} came back"
            f" ({read.anonymous:,} rows without a customer left out)",
        ),
        "BG/NBD  " + _params(found.bg_nbd.params) + f"  LL {found.bg_nbd.log_likelihood:,.1f}",
        tell("過去の答え合わせで選ばれたモデル: ", "winner of the back-test: ")
        + f"{found.model.title}  {_params(found.fit.params)}",
        *_table(found.choice, found.model),
        *_score(found.score),
        *(_amounts(found) if with_amounts else ()),
    ]
    return "\n".join(lines)


def _params(params: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in params.items())


def _table(choice: Choice, winner: Candidate) -> list[str]:
    scores = [(candidate, choice.score(candidate)) for candidate in CANDIDATES]
    return [
        f"  {'*' if candidate == winner else ' '} {candidate.title:<20} CRPS ÷ BG/NBD {score:.4f}"
        for candidate, score in scores
        if score is not None
    ]


def _score(score: Score) -> list[str]:
    off = "-" if score.error is None else f"{score.error:+.1%}"
    plain, fair = f"{score.coverage_90:.1%}", f"{score.pit_coverage_90:.1%}"
    return [
        tell(
            f"見込みの期間: 購入日 実際{score.actual:,}日、見込み{score.predicted:,.0f}日（{off}）",
            f"hold-out: {score.actual:,} purchase days, {score.predicted:,.0f} foretold ({off})",
        ),
        tell(
            f"  お一人あたりの外れ {score.mae:.3f}日（これまでの頻度のままとすると"
            f" {score.naive_mae:.3f}日）",
            f"  mean error per customer {score.mae:.3f} (so far's pace: {score.naive_mae:.3f})",
        ),
        tell(
            f"  90%の幅に入った割合 {plain}、ならした割合（PIT） {fair}",
            f"  inside the 90 % interval {plain}, randomised (PIT) {fair}",
        ),
    ]


def _amounts(found: Holdout) -> list[str]:
    if found.spend is None or found.independence is None:
        few = "金額の見込みには、2日以上購入した方が足りません。"
        return [tell(few, "too few customers came back to foretell amounts")]
    spend, apart = found.spend, found.independence
    line = f"{apart.correlation:.3f} (95 % {apart.low:.3f} … {apart.high:.3f})"
    return [
        f"Gamma-Gamma  p {spend.p:.4g}  q {spend.q:.4g}  gamma {spend.gamma:.4g}",
        tell(f"頻度と金額の相関 {line}", f"correlation of frequency and value {line}"),
    ]
