"""What a line of the trail is about: its name as pages call it, and where it is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from goen.customers import queries as customers
from goen.doors.console.people import name_of
from goen.doors.say import say, text_of
from goen.kit import settings
from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.kit.trail_reading import Line

Found = dict[str, tuple[str, str]]
"""By subject: its name and its address, which is empty where it has no page."""

EXPORTS: Mapping[str, tuple[str, str]] = {
    "customers": ("顧客の一覧", "customers"),
    "orders": ("注文の一覧", "orders"),
    "points": ("ポイントの口座", "point accounts"),
    "coupons": ("クーポンの番号", "coupon numbers"),
    "consents": ("同意の証拠", "proofs of consent"),
    "holds": ("取り置き", "holds"),
    "late customers": ("来店が空いている方", "late customers"),
    "trail": ("記録", "the trail"),
    "staff": ("担当者", "staff"),
    "scenarios": ("シナリオのお客様", "customers of a scenario"),
}
_PAGES = {
    **dict.fromkeys(("order", "sale", "receipt", "confirmation", "delivery"), "/orders/{}"),
    "list": "/lists/{}",
    "segment": "/segments/{}",
    "points_account": "/points/accounts/{}",
    "coupon": "/coupons/numbers/{}",
    "letter": "/mailbox/{}",
    "sales": "/loads/{}",
    "axis": "/measures/axes/{}",
    "routine": "/routines/{}",
    "routine_task": "/routines/{}",
}
_PLACES = {
    "entity": "SELECT code, name FROM places_entity WHERE code = ANY(%s)",
    "place": "SELECT code, name FROM places_place WHERE code = ANY(%s)",
    "till": "SELECT code, name FROM places_till WHERE code = ANY(%s)",
    "channel": "SELECT code, name FROM places_channel WHERE code = ANY(%s)",
    "source": "SELECT code, name FROM places_source WHERE code = ANY(%s)",
    "staff": "SELECT code, name FROM places_staff WHERE code = ANY(%s)",
}
_AT = {"staff": "/staff", "source": ""}


def named(t: Tx, lines: Iterable[Line], viewer: Viewer) -> dict[tuple[str, str], tuple[str, str]]:
    """By kind and subject: what it is called, and its address or nothing."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        wanted[line.kind].add(line.subject)
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, subjects in wanted.items():
        known = _named(t, kind, subjects, viewer)
        found |= {(kind, one): known.get(one) or _plain(kind, one) for one in subjects}
    return found


def _named(t: Tx, kind: str, subjects: set[str], viewer: Viewer) -> Found:
    ways: dict[str, Callable[[], Found]] = {
        "person": lambda: _people(t, {one: int(one) for one in _numbers(subjects)}, viewer),
        "record": lambda: _records(t, _numbers(subjects), viewer),
        "setting": lambda: _settings(subjects),
        "export": lambda: {one: (say(*EXPORTS[one]), "") for one in subjects if one in EXPORTS},
        "measure": lambda: _measures(t, subjects),
        "routine": lambda: _routines(t, subjects),
        "routine_task": lambda: _routines(t, subjects),
    }
    if kind in _PLACES:
        rows = t.rows(_PLACES[kind], [sorted(subjects)])
        return {code: (text_of(name), _AT.get(kind, "/settings/shop")) for code, name in rows}
    return ways[kind]() if kind in ways else {}


def _numbers(subjects: Iterable[str]) -> list[str]:
    return [one for one in subjects if one.isdecimal() and len(one) < 18]


def _people(t: Tx, ids: Mapping[str, int], viewer: Viewer) -> Found:
    shown = customers.shown(t, list(ids.values()), viewer=viewer)
    return {one: (name_of(shown.get(n), n), f"/customers/{n}") for one, n in ids.items()}


def _records(t: Tx, subjects: list[str], viewer: Viewer) -> Found:
    persons = customers.person_of_records(t, [int(one) for one in subjects])
    return _people(t, {one: persons[int(one)] for one in subjects if int(one) in persons}, viewer)


def _settings(subjects: Iterable[str]) -> Found:
    known = {one: settings.DECLARED[one] for one in subjects if one in settings.DECLARED}
    return {
        one: (say(it.ja, it.en), "/settings/mail" if one.startswith("mail.") else "/settings/rules")
        for one, it in known.items()
    }


def _measures(t: Tx, subjects: Iterable[str]) -> Found:
    rows = t.rows(
        "SELECT uid::text, number FROM marketing_measure WHERE uid = ANY(%s::uuid[])",
        [[one for one in subjects if _is_uuid(one)]],
    )
    return {uid: (str(number), f"/measures/{number}") for uid, number in rows}


def _routines(t: Tx, subjects: Iterable[str]) -> Found:
    rows = t.rows(
        "SELECT DISTINCT ON (r.id) r.uid::text, l.title FROM marketing_routine r"
        " JOIN marketing_routinerule l ON l.routine_id = r.id WHERE r.uid = ANY(%s::uuid[])"
        " ORDER BY r.id, l.n DESC",
        [[one for one in subjects if _is_uuid(one)]],
    )
    return {uid: (title, f"/routines/{uid}") for uid, title in rows}


def _plain(kind: str, subject: str) -> tuple[str, str]:
    href = _PAGES[kind].format(subject) if kind in _PAGES and subject != "many" else ""
    if subject == "many":
        return say("まとめて", "many at once"), ""
    return (f"…{subject[-6:]}" if _is_uuid(subject) else subject), href


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
