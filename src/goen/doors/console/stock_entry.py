"""Lines of goods typed or scanned into a form: a code and a number, named by the server.

Promises: what was typed stays, whatever is refused; the same goods scanned again are one line with
one more; a reason stands beside its line; without scripts every step is a page of its own. The
form carries the id of what it makes, so that sending it twice makes it once.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest

from goen.catalogue import queries as catalogue
from goen.catalogue.queries import SkuShown
from goen.doors import refusals
from goen.doors.console.forms import uid_of
from goen.doors.say import say
from goen.kit import clock
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

MOST = 300
"""Lines of one form."""
_TIMES = re.compile(r"^(.+?)\s*[*×xX]\s*(\d{1,6})$")
_LINE = re.compile(r"lines\[(\d+)\]\.(\w+)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as typed. `info` is what a page adds, such as how many there are."""

    item: str
    qty: str
    sku: SkuShown | None = None
    error: str = ""
    qty_error: str = ""
    info: int | None = None

    @property
    def number(self) -> int | None:
        """The quantity, or None when it is no whole number."""
        return whole(self.qty)


@dataclass(slots=True)
class Sheet:
    """A form's lines and what is wrong with it."""

    uid: UUID
    lines: list[Line] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    found: list[SkuShown] = field(default_factory=list)
    """Goods that a scanned text may mean."""
    unknown: list[str] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors) or any(line.error or line.qty_error for line in self.lines)

    @property
    def units(self) -> int:
        return sum(line.number or 0 for line in self.lines)

    @property
    def given(self) -> tuple[tuple[str, int], ...]:
        """The lines that have a number, for a verb."""
        return tuple((line.item, line.number) for line in self.lines if line.number is not None)

    def refuse(self, refusal: Refusal, *, among: Sequence[int] | None = None) -> None:
        """Put a refusal beside its field; `among` are the lines that were sent to the verb."""
        sentence = refusals.sentence(refusal)
        at = _LINE.match(refusal.field)
        if at is None:
            self.errors[refusal.field or "lines"] = sentence
            return
        n = int(at[1]) if among is None else among[int(at[1])]
        if n < len(self.lines):
            line = self.lines[n]
            of_item = at[2] == "item"
            self.lines[n] = (
                replace(line, error=sentence) if of_item else replace(line, qty_error=sentence)
            )

    def inform(self, known: Mapping[int, int]) -> None:
        """Say beside each line a number that is known of its SKU."""
        self.lines = [
            replace(line, info=known.get(line.sku.sku_id)) if line.sku else line
            for line in self.lines
        ]


def whole(typed: str) -> int | None:
    """A typed whole number, full-width digits and separators included."""
    text = unicodedata.normalize("NFKC", typed).replace(",", "").strip()
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None


def read(t: Tx, request: HttpRequest, *, at: datetime, blank: bool = False) -> Sheet:
    """The lines of a request; with `blank` a line without a number is allowed."""
    given = request.POST if request.method == "POST" else request.GET
    sheet = Sheet(uid_of(given.get("uid", "")))
    typed = list(zip(given.getlist("item"), given.getlist("qty"), strict=False))
    do = given.get("do", "")
    if do.startswith("drop:") and do[5:].isdecimal():
        typed = [one for n, one in enumerate(typed) if n != int(do[5:])]
    scanned = [*given.getlist("scan"), *given.getlist("pick")]
    scans = [_split(text) for text in (one.strip() for one in scanned) if text]
    codes = [item.strip() for item, _ in typed] + [code for code, _ in scans]
    known = catalogue.ids_by_code(t, sorted({code for code in codes if code}))
    by_search: dict[str, list[SkuShown]] = {}
    for code, _ in scans:
        if code not in known and code not in by_search:
            by_search[code] = catalogue.search(t, code, on=at.date(), limit=6)
    for code, hits in by_search.items():
        if len(hits) == 1:
            known[code] = hits[0].sku_id
    shown = catalogue.skus(t, sorted(set(known.values())), on=at.date())
    lines: dict[str, Line] = {}
    for item, qty in typed[:MOST]:
        _add(lines, item.strip(), qty.strip(), shown.get(known.get(item.strip(), 0)))
    for code, times in scans:
        if code in known:
            _add(lines, code, str(times), shown.get(known[code]))
        elif by_search[code]:
            sheet.found += [one for one in by_search[code] if one not in sheet.found]
        else:
            sheet.unknown.append(code)
    if len(lines) > MOST:
        sheet.errors["lines"] = say(
            "1枚に入れられるのは{n}品までです。分けて登録してください。",
            "At most {n} {n|product|products} in one form. Use a second one.",
            n=MOST,
        )
    sheet.lines = [line for line in lines.values() if line.item]
    if blank:
        sheet.lines = [_checked_blank(line) for line in sheet.lines]
    return sheet


def _add(lines: dict[str, Line], item: str, qty: str, sku: SkuShown | None) -> None:
    """Put a line in, or one more of a line that is there."""
    if not item:
        return
    key = f"#{sku.sku_id}" if sku else item
    before = lines.get(key)
    if before is not None and before.qty.strip():
        more = whole(qty) or 0
        number = before.number
        lines[key] = before if number is None else replace(before, qty=str(number + more))
        return
    code = sku.code if sku else item
    error = "" if sku else refusals.sentence(Refusal("unknown_item", "item", {"given": item}))
    lines[key] = Line(code, qty, sku, error)


def _checked_blank(line: Line) -> Line:
    if not line.qty.strip() or (line.number is not None and line.number >= 0):
        return line
    return replace(line, qty_error=_no_number(line.qty, least=0))


def check(sheet: Sheet) -> None:
    """Every line needs a number of one or more."""
    if not sheet.lines:
        sheet.errors["lines"] = refusals.sentence(Refusal("no_lines", "lines"))
    sheet.lines = [
        line
        if line.number is not None and line.number >= 1
        else replace(line, qty_error=_no_number(line.qty, least=1))
        for line in sheet.lines
    ]


def _no_number(typed: str, *, least: int) -> str:
    given = {"given": typed or say("空欄", "nothing")}
    refusal = Refusal("bad_quantity", "qty", given) if least else Refusal("bad_count", "qty", given)
    return refusals.sentence(refusal)


def _split(text: str) -> tuple[str, int]:
    """`CODE*12` is twelve of it."""
    found = _TIMES.match(text)
    return (found[1].strip(), int(found[2])) if found else (text, 1)


def local(at: datetime, timezone: str) -> str:
    """An instant as a field for date and time shows it."""
    return f"{at.astimezone(clock.zone(timezone)):%Y-%m-%dT%H:%M}"


def instant(typed: str, timezone: str) -> datetime | None:
    """What was typed into such a field; None when it is no date and time."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=clock.zone(timezone))
    except ValueError:
        return None


def when(request: HttpRequest, sheet: Sheet, name: str, timezone: str, *, at: datetime) -> datetime:
    """The instant of a form: as typed, or now where the field was left empty."""
    typed = request.POST.get(name, "").strip()
    found = instant(typed, timezone) if typed else at
    if found is None:
        sheet.errors[name] = refusals.sentence(Refusal("bad_instant", name, {"given": typed}))
        return at
    return found


def bad_choice() -> str:
    """A place or another choice that is not on the list."""
    return say("一覧から選んでください。", "Choose one from the list.")
