"""The campaigns of Complete Journey as measures with their people, coupons and redemptions.

Promises: a campaign is a measure that is over and says of itself that nobody knows why it was
done; whoever it was sent to is its list; a redemption is tied to a receipt by what receipts say of
coupons, and how surely is kept with it. The medium is not in the data: the publishers tell of
coupons sent by post, so it stands as direct mail.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq

from goen.kit import clock, ids
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.links import brought, completejourney_files
from goen.links.brought import CouponItem, Redeemed
from goen.links.completejourney_files import SOURCE, TIMEZONE
from goen.marketing import measures_inherited
from goen.marketing.measure import NewMeasure, NewPlacement
from goen.marketing.measures_inherited import Inherited

CHANNEL = "dm"
REASON = (
    "なぜ実施したかは分かりません。データから引き継いだ施策です。\n"
    "Why it was done is not known: taken over from the data."
)
EVIDENCE = (
    "どなたに送ったかは、くじではなく、店が選びました。{about}\n"
    "Who got it was chosen by the retailer and not drawn by lot. {about_en}"
)
ABOUT = {
    "Type A": (
        "公開元の説明では、お一人ごとに過去の購入から16枚のクーポンを選びました。",
        "By the publishers' account each household got 16 coupons chosen by what it had bought.",
    ),
}
ABOUT_ALL = (
    "公開元の説明では、対象の全員に同じクーポンを送りました。",
    "By the publishers' account everybody on the list got every coupon.",
)
EXPECTED = "見込みは分かりません。\nWhat was expected is not known."
COST = "費用は分かりません（0ではありません）。\nWhat it cost is not known (it is not zero)."
TRAITS = (
    "age", "income", "home_ownership", "marital_status", "household_size", "household_comp",
    "kids_count",
)  # fmt: skip


def measure_id(campaign: int) -> UUID:
    """The same campaign is the same measure on every load."""
    return ids.import_id(source=SOURCE, document=f"campaign {campaign}", kind="measure")


def put_measures(data: Path, *, actor: Actor) -> None:
    """Every campaign with the households it was sent to, oldest first."""
    sent: dict[int, list[str]] = defaultdict(list)
    for row in rows(data, "campaigns"):
        sent[row["campaign_id"]].append(str(row["household_id"]))
    campaigns = sorted(rows(data, "campaign_descriptions"), key=lambda one: one["start_date"])
    with tx() as t:
        at = clock.now()
        records = _records(t)
        for row in campaigns:
            people = [records[key] for key in sent[row["campaign_id"]] if key in records]
            told = Inherited(_measure(row), CHANNEL, people)
            done = measures_inherited.inherit(t, told, actor=actor, recorded_at=at)
            assert not isinstance(done, Refusal), done


def _measure(row: Mapping[str, Any]) -> NewMeasure:
    campaign, kind = row["campaign_id"], row["campaign_type"]
    uid = measure_id(campaign)
    about, about_en = ABOUT.get(kind, ABOUT_ALL)
    first, last = row["start_date"].date(), row["end_date"].date()
    placement = NewPlacement(
        ids.import_id(source=SOURCE, document=f"campaign {campaign}", kind="placement"),
        CHANNEL,
        medium=kind,
        says=COST,
        starts_on=first,
        ends_on=last,
    )
    return NewMeasure(
        uid,
        title=f"Campaign {campaign} ({kind})",
        trigger="Complete Journey からの引き継ぎ / Taken over from Complete Journey",
        reason=REASON,
        evidence=EVIDENCE.format(about=about, about_en=about_en),
        expected=EXPECTED,
        starts_on=first,
        ends_on=last,
        window_days=1,
        control_share=0.0,
        placements=(placement,),
    )


def put_coupons(data: Path) -> None:
    """The coupons of every campaign and what they were good for."""
    given = [
        CouponItem(
            n, measure_id(row["campaign_id"]), str(row["coupon_upc"]), str(row["product_id"])
        )
        for n, row in enumerate(rows(data, "coupons"), start=1)
    ]
    with tx() as t:
        brought.put_coupons(t, SOURCE, given)


def put_redemptions(data: Path, basket_id: Any) -> None:
    """Who used which coupon, with the receipt it was used with; `basket_id` names a basket."""
    good_for: dict[tuple[int, int], set[int]] = defaultdict(set)
    for row in rows(data, "coupons"):
        good_for[row["campaign_id"], row["coupon_upc"]].add(row["product_id"])
    visits = _visits(data)
    told = []
    for row in rows(data, "coupon_redemptions"):
        campaign, number, day = row["campaign_id"], row["coupon_upc"], row["redemption_date"].date()
        tie, basket = _tied(visits[row["household_id"], day], good_for[campaign, number])
        document = None if basket is None else basket_id(str(basket))
        key = str(row["household_id"])
        told.append(Redeemed(measure_id(campaign), str(number), key, day, document, tie))
    with tx() as t:
        brought.put_redemptions(t, SOURCE, told)


Visit = dict[int, set[int]]


def _visits(data: Path) -> Mapping[tuple[int, date], Visit]:
    """By household and day: its baskets in order, each with the products that had a discount."""
    names = ["household_id", "basket_id", "product_id", "coupon_disc", "transaction_timestamp"]
    wanted = {
        (row["household_id"], row["redemption_date"].date())
        for row in rows(data, "coupon_redemptions")
    }
    homes = {household for household, _ in wanted}
    zone = clock.zone(TIMEZONE)
    found: dict[tuple[int, date], Visit] = defaultdict(dict)
    table = pq.read_table(data / "transactions.parquet", columns=names)
    for household, basket, product, off, instant in _lines(table):
        if household not in homes:
            continue
        day = completejourney_files.instant(instant).astimezone(zone).date()
        if (household, day) in wanted:
            discounted = found[household, day].setdefault(basket, set())
            if off > 0:
                discounted.add(product)
    return found


def _lines(table: Any) -> Iterator[tuple[Any, ...]]:
    table = completejourney_files.in_microseconds(table)
    for batch in table.to_batches(max_chunksize=50_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _tied(visit: Visit, products: set[int]) -> tuple[str, int | None]:
    """The surest receipt of a day for a coupon that is good for `products`."""
    for basket, discounted in visit.items():
        if discounted & products:
            return "article", basket
    for basket, discounted in visit.items():
        if discounted:
            return "discount", basket
    return ("day", next(iter(visit))) if visit else ("none", None)


def put_traits(data: Path) -> None:
    """What is known of 801 households: age, income, the home and who lives there."""
    with tx() as t:
        brought.put_traits(
            t,
            SOURCE,
            [
                (str(row["household_id"]), name, row[name])
                for row in rows(data, "demographics")
                for name in TRAITS
                if row[name] is not None
            ],
        )


def rows(data: Path, name: str) -> list[dict[str, Any]]:
    """A small table of the data, row by row; empty where the folder has none."""
    path = data / f"{name}.parquet"
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist() if path.is_file() else []
    return found


def _records(t: Tx) -> dict[str, int]:
    sql = (
        "SELECT r.source_key, r.id FROM customers_record r"
        " JOIN places_source s ON s.id = r.source_id WHERE s.code = %s"
    )
    return dict(t.rows(sql, [SOURCE]))
