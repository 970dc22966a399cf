"""A frozen list: what was counted, who stands where, and the file a channel needs.

Promises: counts are those of the moment the list was made; names and addresses are today's, masked
as everywhere; a file with addresses holds only people of the treated arm who may still be written
to, and leaves a line in the trail.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.customers import queries as customers
from goen.customers.queries import Shown
from goen.doors.console import gate, measure_tabs, segments_people
from goen.doors.console.exports import as_csv
from goen.doors.console.forms import number_of
from goen.doors.console.lists_words import ARMS, CAUSES, CHANNELS
from goen.doors.console.segments_words import described
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say
from goen.kit import clock, trail
from goen.kit.db import Tx, tx
from goen.marketing import lists_causes, lists_reading
from goen.marketing.lists_reading import Counts, ListShown

PAGE = 50
CONTACTS = {"dm": ("postcode", "address"), "sms": ("phone",), "line": (), "mail": ("mail",)}
"""What a channel needs to know of a person to reach them."""


@login_required
@require_GET
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The list, or those of one arm or cause."""
    arm = request.GET.get("arm", "")
    cause = request.GET.get("cause", "")
    arm, cause = (arm if arm in ARMS else ""), (cause if cause in CAUSES else "")
    start = number_of(request.GET.get("from", ""))
    viewer = viewer_of(request, "list")
    with tx() as t:
        found = _found(t, uid)
        chosen = lists_reading.targets(
            t, found.list_id, arm=arm, cause=cause, limit=PAGE, offset=start
        )
        lines = segments_people.lines(t, [one.person_now for one in chosen], viewer)
        said = described(t, found.conditions)
    total = _how_many(found.counts, arm, cause)
    page: dict[str, Any] = {
        "tabs_of": measure_tabs.menu("measures"),
        "list": found,
        "said": said,
        "channel": say(*CHANNELS[found.channel]),
        "groups": _groups(found.counts),
        "causes": _causes(found.counts),
        "lines": [
            (line, say(*ARMS[one.arm]), say(*CAUSES[one.cause]) if one.cause else "")
            for line, one in zip(lines, chosen, strict=True)
        ],
        "arm": arm,
        "cause": cause,
        "total": total,
        "first": start + 1,
        "last": start + len(chosen),
        "before": max(0, start - PAGE) if start else None,
        "after": start + PAGE if start + PAGE < total else None,
        "may_export": viewer.sees_names and gate.may(request, "export"),
    }
    return render(request, "console/list.html", page)


@login_required
@require_GET
def export(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The people to be written to, with what the channel needs."""
    viewer = viewer_of(request, "list")
    at = clock.now()
    with tx() as t:
        found = _found(t, uid)
        people = lists_reading.treated_now(t, found.list_id)
        decided = lists_causes.may_still(t, people, channel=found.channel)
        shown = customers.shown(t, list(decided), viewer=viewer)
        detail = {"channel": found.channel, "people": len(decided),
                  "left_out": len(people) - len(decided)}  # fmt: skip
        trail.note(t, actor_of(request), "export", "list", uid, at=at, detail=detail)
    needs = CONTACTS.get(found.channel, ())
    rows = [
        [one, who.family_name, who.given_name, who.family_kana, who.given_kana,
         *(who.cards[:1] or ("",)), *_reached(needs, who, address)]
        for one, address in decided.items() if (who := shown.get(one))
    ]  # fmt: skip
    return as_csv(f"list-{str(uid)[:8]}", _head(needs), rows)


def _reached(needs: Sequence[str], who: Shown, agreed: str) -> list[str]:
    """Where they agreed to be written to, which need not be what is known of them best."""
    if "postcode" in needs:
        known = f"{who.postcode}{who.address}" == agreed
        return [who.postcode, who.address] if known else ["", agreed]
    return [agreed for _ in needs]


def _head(needs: Sequence[str]) -> list[str]:
    words = {
        "postcode": ("郵便番号", "postcode"),
        "address": ("住所", "address"),
        "phone": ("電話番号", "phone"),
        "mail": ("メール", "mail"),
    }
    return [
        say("お客様番号", "customer"), say("姓", "family name"), say("名", "given name"),
        say("セイ", "family kana"), say("メイ", "given kana"), say("会員番号", "card"),
        *(say(*words[name]) for name in needs),
    ]  # fmt: skip


def _found(t: Tx, uid: UUID) -> ListShown:
    found = lists_reading.read(t, uid)
    if found is None:
        raise Http404
    return found


def _groups(counts: Counts) -> list[tuple[str, str, int]]:
    figures = {"treated": counts.treated, "control": counts.control, "holdout": counts.holdout}
    return [(arm, say(*ARMS[arm]), figure) for arm, figure in figures.items()]


def _causes(counts: Counts) -> list[tuple[str, str, str, int]]:
    return [
        (cause, say(*CAUSES[cause]), say(*CAUSES_WHY[cause]), number)
        for cause, number in counts.excluded.items()
    ]


def _how_many(counts: Counts, arm: str, cause: str) -> int:
    if cause:
        return counts.excluded.get(cause, 0)
    figures = {"treated": counts.treated, "control": counts.control, "holdout": counts.holdout,
               "excluded": counts.left_out}  # fmt: skip
    return figures.get(arm, counts.found)


CAUSES_WHY = {
    "staff": ("ログインのメールと同じ方", "Their mail is a login of the house"),
    "no_address": ("このチャネルの宛先がわかりません", "No address for this channel is known"),
    "lent_address": ("モールが貸し出した宛先は自社の案内に使えません",
                     "An address lent by a marketplace may not be used"),
    "no_consent": ("案内してよいという同意の記録がありません",
                   "There is no record that they agreed"),
    "refused": ("お断りがありました", "They refused"),
    "suppressed": ("届かない、または苦情のあった宛先です", "The address bounced or complained"),
    "already_listed": ("この施策をすでに届けたか、届ける予定です",
                       "This measure was or will be sent to them already"),
    "other_store": ("別の店の案内が同じ日に届きます（二重・矛盾を避けます）",
                    "Another store speaks to them in the same days"),
    "over_contacted": ("このところ案内が続いています（設定の上限）",
                       "They were written to as often as the settings allow"),
}  # fmt: skip
