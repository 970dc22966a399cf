"""What was considered and not bought, per purchase, and which article loses to which.

A purchase's losers are the articles this person looked at as something to buy (viewed, put into a
cart or out of it, picked up, asked for) in the days before it, which are not on the document and
were not bought between the look and it. An article loses to those of its own department on that
document. Looks of devices that several people use are nobody's.
"""

from datetime import timedelta
from typing import Any

import ibis

from goen.behaviour.rules import CONSIDERED
from goen.insight import base
from goen.insight.questions import CONSIDERING
from goen.insight.sight import Sight, rows, store
from goen.kit.db import tx

YEAR = 365
DAY_S = 86_400
PAIRS_AT_MOST = 200_000


def store_considered(sight: Sight) -> None:
    """The comparisons of the last year, what became of looks, and how many purchases had any."""
    first_on = sight.span.last_on - timedelta(days=YEAR - 1)
    bought = bought_by(sight.lines(first_on=first_on, last_on=sight.span.last_on), sight.lake)
    looked = looks(base.known_events(sight.lake))
    days = int(sight.config["insight.considered_days"])
    lost = losses(bought, looked, days=days)
    pairs = rows(comparisons(lost, bought, sight.lake.sku).limit(PAIRS_AT_MOST))
    interest = rows(interests(bought, looked, days=days))
    known = rows(bought.aggregate(purchases=bought.order_id.nunique()))[0]
    seen = rows(considered_purchases(bought, looked, days=days))[0]
    losers = rows(lost.aggregate(losers=lost.count()))[0]
    value = {"days": days, **losers, **known, **seen}
    with tx() as t:
        t.execute("DELETE FROM insight_comparison")
        t.copy(
            "COPY insight_comparison (lost_sku, won_sku, purchases, people) FROM STDIN",
            [(p["lost_sku"], p["won_sku"], p["purchases"], p["people"]) for p in pairs],
        )
        t.execute("DELETE FROM insight_skuinterest")
        t.copy(
            "COPY insight_skuinterest (sku_id, lookers, buyers) FROM STDIN",
            [(one["sku_id"], one["lookers"], one["buyers"]) for one in interest],
        )
        store(t, CONSIDERING, value, sight.lake.watermark, sight.recorded_at)


def bought_by(lines: Any, lake: base.Lake) -> Any:
    """What known people bought: person, document, article and the moment in seconds."""
    known = lines.filter(lines.person_id.notnull() & (lines.qty > 0))
    once = known.select("person_id", "order_id", "sku_id").distinct()
    moments = lake.documents.select("order_id", bought_s=lake.documents.occurred_s)
    return once.join(moments, "order_id")


def looks(events: Any) -> Any:
    """What known people looked at as something to buy, and when."""
    wanted = events.filter(
        events.person_id.notnull() & events.sku_id.notnull() & events.kind.isin(CONSIDERED)
    )
    return wanted.select("person_id", "sku_id", "kind", look_s=wanted.happened_s)


def losses(bought: Any, looked: Any, *, days: int) -> Any:
    """(document, person, article) that was considered before this purchase and not bought."""
    documents = bought.select("order_id", "person_id", "bought_s").distinct()
    near = _before(looked, documents, days)
    open_ = near.anti_join(bought, ["order_id", "sku_id"])
    theirs = bought.select(buyer=bought.person_id, article=bought.sku_id, then_s=bought.bought_s)
    still = open_.anti_join(
        theirs,
        [
            open_.person_id == theirs.buyer,
            open_.sku_id == theirs.article,
            theirs.then_s >= open_.look_s,
            theirs.then_s <= open_.bought_s,
        ],
    )
    return still.select("order_id", "person_id", "sku_id").distinct()


def comparisons(lost: Any, bought: Any, goods: Any) -> Any:
    """How often an article lost to another of its department, and with how many people.

    Both sides are made distinct though they are: an engine does not move a join past that, and one
    that joined goods with all goods of their department before the documents would fill the disk.
    """
    departments = goods.select("sku_id", "category_id")
    losers = lost.join(departments, "sku_id")
    losers = losers.select(
        "order_id", "person_id", lost_sku=losers.sku_id, category_id=losers.category_id
    ).distinct()
    winners = bought.semi_join(losers, "order_id").join(departments, "sku_id")
    winners = winners.select(
        "order_id", won_sku=winners.sku_id, category_id=winners.category_id
    ).distinct()
    both = losers.join(winners, ["order_id", "category_id"])
    return (
        both.group_by(["lost_sku", "won_sku"])
        .aggregate(purchases=both.order_id.nunique(), people=both.person_id.nunique())
        .order_by([ibis.desc("purchases"), "lost_sku", "won_sku"])
    )


def interests(bought: Any, looked: Any, *, days: int) -> Any:
    """Of each article: how many people looked, and how many of them bought it in the days after."""
    then = bought.select(buyer=bought.person_id, article=bought.sku_id, then_s=bought.bought_s)
    after = looked.join(
        then,
        [
            looked.person_id == then.buyer,
            looked.sku_id == then.article,
            then.then_s >= looked.look_s,
            then.then_s <= looked.look_s + days * DAY_S,
        ],
    )
    buyers = after.group_by("sku_id").aggregate(buyers=after.person_id.nunique())
    seen = looked.group_by("sku_id").aggregate(lookers=looked.person_id.nunique())
    both = seen.left_join(buyers, "sku_id").drop("sku_id_right")
    return both.mutate(buyers=both.buyers.fill_null(0))


def considered_purchases(bought: Any, looked: Any, *, days: int) -> Any:
    """How many purchases had any look before them: where behaviour is known at all."""
    documents = bought.select("order_id", "person_id", "bought_s").distinct()
    near = _before(looked, documents, days)
    return near.aggregate(with_looks=near.order_id.nunique())


def _before(looked: Any, documents: Any, days: int) -> Any:
    """Looks in the days before each purchase of the same person."""
    both = looked.join(documents, "person_id")
    return both.filter(
        (both.look_s <= both.bought_s) & (both.look_s > both.bought_s - days * DAY_S)
    )
