"""Whatever was bought and however it comes back: all of it back is exactly nothing."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.doors.cli.audit import audited
from goen.kit import ids
from goen.kit.db import Tx
from goen.orders import refunds, selling, standing, taking_back
from goen.orders.order import Delivery, NewOrder, PartBack, TakeBack, TakenBack
from goen.orders.refunds import Charged
from goen.orders.sale import PricedLine, Quote, Sale, SaleLine, SaleTender, Sold
from goen.points import coupons
from goen.points.coupons import Issued, NewCoupon, NewKind
from tests import world
from tests.orders import placed
from tests.points import wallet

pytestmark = pytest.mark.usefixtures("tx_db")
KINDS = ("cash", "card", "qr", "points")
PLACES = ("shibuya", "kichijoji")
MEMBER = ("card", "G1040001")
COUPON = "WELCOME-1"


@dataclass(frozen=True)
class Bought:
    """What is bought, as drawn: lines with their discounts, one on all, ways of paying."""

    lines: tuple[SaleLine, ...]
    off_bp: int
    price_tax: str
    kinds: tuple[str, ...]
    cuts: tuple[int, ...]
    fee: int
    coupon: bool


@st.composite
def bought(draw: st.DrawFn) -> Bought:
    lines = []
    for code, *_ in draw(st.lists(st.sampled_from(world.GOODS), min_size=1, max_size=4)):
        qty, amount = draw(st.integers(1, 5)), draw(st.integers(0, 9_999))
        off = draw(st.integers(0, amount // 3))
        tax_class = draw(st.sampled_from(["reduced", "standard", "zero"]))
        lines.append(SaleLine(code, qty, amount, tax_class, off, "markdown" if off else ""))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True))
    return Bought(
        tuple(lines),
        draw(st.integers(0, 5_000)),
        draw(st.sampled_from(["included", "excluded"])),
        tuple(kinds),
        tuple(draw(st.integers(0, 10_000)) for _ in kinds[1:]),
        draw(st.sampled_from([0, 330, 550])),
        draw(st.booleans()),
    )


def as_sale(tx: Tx, one: Bought, *, fee: int = 0, **more: Any) -> Sale:
    """The sale, with tenders that come to its total."""
    amount = sum((line.amount_minor or 0) - line.discount_minor for line in one.lines)
    off = amount * one.off_bp // 10_000
    sale = replace(
        world.sale(total=0, member=MEMBER[1]),
        lines=one.lines,
        price_tax=one.price_tax,
        discount_minor=off,
        discount_code="markdown" if off else "",
        coupons=(COUPON,) if one.coupon and amount > off else (),
        tenders=(),
        **more,
    )
    quote = selling.quote(tx, sale, recorded_at=world.NOW)
    assert isinstance(quote, Quote), quote
    total = quote.total_minor if not fee else _with_fee(quote, fee, one.price_tax)
    left, tenders = total, []
    for kind, cut in zip(one.kinds[1:], one.cuts, strict=True):
        part = left * cut // 10_000
        tenders.append(SaleTender(kind, part))
        left -= part
    return replace(sale, tenders=(SaleTender(one.kinds[0], left), *tenders))


def _with_fee(quote: Quote, fee: int, price_tax: str) -> int:
    lines = (*quote.lines, PricedLine(0, 1, fee, None, "standard", 1_000))
    return refunds.kept(Charged(lines, price_tax, "floor"), returned=[0] * len(lines)).total_minor


def balances(tx: Tx) -> dict[tuple[str, str], int]:
    """Σ moves of every account that is not at zero; all places together, cash too."""
    sums: Counter[tuple[str, str]] = Counter()
    for unit, holder, qty in tx.rows(
        """
        SELECT a.unit, a.holder, sum(d.qty)::bigint FROM (
          SELECT target_id AS id, qty FROM ledger_move
          UNION ALL SELECT source_id, -qty FROM ledger_move
        ) d JOIN ledger_account a ON a.id = d.id GROUP BY 1, 2
        """
    ):
        parts = holder.split(":")
        where = ":".join(parts[2:]) if parts[0] == "place" else holder
        where = "goods" if where in {"sellable", "damaged"} else where
        sums[unit, where] += qty
    return {key: qty for key, qty in sums.items() if qty}


def draw_step(data: st.DataObject, tx: Tx, uid: Any) -> TakeBack | None:
    """Some of what is out, in any condition, at any place; None when nothing is."""
    out = [line for line in standing.read(tx, [uid])[uid].lines if line.out > 0]
    if not out:
        return None
    parts = []
    for line in data.draw(
        st.lists(st.sampled_from(out), min_size=1, unique_by=lambda x: x.line_no)
    ):
        qty = data.draw(st.integers(1, line.out))
        to = data.draw(st.sampled_from(["sellable", "damaged"]))
        parts.append(PartBack(line.line_no, qty, to))
    place = data.draw(st.sampled_from(PLACES))
    return TakeBack(ids.new_id(), uid, place, "changed_mind", world.NOW, tuple(parts))


def take_some_back(tx: Tx, data: st.DataObject, uid: Any) -> list[TakenBack]:
    """One step."""
    step = draw_step(data, tx, uid)
    assert step is not None
    (answer,) = taking_back.take_back(tx, [step], actor=world.ACTOR, recorded_at=world.NOW)
    assert isinstance(answer, TakenBack), answer
    assert answer.slip.total_minor == sum(t.amount_minor for t in answer.tenders)
    assert min([answer.slip.total_minor, *(t.tax_minor for t in answer.refund.taxes)]) >= 0
    return [answer]


def take_all_back(tx: Tx, data: st.DataObject, uid: Any) -> list[TakenBack]:
    """Steps until nothing is out."""
    done = []
    while any(line.out > 0 for line in standing.read(tx, [uid])[uid].lines):
        done += take_some_back(tx, data, uid)
    return done


def all_is_zero(tx: Tx, uid: Any, steps: list[TakenBack]) -> None:
    """Money, tax per rate and lines: what came back is what was charged."""
    order = tx.row("SELECT id, total_minor FROM orders_order WHERE uid = %s", [uid])
    assert sum(step.slip.total_minor for step in steps) == order[1]
    taxes: Counter[tuple[str, int, str]] = Counter()
    for step in steps:
        for t in step.refund.taxes:
            taxes[t.tax_class, t.rate_bp, "gross"] += t.gross_minor
            taxes[t.tax_class, t.rate_bp, "tax"] += t.tax_minor
    for tax_class, rate, gross, tax in tx.rows(
        "SELECT tax_class, rate_bp, gross_minor, tax_minor FROM orders_tax WHERE order_id = %s",
        [order[0]],
    ):
        assert taxes[tax_class, rate, "gross"] == gross
        assert taxes[tax_class, rate, "tax"] == tax
    assert (
        tx.rows(
            """
            SELECT l.line_no FROM orders_line l
            LEFT JOIN (
              SELECT s.order_id, x.line_no, sum(x.qty) AS qty, sum(x.amount_minor) AS amount,
                     sum(x.discount_minor) AS off, sum(x.share_minor) AS share,
                     sum(x.net) AS net, sum(x.cost) AS cost
              FROM orders_slip s JOIN orders_slipline x ON x.slip_id = s.id
              WHERE s.kind = 'take_back' GROUP BY 1, 2
            ) b ON b.order_id = l.order_id AND b.line_no = l.line_no
            WHERE l.order_id = %s AND (l.qty, l.amount_minor, l.discount_minor, l.share_minor)
                IS DISTINCT FROM (b.qty, b.amount, b.off, b.share)
              OR l.order_id = %s AND (l.net, l.cost) IS DISTINCT FROM (b.net, b.cost)
            """,
            [order[0], order[0]],
        )
        == []
    )


@pytest.fixture
def shop() -> Tx:
    tx = Tx()
    world.open_shop(tx)
    for code, *_ in world.GOODS:
        world.stocked(tx, code, 1_000)
    wallet.programme(tx)
    wallet.given(tx, 500_000)
    by = {"actor": world.ACTOR, "recorded_at": world.NOW}
    kind = NewKind("welcome", {"ja": "ようこそ", "en": "Welcome"}, "amount", 200)
    assert isinstance(coupons.put_kind(tx, kind, **by), int)
    wish = NewCoupon(ids.new_id(), "welcome", world.NOW, COUPON, None, 10_000)
    (issued,) = coupons.issue(tx, [wish], **by)
    assert isinstance(issued, Issued)
    return tx


STEPS = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def draw_programme(data: st.DataObject, tx: Tx) -> None:
    """Points on what is paid with tax or without, at once or pending."""
    wallet.programme(
        tx,
        basis=data.draw(st.sampled_from(["gross", "net"])),
        confirm_days=data.draw(st.sampled_from([0, 3])),
        per_minor=data.draw(st.sampled_from([1, 7, 100])),
    )


@given(bought(), st.data())
@STEPS
def test_a_till_sale_taken_back_in_any_steps_is_nothing(
    shop: Tx, one: Bought, data: st.DataObject
) -> None:
    """Goods, money, tax, points, coupons and costs end where they were before the sale."""
    with transaction.atomic():
        draw_programme(data, shop)
        before = balances(shop)
        (answer,) = world.sold(shop, as_sale(shop, one))
        assert isinstance(answer, Sold), answer
        steps = take_all_back(shop, data, answer.uid)
        all_is_zero(shop, answer.uid, steps)
        assert balances(shop) == before
        assert audited(shop)["broken"] == []
        transaction.set_rollback(True)


@given(bought(), st.data())
@STEPS
def test_an_order_sent_and_taken_back_in_any_steps_is_nothing(
    shop: Tx, one: Bought, data: st.DataObject
) -> None:
    """Goods leave and come back by turns, the fee too; in the end nothing is left of it."""
    with transaction.atomic():
        draw_programme(data, shop)
        before = balances(shop)
        sale = as_sale(shop, one, fee=one.fee, place="web", channel="ec", handed_over=False)
        new = NewOrder(sale, Delivery("ship", placed.HOME, None, "shibuya", one.fee))
        uid = placed.one_placed(shop, new)
        steps: list[TakenBack] = []
        while True:
            open_ = [x for x in standing.read(shop, [uid])[uid].goods if x.open]
            if not open_:
                break
            line = data.draw(st.sampled_from(open_))
            part = (line.line_no, data.draw(st.integers(1, line.open)))
            placed.slipped(placed.ship(shop, uid, part, at=world.NOW))
            if data.draw(st.booleans()):
                steps += take_some_back(shop, data, uid)
        steps += take_all_back(shop, data, uid)
        all_is_zero(shop, uid, steps)
        assert balances(shop) == before
        assert audited(shop)["broken"] == []
        transaction.set_rollback(True)
