"""Who may be written to: yes and no, each with when, where, by which way and to which text.

A pure function of the world. Whoever joined at the till signed a form there, web members ticked a
box or left it, some took their yes back by the link in a mail; the mall hands on no consent.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from sim.miyabido import ZONE, World
from sim.world import Record

MAIL_BY_FORM, REFUSED_BY_FORM = 0.76, 0.12
MAIL_BY_PAPER, MAIL_BY_TILL, LETTERS = 0.44, 0.24, 0.72
LINE, TAKES_BACK = 0.14, 0.07
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/consents")


class Wording(NamedTuple):
    """A text that was agreed to; a new version from a day on."""

    code: str
    version: int
    since: date
    text: Mapping[str, str]


class Said(NamedTuple):
    """One yes or no of one record."""

    uid: UUID
    source: str
    key: str
    channel: str
    granted: bool
    way: str
    at: datetime
    place_code: str | None
    wording: tuple[str, int] | None
    evidence: Mapping[str, str]


def wordings(world: World) -> list[Wording]:
    """The form's text, changed once in the middle of the time; the paper's stayed."""
    middle = world.start + (world.end - world.start) / 2
    long_ago = date(2020, 4, 1)
    return [
        Wording("mail", 1, long_ago, {
            "ja": "お知らせメールを受け取ります。",
            "en": "I would like to receive news by mail.",
        }),
        Wording("mail", 2, middle, {
            "ja": "株式会社みやび堂から、商品や催しのお知らせをメールで受け取ります。"
                  "いつでも停止できます。",
            "en": "Miyabido K.K. may send me news of goods and events by mail."
                  " I can stop it at any time.",
        }),
        Wording("paper", 1, long_ago, {
            "ja": "ご入会申込書：商品や催しのご案内を（メール・郵便）でお送りしてよろしいですか。",
            "en": "Membership form: may we send you news of goods and events (mail, post)?",
        }),
    ]  # fmt: skip


def said(world: World) -> Iterator[Said]:
    """Every yes and no until the end of the world, record by record."""
    middle = wordings(world)[1].since
    for record in world.records():
        rng = Random(f"{world.seed}:consent:{record.source}:{record.source_key}")
        if record.source == "ec" and record.mail:
            yield from _web_member(world, rng, record, middle)
        elif record.source == "pos":
            yield from _card_member(world, rng, record)


def _web_member(world: World, rng: Random, record: Record, middle: date) -> Iterator[Said]:
    """The box on the registration page; a LINE friend now and then."""
    at = _joined(rng, record)
    version = 2 if at.date() >= middle else 1
    draw = rng.random()
    page = {"page": "https://shop.miyabido.example/register"}
    if draw < MAIL_BY_FORM:
        yes = _say(record, "mail", True, "form", at, None, ("mail", version), page)
        yield yes
        yield from _taken_back(world, rng, record, yes)
    elif draw < MAIL_BY_FORM + REFUSED_BY_FORM:
        yield _say(record, "mail", False, "form", at, None, ("mail", version), page)
    if rng.random() < LINE and (at + timedelta(days=3)).date() <= world.end:
        line = {"page": "LINE公式アカウント"}
        yield _say(record, "line", True, "member", at + timedelta(days=3), None, None, line)


def _card_member(world: World, rng: Random, record: Record) -> Iterator[Said]:
    """The form at the counter asks for both; the till asks for the mail alone."""
    at, place = _joined(rng, record), record.place_code
    form = {"form": f"入会申込書 {record.source_key}"}
    draw = rng.random()
    if record.mail and draw < MAIL_BY_PAPER:
        yes = _say(record, "mail", True, "paper", at, place, ("paper", 1), form)
        yield yes
        yield from _taken_back(world, rng, record, yes)
    elif record.mail and draw < MAIL_BY_PAPER + MAIL_BY_TILL:
        seen = {"till": "会員登録の画面でご本人が確認"}
        yield _say(record, "mail", True, "till", at, place, ("paper", 1), seen)
    if record.address and rng.random() < LETTERS:
        yield _say(record, "dm", True, "paper", at, place, ("paper", 1), form)


def _taken_back(world: World, rng: Random, record: Record, yes: Said) -> Iterator[Said]:
    """By the link at the foot of a mail, some time later."""
    later = yes.at + timedelta(days=rng.randint(20, 500), hours=rng.randint(0, 3))
    if rng.random() < TAKES_BACK and later.date() <= world.end:
        yield _say(record, "mail", False, "link", later, None, None, {"link": "配信停止"})


def _joined(rng: Random, record: Record) -> datetime:
    return datetime.combine(record.joined_on, time(rng.randint(10, 19), rng.randint(0, 59)), ZONE)


def _say(
    record: Record, channel: str, granted: bool, way: str, at: datetime, place: str | None,
    wording: tuple[str, int] | None, evidence: Mapping[str, str],
) -> Said:  # fmt: skip
    name = f"{record.source}:{record.source_key}:{channel}:{'yes' if granted else 'no'}"
    uid = uuid5(_UIDS, name)
    return Said(uid, record.source, record.source_key, channel, granted, way, at, place, wording,
                evidence)  # fmt: skip
