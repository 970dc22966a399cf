"""Who bought it: the units of every SKU by person, in expressions for any engine.

A buyer is a person whose units of the SKU in the period are above zero after returns; top
shares and effective buyers are over buyers only, `units` over everything.
"""

from typing import Any

import ibis


def by_person(lines: Any) -> Any:
    """Units, receipts, amount and days of each (SKU, person) with at least one unit kept."""
    known = lines.filter(lines.person_id.notnull())
    grouped = known.group_by("sku_id", "person_id").aggregate(
        units=known.qty.sum(),
        receipts=known.order_id.nunique(),
        amount_minor=known.amount_minor.sum(),
        first_on=known.business_date.min(),
        last_on=known.business_date.max(),
    )
    return grouped.filter(grouped.units > 0)


def spend(lines: Any) -> Any:
    """What each person spends in the whole period, over all SKUs."""
    known = lines.filter(lines.person_id.notnull())
    return known.group_by("person_id").aggregate(whole_shop_minor=known.amount_minor.sum())


def figures(lines: Any, *, of: int | None = None) -> Any:
    """One row per SKU sold in the period: everything that says whose purchases carry it.

    With `of` only that SKU's: the same row, without working out everybody else's.
    """
    sold = lines if of is None else lines.filter(lines.sku_id == of)
    totals = sold.group_by("sku_id").aggregate(
        units=sold.qty.sum(),
        receipts=sold.order_id.nunique(),
        amount_minor=sold.amount_minor.sum(),
        identified_units=sold.qty.sum(where=sold.person_id.notnull()).fill_null(0),
    )
    buyers = by_person(sold)
    theirs = lines if of is None else lines.semi_join(buyers, "person_id")
    place = ibis.row_number().over(
        group_by=buyers.sku_id, order_by=[buyers.units.desc(), buyers.person_id]
    )
    ranked = buyers.mutate(place=place).join(spend(theirs), "person_id")
    units = ranked.units.cast("float64")
    people = ranked.group_by("sku_id").aggregate(
        buyers=ranked.count(),
        top1_units=ranked.units.sum(where=ranked.place == 0),
        top5_units=ranked.units.sum(where=ranked.place < 5),
        top_person=ranked.person_id.max(where=ranked.place == 0),
        effective_buyers=units.sum() * units.sum() / (units * units).sum(),
        buyers_spend_minor=ranked.whole_shop_minor.sum(),
    )
    joined = totals.left_join(people, "sku_id").drop("sku_id_right")
    zero = {
        name: joined[name].fill_null(0)
        for name in ("buyers", "top1_units", "top5_units", "buyers_spend_minor")
    }
    return joined.mutate(**zero)


def judged(table: Any, *, top1_share: float, least_units: int, lowest_share: float) -> Any:
    """The figures with rank, concentration flag, cut candidates, and those spared from a cut.

    Lowest by units, of SKUs with any: at or below the k-th smallest, k = ⌈share × SKUs⌉. A low
    SKU is spared when its buyers spend more in the whole shop than the median SKU's buyers.
    """
    sold = table.filter(table.units > 0)
    everything = ibis.window()
    ascending = ibis.row_number().over(order_by=[sold.units, sold.sku_id]) + 1
    descending = ibis.row_number().over(order_by=[sold.units.desc(), sold.sku_id]) + 1
    placed = sold.mutate(
        ascending=ascending, rank=descending, products=sold.count().over(everything)
    )
    last = (placed.products * lowest_share).ceil()
    bound = placed.units.max(where=placed.ascending <= last).over(everything)
    middle = placed.buyers_spend_minor.median().over(everything)
    compared = placed.mutate(low=placed.units <= bound, kept=placed.buyers_spend_minor > middle)
    flagged = (compared.units >= least_units) & (compared.top1_units >= compared.units * top1_share)
    return compared.mutate(
        flagged=flagged,
        cut_candidate=compared.low & ~compared.kept,
        spared=compared.low & compared.kept,
    ).drop("low", "kept", "ascending", "products")


def top_buyers(lines: Any, sku_id: int, *, limit: int) -> Any:
    """The people who bought most of one SKU, with what they spend in the whole shop."""
    one = by_person(lines.filter(lines.sku_id == sku_id))
    theirs = lines.semi_join(one, "person_id")
    joined = one.join(spend(theirs), "person_id").drop("sku_id")
    return joined.order_by([joined.units.desc(), joined.person_id]).limit(limit)


def by_day(lines: Any, sku_id: int, top_person: int | None) -> Any:
    """An SKU's units per day: by the top buyer, by other known people, by unknown ones."""
    one = lines.filter(lines.sku_id == sku_id)
    unknown = one.person_id.isnull()
    is_top = (one.person_id == top_person).fill_null(False) if top_person else ibis.literal(False)
    return one.group_by("business_date").aggregate(
        top_units=one.qty.sum(where=is_top).fill_null(0),
        other_units=one.qty.sum(where=~unknown & ~is_top).fill_null(0),
        anonymous_units=one.qty.sum(where=unknown).fill_null(0),
    )
