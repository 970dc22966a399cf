"""The editor of a measure's mail: parts, merge fields, a live preview, a test to oneself.

Promises: what is typed stays, whatever is refused; somebody else's newer version is not written
over; a test goes to one address, is marked as a test, says nothing of any customer, and is kept in
the trail.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goen.catalogue import queries as catalogue
from goen.doors import refusals
from goen.doors.console import mail_preview, mail_typed, measure_words, measures_one
from goen.doors.console.days import shop_today
from goen.doors.console.mail_typed import Typed
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.say import say, text_of
from goen.kit import clock, home, mail, trail
from goen.kit.db import Tx, tx
from goen.kit.mail import Mail
from goen.kit.refusals import Refusal
from goen.marketing import messages, messages_pictures, queries
from goen.marketing.messages import NewMessage
from goen.marketing.messages_fields import FIELDS
from goen.marketing.messages_parts import LANDING
from goen.marketing.queries import MeasureShown

PARTS = {
    "heading": ("見出し", "Heading"),
    "text": ("文章", "Text"),
    "picture": ("画像", "Picture"),
    "button": ("ボタン", "Button"),
    "product": ("商品", "Product"),
    "coupon": ("クーポン", "Coupon"),
    "proposal": ("一人ひとりへのおすすめ", "Personal proposal"),
    "line": ("区切り線", "Line"),
}


@login_required
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """The form; a POST saves it, or changes the order of its parts."""
    with tx() as t:
        one = _measure(t, number)
        known = messages.newest(t, one.id)
    if request.method != "POST":
        typed = mail_typed.of(known) if known else Typed(parts=[{"kind": "text"}])
        return _page(request, one, typed)
    typed = mail_typed.read(request.POST)
    wrong = _upload(request, typed) if measure_words.may_write(request) else ""
    if wrong or request.POST.get("do") != "save":
        return _page(request, one, typed, wrong=wrong, status=422 if wrong else 200, unsaved=True)
    if not measure_words.may_write(request):
        wrong = say("文面を変えられるのは、本部・販促・運用の担当者です。",
                    "Head office, marketing and operations may change it.")  # fmt: skip
        return _page(request, one, typed, wrong=wrong, status=403, unsaved=True)
    new = NewMessage(typed.subject, typed.parts, typed.preheader, typed.sender_name,
                     typed.language, typed.base_n)  # fmt: skip
    with tx() as t:
        answer = messages.write(t, one.uid, new, actor=actor_of(request), recorded_at=clock.now())
    if isinstance(answer, Refusal):
        return _page(request, one, typed, wrong=sentence(answer), status=422, unsaved=True)
    request.session["mail-edited"] = say("保存しました（版{n}）。", "Saved as version {n}.",
                                         n=answer.n)  # fmt: skip
    return redirect(f"/measures/{number}/mail")


@login_required
@require_POST
def test(request: HttpRequest, number: int) -> HttpResponse:
    """Send the mail as it holds to one address: the writer's own."""
    to, at = typed_in(request.POST, "to")[:254], clock.now()
    with tx() as t:
        one = _measure(t, number)
        message, by = messages.newest(t, one.id), mail.transport(t)
        if message is None:
            raise Http404
        done = mail_preview.rendered(t, request, one, message, made_up=True)
        trail.note(t, actor_of(request), "test", "mail", number, at=at, detail={"n": message.n})
    letter = Mail(
        to=to, subject=say("[テスト] ", "[Test] ") + done.subject, text=done.text, html=done.html,
        from_name=message.sender_name,
    )  # fmt: skip
    outcome = mail.send(by, letter, at=at)
    said = {
        "sent": say("{to}へテストを送りました。", "A test went to {to}.", to=to),
    }.get(
        outcome.state,
        say("{to}へは送れませんでした：{why}", "It could not be sent to {to}: {why}", to=to,
            why=outcome.answer),
    )  # fmt: skip
    request.session["mail-edited" if outcome.state == "sent" else "mail-not-edited"] = said
    return redirect(f"/measures/{number}/mail")


def sentence(refused: Refusal) -> str:
    """A refusal with the part it is about in words."""
    said = refusals.sentence(refused)
    if not refused.field.startswith("parts["):
        return said
    n = refused.field[6:].partition("]")[0]
    return say("部品{n}：{why}", "Part {n}: {why}", n=int(n) + 1, why=said)


def _upload(request: HttpRequest, typed: Typed) -> str:
    """Pictures that came with the form take their place in it; why one did not."""
    for name, file in request.FILES.items():
        n = name.removeprefix("upload-")
        if not (n.isdecimal() and int(n) < len(typed.parts)) or isinstance(file, list):
            continue
        if (file.size or 0) > messages_pictures.LARGEST:
            kept: str | Refusal = Refusal("picture_too_large", "picture")
        else:
            kept = messages_pictures.keep(home.current_shop_name(), file.read())
        if isinstance(kept, Refusal):
            return refusals.sentence(kept)
        typed.parts[int(n)]["file"] = kept
    return ""


def _page(
    request: HttpRequest,
    one: MeasureShown,
    typed: Typed,
    *,
    wrong: str = "",
    status: int = 200,
    unsaved: bool = False,
) -> HttpResponse:
    with tx() as t:
        known = messages.versions(t, one.id)
        page: dict[str, Any] = {
            **measures_one.parts(t, one, here="mail"),
            "typed": typed,
            "parts": list(enumerate(typed.parts)),
            "part_names": {kind: say(*PARTS[kind]) for kind in PARTS},
            "kinds": [(kind, say(*PARTS[kind])) for kind in PARTS],
            "fields": [(name, say(*FIELDS[name]), "{{ " + name + " }}") for name in FIELDS],
            "goods": _goods(t, one, typed),
            "versions": known,
            "by": measure_words.names_of(t, [one.actor for one in known]),
            "landing": LANDING,
            "built_in": mail.transport(t).is_built_in,
        }
    page |= {
        "wrong": wrong,
        "unsaved": unsaved,
        "edited": request.session.pop("mail-edited", ""),
        "not_edited": request.session.pop("mail-not-edited", ""),
        "may_write": measure_words.may_write(request),
        "fallback": "{{ name | default: 'お客様' }}",
    }
    return render(request, "console/mail_edit.html", page, status=status)


def _goods(t: Tx, one: MeasureShown, typed: Typed) -> list[tuple[int, str]]:
    """The products a mail may show: the measure's, and those already in it."""
    wanted = {*one.skus, *(part.get("sku_id") or 0 for part in typed.parts)} - {0}
    found = catalogue.skus(t, sorted(wanted), on=shop_today()) if wanted else {}
    return [(sku_id, text_of(sku.name)) for sku_id, sku in sorted(found.items())]


def _measure(t: Tx, number: int) -> MeasureShown:
    one = queries.measure(t, number)
    if one is None:
        raise Http404
    return one
