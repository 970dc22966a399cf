"""Reading stored results, and asking the analyst for what is not stored yet."""

from goen.insight.answers import Ltv, Period, PersonValue, SkuList, WhoBought
from goen.kit.db import Tx


def ltv(tx: Tx) -> Ltv | None:
    """Realised lifetime value as last computed; None before the first result."""
    raise NotImplementedError


def products(
    tx: Tx,
    *,
    window: str = "4w",
    order: str = "rank",
    only: str = "",
    limit: int = 50,
    offset: int = 0,
    sku_ids: list[int] | None = None,
) -> SkuList | None:
    """A page of SKUs with who-bought figures for a window (4w, 12m, all).

    `order` is rank, top1, buyers, spend (descending but for rank); `only` is flagged, cut,
    spared or empty; `sku_ids` restricts to a search. None before the first result.
    """
    raise NotImplementedError


def who_bought(
    tx: Tx,
    *,
    sku_id: int,
    window: str = "4w",
    period: Period | None = None,
    place_id: int | None = None,
) -> WhoBought | None:
    """Who bought an SKU in a window or an explicit period, in one place or everywhere.

    Asks the analyst; when it does not answer, the last stored result or None.
    """
    raise NotImplementedError


def persons(tx: Tx, person_ids: list[int]) -> dict[int, PersonValue]:
    """Stored values of people."""
    raise NotImplementedError


def best_persons(
    tx: Tx, *, order: str = "profit", limit: int = 50, offset: int = 0
) -> tuple[list[PersonValue], int]:
    """People by realised profit (`profit`) or last purchase (`recent`), and how many there are."""
    raise NotImplementedError
