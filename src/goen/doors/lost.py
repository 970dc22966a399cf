"""What is shown where nothing else can be: no such page, an old form, a mistake of ours.

Promises: in the reader's language, with a way on; a program is told in JSON, as by every refusal;
the page of a mistake asks nothing of the database, which may be the mistake.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from goen.doors import refusals
from goen.doors.say import language, say
from goen.kit import home
from goen.kit.refusals import Refusal


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What was sent cannot be read at all."""
    return _page(
        request,
        400,
        say("送られた内容を読み取れません", "What was sent cannot be read"),
        say(
            "何も変えていません。前の画面を開き直して、もう一度お試しください。",
            "Nothing was changed. Reload the page you came from and try again.",
        ),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """This is not for the reader to do; `exception` says why."""
    why = str(exception or "") or say(
        "本部の方にお尋ねください。何も変えていません。",
        "Ask head office. Nothing was changed.",
    )
    return _page(request, 403, say("この操作はできません", "This cannot be done"), why)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the proof that it came from a page of ours: it was open for too long."""
    return _page(
        request,
        403,
        say("画面が古くなっています", "This page was open for too long"),
        say(
            "何も変えていません。画面を開き直して、もう一度お試しください。続くときは、"
            "ブラウザーがCookieを受け取る設定かを確かめてください。",
            "Nothing was changed. Reload the page and try again. If that does not help, see that"
            " your browser takes cookies.",
        ),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing is at this address."""
    return _page(
        request,
        404,
        say("このページはありません", "There is no such page"),
        say(
            "アドレスの打ち間違いか、もうなくなったものかもしれません。",
            "The address may be mistyped, or what was here is gone.",
        ),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """A mistake of ours. It stands in the log; whatever was under way was taken back."""
    title = say("うまくいきませんでした", "Something went wrong")
    text = say(
        "こちらの不具合で、記録に残しました。途中まで行われたことはありません。少し待ってから、"
        "もう一度お試しください。",
        "The mistake is ours and stands in the log. Nothing is half done. Try again in a moment.",
    )
    if request.path_info.startswith("/v1/"):
        refusal = Refusal("broken", "", {})
        return JsonResponse(refusals.as_json(refusal), status=500)
    page = {"title": title, "text": text, "language": language(), "shop": home.current_shop()}
    return HttpResponse(render_to_string("console/lost.html", page), status=500)


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    way = "/m/" if request.path_info.startswith("/m/") else "/"
    page = {"title": title, "text": text, "way": way, "languages": True}
    return render(request, "console/lost.html", page, status=status)
