"""Routines in words: when, who, where, how a turn stands, and the figure that was kept with it."""

from collections.abc import Iterable, Mapping
from typing import Any

from goen.doors.console.measure_words import Words, of
from goen.doors.console.templatetags.goen import money, num
from goen.doors.say import language, say, text_of
from goen.kit import home
from goen.kit.db import Tx
from goen.marketing.routine import NewRoutine, Owner, RoutineShown
from goen.marketing.routines import LAST, Rhythm
from goen.marketing.routines_completion import Completion
from goen.marketing.routines_figures import MONEY
from goen.places.rights import ROLES

STATES: Words = {
    "running": ("続いています", "Running"),
    "paused": ("一時停止", "Paused"),
    "ended": ("終わりました", "Ended"),
}
CHIPS = {"running": "chip-good", "paused": "chip-warn"}
TURNS: Words = {
    "done": ("期限内に済み", "Done in time"),
    "late": ("遅れて済み", "Done late"),
    "missed": ("期限切れ", "Missed"),
    "excused": ("今回は不要", "Not needed"),
    "open": ("これから", "To do"),
}
TURN_CHIPS = {"missed": "chip-bad", "late": "chip-warn", "done": "chip-good", "excused": "chip-off"}
MARKS = {"done": "●", "late": "▲", "missed": "×", "excused": "–", "open": "○"}
PAGES: Mapping[str, tuple[str, str, str, str, str]] = {
    "next_steps": ("/customers/without-next-step", "次の一手がない方", "No next step",
                   "次の一手がない方{n}人", "{n} without a next step"),
    "lapsing": ("/analysis/lapsing", "間があいた方", "Those who stay away",
                "間があいた方{n}人", "{n} away longer than usual"),
    "exceptions": ("/orders/exceptions", "注文の例外", "Exceptions of orders",
                   "例外{n}件", "{n} open exceptions"),
    "low": ("/stock/low", "足りなくなる在庫", "Stock that runs low",
            "足りなくなる棚{n}件", "{n} shelves run low"),
    "counts": ("/stock/counts", "棚卸し", "Counts", "", ""),
    "learnings": ("/measures?state=ended", "終わった施策の学び", "Learnings of ended measures",
                  "学びがまだの施策{n}件", "{n} ended without a learning"),
    "findings": ("/measures/findings", "矛盾している施策", "Contradictions",
                 "わかりにくい施策{n}件", "{n} unclear to customers"),
    "same": ("/customers/same", "同じお客様の候補", "Candidates of the same person",
             "候補{n}組", "{n} {n|pair|pairs} to decide"),
    "tasks": ("/measures/scenarios/tasks", "スタッフへのお願い", "Tasks for staff",
              "お願い{n}件", "{n} open tasks for staff"),
    "requests": ("/consents", "お客様からの申し出", "Customers' requests",
                 "申し出{n}件", "{n} requests to answer"),
    "ltv": ("/analysis/ltv", "LTVの動き", "How lifetime value moved",
            "LTV {n}", "LTV {n}"),
}  # fmt: skip
"""Where it is done: address, name, and what its figure says; no words where it has none."""
_BY_PLACE = ("exceptions", "low", "tasks")
"""Pages that can be read for one place."""


def page(code: str) -> tuple[str, str]:
    """Address and name of where it is done; two empty words where it is nowhere in Goen."""
    if code not in PAGES:
        return "", ""
    href, ja, en, *_ = PAGES[code]
    return href, say(ja, en)


def figure(code: str, value: int | None) -> str:
    """The figure that was kept with a task."""
    if value is None or code not in PAGES or not PAGES[code][3]:
        return ""
    shown = money(value, home.current_shop().currency) if code in MONEY else num(value)
    return say(*PAGES[code][3:], n=shown)


def when(rhythm: Rhythm) -> str:
    """When it is asked for, and how long it is left."""
    if rhythm.every == "week":
        day = of_weekday(rhythm.weekday)
    elif rhythm.month_day == LAST:
        day = say("毎月末日", "the last day of every month")
    else:
        day = say("毎月{n}日", "day {n} of every month", n=rhythm.month_day)
    if rhythm.moves:
        day = say("{d}（休みなら前の営業日）", "{d}, or the business day before", d=day)
    if rhythm.days == 0:
        return say("{d}・その日のうちに", "{d}, the same day", d=day)
    return say("{d}・{n}日以内", "{d}, within {n} {n|day|days}", d=day, n=rhythm.days)


def of_weekday(weekday: int) -> str:
    """A day of every week."""
    ja, en = _WEEKDAYS[weekday]
    return say(f"毎週{ja}曜", f"every {en}")


_WEEKDAYS = (
    ("月", "Monday"), ("火", "Tuesday"), ("水", "Wednesday"), ("木", "Thursday"), ("金", "Friday"),
    ("土", "Saturday"), ("日", "Sunday"),
)  # fmt: skip


def role(code: str) -> str:
    """A role's name."""
    return say(*ROLES[code]) if code in ROLES else code


class Names:
    """Who owners are: the people and the places of a page, read once."""

    def __init__(self, t: Tx, owners: Iterable[Owner]) -> None:
        given = list(owners)
        self._staff = _known(t, "places_staff", [one.staff_id for one in given])
        wanted = [one.place_id for one in given]
        self._places = _known(t, "places_place", wanted)
        self._codes = _known(t, "places_place", wanted, "code")

    def of(self, owner: Owner) -> str:
        """Somebody by name; else the place and the role."""
        if owner.staff_id is not None:
            return self._staff.get(owner.staff_id, "")
        if owner.place_id is None:
            return role(owner.role)
        between = "・" if language() == "ja" else ", "
        return f"{self._places.get(owner.place_id, '')}{between}{role(owner.role)}"

    def address(self, code: str, owner: Owner) -> str:
        """Where in Goen a page is, narrowed to the owner's place where it can be."""
        href, place = page(code)[0], owner.place_id
        if place is None or code not in _BY_PLACE:
            return href
        return f"{href}?place={place if code == 'tasks' else self._codes.get(place, '')}"


def owner_of(new: NewRoutine) -> Owner:
    """Whose it is by a rule; of a role at each place, the role."""
    return Owner(new.staff_id, new.role, new.place_id)


def owner(one: RoutineShown, names: Names) -> str:
    """Whose it is, in words."""
    name = names.of(owner_of(one.newest.new))
    if one.newest.new.owner == "places":
        return say("{r}（場所ごと）", "{r}, at each place", r=name)
    return name


def state(one: RoutineShown) -> str:
    """Whether it goes on."""
    return of(STATES, one.state)


def turn(state: str) -> str:
    """How a turn stands."""
    return of(TURNS, state)


def completion(one: Completion | None) -> dict[str, Any]:
    """The last turns for a template: each as a sign with its words, and the shares."""
    one = one or Completion()
    return {
        "marks": [
            (mark, MARKS[mark.state], turn(mark.state), f"{mark.done}/{mark.of}")
            for mark in one.marks
        ],
        "one": one,
        "on_time": one.on_time,
        "late": one.share("late"),
        "missed": one.share("missed"),
    }


def _known(t: Tx, table: str, ids: list[int | None], column: str = "name") -> dict[int, str]:
    wanted = sorted({one for one in ids if one is not None})
    if not wanted:
        return {}
    rows = t.rows(f"SELECT id, {column} FROM {table} WHERE id = ANY(%s)", [wanted])
    return {id_: text_of(name) for id_, name in rows}
