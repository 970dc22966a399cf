"""Which articles are bought together more than chance would have it.

Lift = (documents with both × all documents) ÷ (documents with the one × documents with the
other). Counted are people, so that one person's habit is no rule: whoever is not known is one
document. Only pairs that `LEAST_PEOPLE` bought together and whose lift is at least `LEAST_LIFT`.
"""

from datetime import timedelta
from typing import Any

import ibis

from goen.insight.sight import Sight, put
from goen.kit.db import tx

YEAR = 365
LEAST_PEOPLE = 5
LEAST_LIFT = 1.5
LARGEST_BASKET = 40
"""Documents with more articles than this are stockkeeping, not a basket."""
MOST_PER_SKU = 8
COLUMNS = ("sku_id", "beside_sku", "documents", "people", "confidence", "lift")


def store_goes_with(sight: Sight) -> None:
    """The pairs of the last year."""
    first_on = sight.span.last_on - timedelta(days=YEAR - 1)
    lines = sight.lines(first_on=first_on, last_on=sight.span.last_on)
    with tx() as t:
        put(t, "insight_goeswith", COLUMNS, pairs(lines))


def pairs(lines: Any, *, least_people: int = LEAST_PEOPLE, least_lift: float = LEAST_LIFT) -> Any:
    """Rows of `COLUMNS`; `confidence` is the share of the one's documents that hold the other."""
    baskets = _baskets(lines)
    counts = baskets.group_by("sku_id").aggregate(alone=baskets.count())
    counts = counts.filter(counts.alone >= least_people)
    kept = baskets.semi_join(counts, "sku_id")
    found = _together(kept).filter(ibis._.people >= least_people)
    found = found.join(counts, "sku_id")
    beside = counts.select(beside_sku=counts.sku_id, beside_alone=counts.alone)
    found = found.join(beside, "beside_sku")
    found = found.cross_join(baskets.aggregate(total=baskets.order_id.nunique()))
    lift = found.documents.cast("float64") * found.total / (found.alone * found.beside_alone)
    found = found.mutate(confidence=found.documents.cast("float64") / found.alone, lift=lift)
    found = found.filter(found.lift >= least_lift)
    order = [ibis.desc("confidence"), ibis.desc("lift"), "beside_sku"]
    place = ibis.row_number().over(group_by=found.sku_id, order_by=order)
    best = found.mutate(place=place).filter(ibis._.place < MOST_PER_SKU)
    return best.select(*COLUMNS)


def _together(kept: Any) -> Any:
    """Each pair both ways round: in how many documents, of how many people.

    Counted once a pair, and people in a step of their own: half the rows, and no set per pair.
    """
    other = kept.select("order_id", beside_sku=kept.sku_id)
    both = kept.join(other, "order_id").filter(ibis._.sku_id < ibis._.beside_sku)
    each = both.group_by(["sku_id", "beside_sku", "who"]).aggregate(n=both.count())
    once = each.group_by(["sku_id", "beside_sku"]).aggregate(
        documents=each.n.sum(), people=each.count()
    )
    turned = once.select(
        "documents", "people", sku_id=once.beside_sku, beside_sku=once.sku_id
    ).select("sku_id", "beside_sku", "documents", "people")
    return once.union(turned)


def _baskets(lines: Any) -> Any:
    """(document, article, who), once each; who is not known is their document."""
    bought = lines.filter(lines.qty > 0)
    who = ibis.coalesce(bought.person_id, -bought.order_id)
    once = bought.select("order_id", "sku_id", who=who).distinct()
    sizes = once.group_by("order_id").aggregate(size=once.count())
    small = sizes.filter(sizes.size.between(2, LARGEST_BASKET))
    alone = sizes.filter(sizes.size == 1)
    return once.semi_join(small.union(alone), "order_id")
