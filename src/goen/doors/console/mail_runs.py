"""A sending on its page: how far it is, what became of each mail, and what may be done to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.customers import queries as customers
from goen.doors import refusals
from goen.doors.console import mail_words
from goen.doors.console.exports import as_csv
from goen.doors.console.forms import number_of, uid_of
from goen.doors.console.people import name_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say
from goen.kit import clock, settings, trail
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import queries, runs, runs_reading, tracking_redeemed
from goen.marketing.queries import MeasureShown
from goen.marketing.runs_reading import DeliveryShown, RunShown

PAGE = 50
MOST_CSV = 1_000_000


def of_measure(t: Tx, request: HttpRequest, one: MeasureShown) -> Mapping[str, Any]:
    """The sendings of a measure, and the mails of the newest."""
    found = runs_reading.of_measure(t, one.id)
    page: dict[str, Any] = {
        "runs": [run for run in found if run.state != "recalled"],
        "recalled": [run for run in found if run.state == "recalled"],
        "run_said": request.session.pop("mail-said", ""),
        "run_wrong": request.session.pop("mail-wrong", ""),
    }
    if page["runs"]:
        page |= {**state_of(t, page["runs"][0]), **_mails(t, request, page["runs"][0])}
    return page


def state_of(t: Tx, run: RunShown) -> Mapping[str, Any]:
    """What the part says that renews itself while mail leaves."""
    at = clock.now()
    return {
        "run": run,
        "run_state": say(*mail_words.RUN_STATES[run.state]),
        "run_chip": mail_words.RUN_CHIPS[run.state],
        "run_cause": mail_words.cause(run.cause) if run.cause else "",
        "numbers": [
            (code, mail_words.state(code), run.counts[code])
            for code in runs_reading.STATES
            if run.counts.get(code)
        ],
        "why": [
            (mail_words.state(code), mail_words.cause(cause), many)
            for (code, cause), many in sorted(run.causes.items(), key=lambda item: -item[1])
        ],
        "unclear": len(runs_reading.unclear(t, run.id)),
        "redeemed": len(tracking_redeemed.redeemed_of_run(t, run.id)),
        "recall_s": max(0, round((run.starts_at - at).total_seconds())),
        "left_min": max(1, round(run.left.total_seconds() / 60)),
    }


def pace(t: Tx) -> int:
    """Mails a minute, by the settings."""
    return int(settings.read(t, "mail.per_minute"))


def _mails(t: Tx, request: HttpRequest, run: RunShown) -> Mapping[str, Any]:
    state = request.GET.get("state", "")
    state = state if state in runs_reading.STATES else ""
    start = number_of(request.GET.get("from", ""))
    total = run.counts.get(state, 0) if state else run.people
    found = runs_reading.deliveries(t, run.id, state=state, limit=PAGE, start=start)
    return {
        "mails": _named(t, request, found),
        "state_now": state,
        "total": total,
        "first": start + 1,
        "last": start + len(found),
        "before": max(0, start - PAGE) if start else None,
        "after": start + PAGE if start + PAGE < total else None,
    }


def _named(
    t: Tx, request: HttpRequest, found: Sequence[DeliveryShown]
) -> list[tuple[DeliveryShown, str, str, str]]:
    people = customers.shown(
        t, sorted({one.person_now for one in found}), viewer=viewer_of(request, "mail")
    )
    return [
        (
            one,
            name_of(people[one.person_now], one.person_now) if one.person_now in people else "—",
            mail_words.state(one.state),
            mail_words.cause(one.cause) if one.cause else "",
        )
        for one in found
    ]


@login_required
@require_GET
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far the newest sending is: a part of the page that renews itself."""
    with tx() as t:
        one = _measure(t, number)
        found = [r for r in runs_reading.of_measure(t, one.id) if r.state != "recalled"]
        if not found:
            raise Http404
        page = {"one": one, **state_of(t, found[0])}
    return render(request, "console/_mail_run.html", page)


@login_required
@require_POST
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Recall, pause, resume or stop a sending, or decide on mail of unclear fate."""
    what, uid = typed_in(request.POST, "do"), uid_of(typed_in(request.POST, "run"))
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    with tx() as t:
        run = runs_reading.read(t, uid)
        if run is None:
            raise Http404
        answer: object
        if what in {"again", "leave"}:
            ids = list(runs_reading.unclear(t, run.id))
            answer = runs.decide(t, uid, ids, again=what == "again", **by)
        else:
            verbs: dict[str, Any] = {"recall": runs.recall, "pause": runs.pause,
                                     "resume": runs.resume, "stop": runs.stop}  # fmt: skip
            if what not in verbs:
                raise Http404
            answer = verbs[what](t, uid, **by)
    wrong = isinstance(answer, Refusal)
    said = refusals.sentence(answer) if isinstance(answer, Refusal) else say(*_DONE[what])
    request.session["mail-wrong" if wrong else "mail-said"] = said
    return redirect(f"/measures/{number}/send")


_DONE = {
    "recall": ("送信を取り消しました。どなたにも送っていません。",
               "The sending is recalled. Nobody got it."),
    "pause": ("一時停止しました。", "It is paused."),
    "resume": ("送信を続けます。", "It goes on."),
    "stop": ("ここで終えました。残りの方には送りません。", "It is stopped. The rest get nothing."),
    "again": ("もう一度送ります。", "They are sent again."),
    "leave": ("このままにしました。", "They are left as they are."),
}  # fmt: skip


@login_required
@require_GET
def export(request: HttpRequest, number: int) -> HttpResponse:
    """What became of each mail, as a file. Addresses are not in it."""
    with tx() as t:
        one = _measure(t, number)
        found = [r for r in runs_reading.of_measure(t, one.id) if r.state != "recalled"]
        if not found:
            raise Http404
        run = found[0]
        mails = runs_reading.deliveries(t, run.id, limit=MOST_CSV)
        named = _named(t, request, mails)
        trail.note(t, actor_of(request), "export", "run", run.uid, at=clock.now(),
                   detail={"mails": len(mails)})  # fmt: skip
    head = [
        say("お客様番号", "customer"), say("お名前", "name"), say("結果", "result"),
        say("理由", "cause"), say("サーバーの返事", "server said"), say("送信", "sent"),
        say("開封", "opened"), say("クリック", "clicked"), say("クーポン", "coupon"),
    ]  # fmt: skip
    rows = [
        [mail.person_now, name, state, cause, mail.answer, _when(mail.sent_at),
         _when(mail.opened_at), _when(mail.clicked_at), mail.coupon]
        for mail, name, state, cause in named
    ]  # fmt: skip
    return as_csv(f"measure-{number}-mail", head, rows)


def _when(moment: Any) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _measure(t: Tx, number: int) -> MeasureShown:
    one = queries.measure(t, number)
    if one is None:
        raise Http404
    return one
