"""A shop, somebody of head office logged in, and answers of insight that a test chooses."""

from datetime import date, timedelta

import pytest
from django.test import Client

from goen.customers import queries as customers
from goen.insight import queries as insight
from goen.insight.answers import Buyer, Ltv, MonthValue, Period, SkuList, SkuRow, Week, WhoBought
from goen.kit import clock
from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.places.models import Place, Staff
from tests.world import NOW, open_shop

PERIOD = Period(date(2026, 10, 23), date(2026, 11, 19))
YEN = "JPY"


@pytest.fixture
def shop(tx_db: None) -> Tx:
    """The world's shop, open."""
    tx = Tx()
    open_shop(tx)
    return tx


@pytest.fixture
def client(shop: Tx) -> Client:
    """A browser with somebody of head office logged in, reading Japanese."""
    return logged_in("hq")


def logged_in(role: str) -> Client:
    """A browser of somebody with a role; staff of a store are in Shibuya."""
    staff = Staff.objects.first()
    assert staff is not None
    staff.role = role
    staff.place = Place.objects.get(code="shibuya") if role == "store" else None
    staff.save()
    browser = Client(headers={"accept-language": "ja"}, SERVER_NAME="127.0.0.1")
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session["confirmed"] = clock.now().timestamp()  # as whoever has just signed in
    session.save()
    return browser


def person(tx: Tx, card: str) -> int:
    """The person who shows a card."""
    found = customers.find_credential(tx, card, viewer=Viewer("test", "hq"))
    assert found is not None
    return found.person_id


def sku_id(tx: Tx, code: str) -> int:
    """An SKU of the world's shop."""
    return int(tx.value("SELECT id FROM catalogue_sku WHERE code = %s", [code]))


def planted(tx: Tx) -> tuple[SkuRow, WhoBought]:
    """G-01: 120 units in 64 receipts, 108 of them one person's, 4 of them nobody's."""
    cards = [f"G104000{n}" for n in range(1, 6)]
    people = [person(tx, card) for card in cards]
    buyers = tuple(
        Buyer(one, 108 if i == 0 else 2, 28 if i == 0 else 1, 324, PERIOD.first_on,
              PERIOD.last_on, 48_600 if i == 0 else 12_000)
        for i, one in enumerate(people)
    )  # fmt: skip
    weeks = tuple(
        Week(PERIOD.first_on + timedelta(days=7 * i), top, 2, 1)
        for i, top in enumerate((22, 30, 26, 30))
    )
    which = sku_id(tx, "KASHI-01")
    row = SkuRow(which, 1, 120, 64, 19_440, 116, 5, 108, people[0], 96_600, True, False, False)
    answer = WhoBought(
        which, PERIOD, None, 120, 64, 19_440, YEN, 116, 4, 5, 108, 116, 1.15, 96_600, True,
        buyers, weeks, NOW,
    )  # fmt: skip
    return row, answer


@pytest.fixture
def told(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> tuple[SkuRow, WhoBought]:
    """Insight answers the first planted story."""
    row, answer = planted(shop)
    months = tuple(
        MonthValue(date(2026, n, 1), 9_000.0 + 900 * n, 8_400.0 + 900 * n, 9_600.0 + 900 * n, 300)
        for n in range(1, 11)
    )
    value = Ltv(
        YEN, "person", 312, 18_420.4, 17_860.2, 18_990.1, 12_240.0, 5_746_000, 9_900_000,
        6_237_000, 4_000, 2_848, 0.25, 0.0, months, PERIOD, NOW,
    )  # fmt: skip
    monkeypatch.setattr(insight, "ltv", lambda *_: value)
    monkeypatch.setattr(insight, "products", lambda *_, **asked: _listed(row, asked))
    monkeypatch.setattr(insight, "who_bought", lambda *_, **__: answer)
    monkeypatch.setattr(insight, "best_persons", lambda *_, **__: ([], 0))
    return row, answer


def _listed(row: SkuRow, asked: dict[str, object]) -> SkuList:
    ids = asked.get("sku_ids")
    fits = asked.get("only", "") in {"", "flagged"} and (ids is None or row.sku_id in ids)
    rows = (row,) if fits else ()
    return SkuList(PERIOD, rows, len(rows), NOW)


@pytest.fixture
def nothing(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    """Insight has no result yet."""
    for name in ("ltv", "products", "who_bought"):
        monkeypatch.setattr(insight, name, lambda *_, **__: None)
