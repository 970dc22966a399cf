"""Loading a file of the owner's own: hand it in, look at it, load it, see what became of each row.

Promises: nothing is written to the books before its counts have been looked at; the demo is never
mixed with anything; big files are read in the background and the page may be left; head office
alone loads files, because they hold everybody's purchases.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from goen.doors import load_words
from goen.doors.console import exports, handed_over, load_forms
from goen.doors.console.days import shop_day, shop_today
from goen.doors.console.load_forms import Target
from goen.doors.console.shell import actor_of
from goen.doors.console.templatetags.goen import full_date
from goen.doors.say import say
from goen.kit import clock, home, ids, progress
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.links import parked as parked_rows
from goen.links import plans, queries, reading, tables, taking
from goen.links.plans import Plan
from goen.links.queries import LoadShown, ParkedShown

LARGEST = 300_000_000
SHOWN_ROWS = 50
LOOKED_AT = {"received", "counting", "previewed"}


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Hand in a file; the files so far."""
    if request.method == "POST":
        return _hand_in(request)
    return _index_page(request)


def _index_page(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    with tx() as t:
        loads = queries.loads(t)
    return render(request, "console/loads.html", {"loads": loads, "error": error}, status=status)


def _hand_in(request: HttpRequest) -> HttpResponse:
    given = request.FILES.get("file")
    if given is None or not given.size:
        return _refuse_file(request, Refusal("file_missing" if given is None else "file_empty"))
    if given.size > LARGEST:
        size = f"{given.size // 1_000_000} MB"
        return _refuse_file(request, Refusal("file_too_large", "file", {"size": size}))
    assert isinstance(given, TemporaryUploadedFile)
    uid = ids.new_id()
    name = Path(str(given.name)).name[:120]
    with tx() as t:
        taking.discard_forgotten(t, recorded_at=clock.now())
        taken = taking.take(
            t,
            uid,
            Path(given.temporary_file_path()),
            file_name=name,
            actor=actor_of(request),
            recorded_at=clock.now(),
        )
    if isinstance(taken, Refusal):
        return _refuse_file(request, taken)
    _count(uid, taken)
    return redirect("load", uid=uid)


def _refuse_file(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    said = load_words.refused(refusal.code, refusal.detail, refusal.field, say)
    return _index_page(request, said, 422)


def _count(uid: UUID, plan: Plan) -> None:
    """Count now when it is quick, else leave it to the worker; not before the columns are known."""
    if {one.code for one in plans.check(plan, currency="JPY")} & {"column_needed", "column_twice"}:
        return
    if taking.file_of(uid).stat().st_size > taking.SMALL:
        with tx() as t:
            taking.count_later(t, uid)
        return
    with tx() as t:
        load = _load(t, uid)
    taking.count(load)


@login_required
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One file, in whatever state it is."""
    with tx() as t:
        load = _load(t, uid)
    if load.state in LOOKED_AT:
        return _plan_page(request, load, plans.from_json(load.mapping), {}, {})
    return render(request, "console/load.html", _state(load))


@login_required
def state(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The moving part of the page; the whole page again when something has ended."""
    with tx() as t:
        load = _load(t, uid)
    response = render(request, "console/_load_state.html", _state(load))
    if load.state in {"previewed", "done", "failed"} or _has_arrived(load):
        response.headers["HX-Refresh"] = "true"
    return response


def _has_arrived(load: LoadShown) -> bool:
    return load.state == "handed_over" and handed_over.look(load.target).done


@login_required
@require_POST
def decide(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the plan as typed: count it again, or load it when it was counted like this."""
    with tx() as t:
        load = _load(t, uid)
    if load.state not in LOOKED_AT:
        return redirect("load", uid=uid)
    before = plans.from_json(load.mapping)
    sheet = request.POST.get("sheet", before.layout.sheet)
    if sheet != before.layout.sheet:
        return _other_sheet(request, load, sheet)
    plan, refusals = load_forms.plan_from(request.POST, before)
    currency = plan.currency or home.current_shop().currency
    refusals += plans.check(plan, currency=currency)
    counted = load.state == "previewed" and not load_forms.counts_differ(before, plan)
    wants_load = request.POST.get("do") == "load"
    target, target_refusals = load_forms.target_from(request.POST)
    if wants_load and counted:
        refusals += target_refusals
    elif not wants_load:  # what only loading needs may still be open while somebody looks
        refusals = [one for one in refusals if one.code != "margin_needed"]
    if refusals:
        errors = load_forms.sentences(refusals)
        return _plan_page(request, load, plan, errors, request.POST.dict())
    if not counted:
        with tx() as t:
            taking.choose(t, uid, plan)
        _count(uid, plan)
        again = redirect("load", uid=uid)
        again.headers["Location"] += "?counted=again" if wants_load else ""
        return again
    return _begin(request, load, plan, target)


def _other_sheet(request: HttpRequest, load: LoadShown, sheet: str) -> HttpResponse:
    with tx() as t:
        taken = taking.take(
            t,
            load.uid,
            taking.file_of(load.uid),
            file_name=load.file_name,
            actor=actor_of(request),
            recorded_at=clock.now(),
            sheet=sheet,
        )
    if isinstance(taken, Plan):
        taking.shelf_of(load.uid).unlink(missing_ok=True)
        _count(load.uid, taken)
    return redirect("load", uid=load.uid)


def _begin(request: HttpRequest, load: LoadShown, plan: Plan, target: Target) -> HttpResponse:
    if target.here:
        with tx() as t:
            taking.keep_plan(t, load.uid, plan)
            refusals = taking.start(t, load.uid, actor=actor_of(request), recorded_at=clock.now())
        if refusals:
            errors = load_forms.sentences(refusals)
            return _plan_page(request, load, plan, errors, request.POST.dict())
        return redirect("load", uid=load.uid)
    handed_over.hand_over(load, plan, name=target.name, title=target.title)
    with tx() as t:
        taking.hand_over(t, load.uid, target=target.name)
    return redirect("load", uid=load.uid)


@login_required
@require_POST
def discard(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Throw away a file that was only looked at."""
    with tx() as t:
        taking.discard(t, uid)
    return redirect("loads")


@login_required
@require_POST
def go_on(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Try a stopped load again, from where it stopped."""
    if taking.is_here(uid):
        with tx() as t:
            taking.start(t, uid, actor=actor_of(request), recorded_at=clock.now())
    return redirect("load", uid=uid)


@login_required
def parked(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The rows that could not be loaded, with the reason, to be mended and loaded again."""
    with tx() as t:
        load = _load(t, uid)
        rows = queries.parked(t, load.id)
    columns = load.mapping.get("layout", {}).get("columns", ())
    head = [say("行", "Row"), say("項目", "Field"), say("理由", "Reason"), *columns]
    lines = [
        (
            row.row_no,
            load_words.field(row.field, say),
            load_words.parked(row.code, say) + _emptied(row),
            *row.cells,
        )
        for row in rows
    ]
    return exports.as_csv(f"parked-{load.started_at:%Y%m%d}", head, lines)


def _emptied(row: ParkedShown) -> str:
    """Why there is nothing to see in a row's cells; empty where there is."""
    if row.emptied_at is None:
        return ""
    ja, en = load_words.EMPTIED[row.emptied_why]
    return say(f"［{ja}］", f" [{en}]", day=full_date(shop_day(row.emptied_at)))


def _load(t: Tx, uid: UUID) -> LoadShown:
    load = queries.load(t, uid)
    if load is None:
        raise Http404
    return load


def _state(load: LoadShown) -> dict[str, Any]:
    with tx() as t:
        work = progress.one(t, load.progress_name)
        reasons = queries.parked_by_code(t, load.id)
        until = parked_rows.kept_until(t, _ended_at(load))
    return {
        "load": load,
        "rows_until": until and shop_day(until),
        "emptied_on": load.emptied_at and shop_day(load.emptied_at),
        "may_go_on": load.state == "failed" and taking.is_here(load.uid),
        "work": work,
        "reasons": [
            (count, load_words.parked(code, say), first) for code, _, count, first in reasons
        ],
        "left": _left(work),
        "there": handed_over.look(load.target) if load.state == "handed_over" else None,
    }


def _ended_at(load: LoadShown) -> datetime | None:
    """From when the time counts for which its rows are kept."""
    return load.started_at if load.state == "failed" else load.finished_at


def _left(work: progress.Work | None) -> str:
    """How long it will still take at the pace so far; empty while nobody can know."""
    if work is None or not work.total or not work.done or work.finished_at:
        return ""
    took_s = (work.updated_at - work.started_at).total_seconds()
    left_s = took_s * (work.total - work.done) / work.done
    if left_s < 90:
        return say("あと約{n}秒", "about {n} s left", n=max(1, round(left_s)))
    return say("あと約{n}分", "about {n} min left", n=round(left_s / 60))


def _plan_page(
    request: HttpRequest,
    load: LoadShown,
    plan: Plan,
    errors: dict[str, str],
    given: dict[str, str],
) -> HttpResponse:
    shop = home.current_shop()
    currency = plan.currency or shop.currency
    page = {
        **_state(load),
        **load_forms.page(plan, errors, given),
        "counted_again": "counted" in request.GET,
        "counts": load.preview or None,
        "parked": [
            (count, load_words.parked(code, say))
            for code, count in sorted(
                load.preview.get("parked", {}).items(), key=lambda one: -one[1]
            )
        ],
        "sheet_head": _headings(plan),
        "sheet_rows": _first_rows(load, plan, currency),
        "days": [date.fromisoformat(text) for text in _days(load) if text],
    }
    return render(request, "console/load_plan.html", page, status=422 if errors else 200)


def _days(load: LoadShown) -> tuple[str | None, str | None]:
    return load.preview.get("first_day"), load.preview.get("last_day")


def _headings(plan: Plan) -> list[tuple[str, str]]:
    """Each column with the field it is used for."""
    used = {column: load_words.field(name, say) for name, column in plan.columns.items()}
    return [(column, used.get(column, "")) for column in plan.layout.columns]


def _first_rows(
    load: LoadShown, plan: Plan, currency: str
) -> list[tuple[int, str, list[tuple[str, bool]]]]:
    """The first rows as they stand, which cells are used, and what is wrong with a row."""
    used = {plan.layout.columns.index(column) for column in plan.columns.values()}
    today = shop_today()
    read = reading.reader(plan, currency=currency, today=today)
    shown = []
    for row_no, cells in tables.head(taking.file_of(load.uid), plan.layout, limit=SHOWN_ROWS):
        found = read(row_no, cells) if "date" in plan.columns else None
        wrong = load_words.field(found.field, say) if isinstance(found, reading.Parked) else ""
        shown.append((row_no, wrong, [(_cell(c, plan), at in used) for at, c in enumerate(cells)]))
    return shown


def _cell(cell: str, plan: Plan) -> str:
    """In cp932 the yen sign has the place of the backslash, and is meant."""
    return cell.replace("\\", "¥") if plan.layout.encoding == "cp932" else cell


urlpatterns = [
    path("", index, name="loads"),
    path("/<uuid:uid>", show, name="load"),
    path("/<uuid:uid>/state", state, name="load_state"),
    path("/<uuid:uid>/plan", decide, name="load_plan"),
    path("/<uuid:uid>/discard", discard, name="load_discard"),
    path("/<uuid:uid>/again", go_on, name="load_again"),
    path("/<uuid:uid>/parked.csv", parked, name="load_parked"),
]
