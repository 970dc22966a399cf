"""Two persons side by side: what their records say, and what each did, in the same lines.

Promises: where both say something, the line says whether it is the same, nearly, or differs; what
one side does not say is shown as not said; the figures are the stored ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from goen.customers import consents, joined
from goen.customers import queries as customers
from goen.customers.consents import Barred, Permission
from goen.customers.joined import Told
from goen.customers.queries import Shown
from goen.doors.console.people import name_of
from goen.doors.say import say, text_of
from goen.insight import queries as insight
from goen.insight.answers import PersonValue
from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.orders import queries as orders
from goen.orders.queries import Receipt
from goen.points import queries as points

FIELDS = {
    "family": ("姓", "Family name"),
    "given": ("名", "Given name"),
    "born": ("生年月日", "Date of birth"),
    "gender": ("性別", "Sex"),
    "home": ("住所", "Address"),
    "mail": ("メール", "Mail"),
    "phone": ("電話", "Phone"),
}
LEVELS = {
    "same": ("同じ", "Same"),
    "near": ("近い", "Nearly"),
    "differs": ("違う", "Differs"),
    "": ("片方だけ", "One side only"),
}
_GENDERS = {"f": ("女性", "female"), "m": ("男性", "male")}
LATEST = 3
_ALMOST = 0.99


@dataclass(frozen=True, slots=True)
class Line:
    """One field of both records, and how it agrees."""

    name: str
    a: str
    b: str
    level: str
    words: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two persons: their figures, over all of their records."""

    person_id: int
    name: str
    records: tuple[Told, ...]
    sources: tuple[str, ...]
    value: PersonValue | None
    times: int
    latest: tuple[Receipt, ...]
    points: int
    ending: tuple[date, int] | None
    mail: bool
    refuses: bool
    """Whether a no, or a bar, holds for them and so for whoever they are joined with."""

    @property
    def profit(self) -> int:
        """Realised gross profit in minor units."""
        return self.value.profit_minor if self.value else 0


def sides(t: Tx, people: Sequence[int], viewer: Viewer) -> list[Side]:
    """Both persons, in the order given."""
    shown = customers.shown(t, people, viewer=viewer)
    values = insight.persons(t, list(people))
    writable = consents.permissions(t, people)
    day = insight.today(t)
    return [side(t, shown[one], values.get(one), writable[one], day, viewer) for one in people]


def side(
    t: Tx,
    shown: Shown,
    value: PersonValue | None,
    may: Permission | Barred,
    day: date,
    viewer: Viewer,
) -> Side:
    """One person's figures."""
    ids = shown.record_ids
    records = joined.told(t, ids, viewer=viewer)
    balance = points.balance_of_records(t, ids, day=day, viewer=viewer)
    return Side(
        shown.person_id,
        name_of(shown, shown.person_id),
        tuple(records.values()),
        tuple(dict.fromkeys(text_of(one.source_name) for one in records.values())),
        value,
        orders.count_of(t, ids),
        tuple(orders.receipts_of(t, ids, limit=LATEST)),
        balance.spendable,
        balance.next_end,
        isinstance(may, Permission),
        isinstance(may, Barred) and may.cause in {"refused", "suppressed"},
    )


def together_mail(both: Sequence[Side]) -> bool:
    """Whether they may be sent mail as one person: a no of either bars both, a yes covers both."""
    return any(one.mail for one in both) and not any(one.refuses for one in both)


def sure(probability: float) -> str:
    """How sure, in words: never quite."""
    if probability >= _ALMOST:
        return say("99%以上", "over 99%")
    return f"{100 * probability:.0f}%"


def lines(a: Told, b: Told, evidence: Mapping[str, tuple[str, float]]) -> list[Line]:
    """What both records say, field by field; what neither says is left out."""
    one, other = _fields(a), _fields(b)
    return [
        Line(
            say(*name),
            one[field],
            other[field],
            level := evidence.get(field, ("", 0.0))[0],
            say(*LEVELS[level]),
        )
        for field, name in FIELDS.items()
        if one[field] or other[field]
    ]


def _fields(one: Told) -> dict[str, str]:
    post = f"〒{one.postcode} " if one.postcode else ""
    return {
        "family": f"{one.family_name}（{one.family_kana}）" if one.family_kana else one.family_name,
        "given": f"{one.given_name}（{one.given_kana}）" if one.given_kana else one.given_name,
        "born": one.birth_date.strftime("%Y/%m/%d") if one.birth_date else "",
        "gender": say(*_GENDERS[one.gender[:1]]) if one.gender[:1] in _GENDERS else one.gender,
        "home": f"{post}{one.address}" if one.address else "",
        "mail": one.mail,
        "phone": one.phone,
    }
