"""How a measure came to be what it is: who changed what, when, and what was done to it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.catalogue.queries import SkuShown
from goen.doors.console import measure_words as words
from goen.doors.console.measures_one import parts, skus_of
from goen.doors.console.segment_link import compact
from goen.doors.console.templatetags.goen import full_date, money
from goen.doors.say import say, text_of
from goen.kit import home
from goen.kit.db import tx
from goen.marketing import queries


@login_required
@require_GET
def show(request: HttpRequest, number: int) -> HttpResponse:
    """Who changed what, when: every version against the one before."""
    with tx() as t:
        one = queries.measure(t, number)
        if one is None:
            raise Http404
        versions = queries.versions(t, one.id)
        acts = t.rows(
            "SELECT at, actor, verb, detail FROM kit_trail WHERE kind = 'measure' AND subject = %s"
            " AND verb NOT IN ('draft', 'revise') ORDER BY at DESC, id DESC LIMIT 200",
            [str(one.uid)],
        )
        named = words.names_of(t, [v.actor for v in versions] + [row[1] for row in acts])
        skus = skus_of(t, one)
        page = {
            **parts(t, one, here="history"),
            "versions": [
                (v, named[v.actor], [_change(name, pair, skus) for name, pair in v.changes.items()])
                for v in versions
            ],
            "acts": [(at, named[actor], _act(verb, detail)) for at, actor, verb, detail in acts],
        }
    return render(request, "console/measure_history.html", page)


def _change(name: str, pair: tuple[Any, Any], skus: Sequence[SkuShown]) -> tuple[str, str, str]:
    known = {one.sku_id: text_of(one.name) for one in skus}
    return words.of(words.FIELDS, name), _value(name, pair[0], known), _value(name, pair[1], known)


def _value(name: str, value: Any, skus: Mapping[int, str]) -> str:
    """A field of a version as people read it."""
    if value in (None, "", [], {}):
        return ""
    comma = say("・", ", ")
    shown: dict[str, Callable[[], str]] = {
        "starts_on": lambda: full_date(value),
        "ends_on": lambda: full_date(value),
        "expected_minor": lambda: money(value, home.current_shop().currency),
        "control_share": lambda: f"{float(value) * 100:g}%",
        "kind": lambda: words.of(words.KINDS, value),
        "skus": lambda: comma.join(skus.get(one, f"#{one}") for one in value),
        "builds_on": lambda: comma.join(say("施策{n}", "measure {n}", n=one) for one in value),
        "conditions": lambda: compact(value),
    }
    return shown[name]() if name in shown else str(value)


def _act(verb: str, detail: Mapping[str, Any]) -> str:
    channel = words.of(words.CHANNELS, str(detail.get("channel", "")))
    said = {
        "place": say("{c}を加えた", "added {c}", c=channel),
        "displace": say("{c}を終えた・外した", "took {c} away", c=channel),
        "launch": say("始めた", "launched it"),
        "stopped": say("中止した", "stopped it"),
        "ended": say("最終日を過ぎて終わった", "it ended after its last day"),
        "dropped": say("とりやめた", "dropped the draft"),
        "remark": say("{k}を書き足した", "added: {k}",
                      k=words.of(words.REMARKS, str(detail.get("kind", "")))),
    }  # fmt: skip
    return said.get(verb, verb)
