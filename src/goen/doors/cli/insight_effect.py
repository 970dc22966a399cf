"""`goen insight effect`: what a measure changed, from a file of people. Needs no shop.

Promises: one line of the file is one person; the same numbers as the console's result page, by the
same functions; a file that cannot be taken is refused by line and column.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goen.doors.cli import columns
from goen.doors.cli import insight_effect_shown as shown
from goen.doors.cli.steps import tell

if TYPE_CHECKING:
    from goen.insight.effect.arms import Arm, Cut
    from goen.insight.effect.measuring import Comparison, Measured
    from goen.insight.effect.readings import Judged, Reading

MOST_ARMS = 20
QUANTILE = click.FloatRange(0.5, 1, min_open=True, max_open=True)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--input", "file", metavar="FILE", type=FILE, required=True,
              help="CSV, TSV or a workbook; one line for each person.")  # fmt: skip
@click.option("--arm", metavar="COL", required=True, help="Column: which arm the person is in.")
@click.option("--outcome", metavar="COL", required=True, help="Column: what came of it.")
@click.option("--per", metavar="COL", help="Column: divide by it (profit per order).")
@click.option("--covariate", "covariates", metavar="COL", multiple=True,
              help="Column: known before the start, for CUPED.")  # fmt: skip
@click.option("--control", metavar="VALUE", help="The arm to compare with. [default: every pair]")
@click.option("--planned", metavar="ARM=SHARE", multiple=True,
              help="The arm's planned share. [default: equal]")  # fmt: skip
@click.option("--planned-people", metavar="N", type=click.IntRange(min=1), default=5_000,
              show_default=True, help="People planned for, all arms together.")  # fmt: skip
@click.option("--winsorize", metavar="Q", type=QUANTILE,
              help="Move values beyond this quantile to it, such as 0.99.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True)
def effect(
    file: Path,
    arm: str,
    outcome: str,
    per: str | None,
    covariates: tuple[str, ...],
    control: str | None,
    planned: tuple[str, ...],
    planned_people: int,
    winsorize: float | None,
    as_json: bool,
) -> None:
    """Compare the people of an experiment by arm: differences with intervals, from a file.

    \b
    goen insight effect --input people.csv --arm arm --outcome profit --covariate before
    """
    from goen.insight.effect.measuring import measured

    known = [*([per] if per else []), *covariates]
    arms = _arms(file, arm, [outcome, *known])
    shares = _shares(planned, [one.name for one in arms])
    if control is not None and control not in {one.name for one in arms}:
        raise click.UsageError(_no_arm(control, [one.name for one in arms]))
    arms, cut = _prepared(arms, [outcome, *known], winsorize, per)
    found = measured(arms, control=control, planned=shares, planned_people=planned_people)
    asked = {"outcome": outcome, "per": per, "covariates": list(covariates), "control": control}
    plain = {**asked, **_plain(found, covariates), "winsorized": _cut(cut)}
    click.echo(json.dumps(plain, ensure_ascii=False) if as_json else shown.text(plain))


def _arms(file: Path, arm: str, wanted: Sequence[str]) -> "list[Arm]":
    """The file's people by arm: outcome first, what else was asked for beside it."""
    import numpy as np

    from goen.insight.effect.arms import split

    names: list[str] = []
    numbers: list[list[float]] = []
    known: set[str] = set()
    for line, (name, *cells) in columns.read(file, [arm, *wanted]):
        if not name:
            raise columns.unreadable(line, arm, tell("空です。", "it is empty."))
        known.add(name)
        if len(known) > MOST_ARMS:
            raise columns.unreadable(line, arm, _too_many())
        names.append(name)
        numbers.append(
            [columns.number(cell, line=line, column=column)
             for cell, column in zip(cells, wanted, strict=True)]
        )  # fmt: skip
    if not names:
        raise click.ClickException(tell("人の行がありません。", "There are no people in the file."))
    table = np.array(numbers)
    return split(names, table[:, 0], table[:, 1:])


def _prepared(
    arms: "list[Arm]", named: Sequence[str], quantile: float | None, per: str | None
) -> "tuple[list[Arm], list[Cut] | None]":
    """Extremes cut first, then the ratio: both by rules that do not look at the arms."""
    from goen.insight.effect.arms import Arm, winsorised
    from goen.insight.effect.ratios import linearised

    cut = None
    if quantile is not None:
        arms, cut = winsorised(arms, quantile=quantile, columns=named)
    if per is None:
        return arms, cut
    for one in arms:
        if one.covariates[:, 0].mean() == 0:
            raise click.ClickException(
                tell(
                    f"「{one.name}」の「{per}」の合計が0なので、割れません。",
                    f"“{per}” of “{one.name}” sums to zero: nothing can be divided by it.",
                )
            )
    return [
        Arm(one.name, linearised(one.outcome, one.covariates[:, 0]), one.covariates[:, 1:])
        for one in arms
    ], cut


def _shares(planned: Sequence[str], names: Sequence[str]) -> dict[str, float] | None:
    """ARM=SHARE, each by itself or several with commas between them."""
    shares: dict[str, float] = {}
    for one in (part for text in planned for part in text.split(",")):
        name, _, share = one.rpartition("=")
        try:
            shares[name.strip()] = float(share)
        except ValueError:
            shares[name.strip()] = 0.0
        if not name.strip() or not shares[name.strip()] > 0:
            raise click.BadParameter(
                tell(f"「{one}」: 群=割合 のように。", f"“{one}”: write it like ARM=SHARE."),
                param_hint="--planned",
            )
    missing = [name for name in names if name not in shares] if shares else []
    if missing:
        raise click.BadParameter(
            tell("割合がない群: ", "no share for: ") + ", ".join(missing), param_hint="--planned"
        )
    return shares or None


def _no_arm(control: str, names: Sequence[str]) -> str:
    known = ", ".join(names)
    return tell(
        f"「{control}」という群はありません。あるのは: {known}",
        f"There is no arm “{control}”. There are: {known}",
    )


def _too_many() -> str:
    return tell(
        f"群が{MOST_ARMS}を超えています。群の列を選び直してください。",
        f"more than {MOST_ARMS} arms. Choose another column for the arm.",
    )


def _cut(cut: "list[Cut] | None") -> list[dict[str, Any]] | None:
    return None if cut is None else [dataclasses.asdict(one) for one in cut]


def _plain(found: "Measured", covariates: Sequence[str]) -> dict[str, Any]:
    return {
        "level": 1 - found.alpha,
        "planned_people": found.planned_people,
        "arms": [dataclasses.asdict(one) for one in found.arms],
        "comparisons": [_comparison(one, found, covariates) for one in found.comparisons],
        "sample_ratio": dataclasses.asdict(found.sample_ratio),
    }


def _comparison(one: "Comparison", found: "Measured", covariates: Sequence[str]) -> dict[str, Any]:
    cuped = None
    if one.cuped is not None:
        theta: Mapping[str, float] = dict(zip(covariates, found.theta, strict=True))
        cuped = {**_reading(one.cuped), "theta": theta, "variance_reduction": found.reduction}
    sizes = {"arm": one.arm, "against": one.against, "n": one.n, "n_against": one.n_against}
    return {**sizes, **_reading(one.plain), "cuped": cuped}


def _reading(one: "Reading") -> dict[str, Any]:
    """Both intervals side by side under each word, null where there is none."""
    kinds: dict[str, Judged | None] = {"fixed": one.fixed, "always_valid": one.always_valid}
    return {
        "difference": one.difference,
        "se": one.se,
        "interval": {name: found and [found.low, found.high] for name, found in kinds.items()},
        "p_value": {name: found and found.p_value for name, found in kinds.items()},
        "p_holm": {name: found and found.p_holm for name, found in kinds.items()},
        "verdict": {name: found.verdict if found else one.verdict for name, found in kinds.items()},
        "people_needed": one.people_needed,
        "least_difference": one.least_difference,
    }
