"""What points are called on pages: a programme's rules in sentences, and what moved them.

Promises: a code without a word is shown as it is rather than not at all; what is typed for money
is read in the currency's own units.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from unicodedata import normalize
from uuid import UUID

from django.http import Http404, HttpRequest, QueryDict

from goen.doors import refusals
from goen.doors.console import gate
from goen.doors.console.orders_words import number_of
from goen.doors.console.templatetags.goen import full_date, money, num
from goen.doors.say import say
from goen.kit.db import Tx
from goen.kit.money import exponent, to_minor
from goen.kit.refusals import Refusal
from goen.orders import queries as orders
from goen.points.rules import Programme

Words = Mapping[str, tuple[str, str]]
REASONS: Words = {
    "points_earned": ("お買い物で付いた", "Earned"),
    "points_granted": ("お渡しした", "Given"),
    "points_spent": ("使った", "Spent"),
    "points_back": ("使った分が戻った", "Spent points came back"),
    "points_taken_back": ("返品・取消で戻した", "Taken back with a return"),
    "points_expired": ("期限が切れた", "Ended"),
    "points_owed_paid": ("不足していた分に充てた", "Made up for points owed"),
    "points_lent": ("同じ方の別の口座で使った", "Spent by another account of the same person"),
    "points_returned": ("別の方とわかり、元の口座に戻した", "Given back: they are two people"),
}
GRANTS: Words = {
    "manual": ("お詫び・お礼など", "Amends or thanks"),
    "campaign": ("販促・キャンペーン", "Campaign"),
    "take_over": ("ほかのシステムから引き継ぎ", "Taken over from another system"),
}
LOTS: Words = {
    "earned": ("お買い物", "Purchase"),
    "granted": ("お渡し", "Given"),
    "renewed": ("期限後に戻った分", "Came back after its end"),
    "borrowed": ("同じ方の別の口座から", "Of the person's other account"),
}
BASES: Words = {
    "gross": ("税込の金額", "The amount with tax"),
    "net": ("税抜の金額", "The amount without tax"),
}
OWED: Words = {
    "deduct": ("足りない分を返金から差し引く", "Take the missing points off the refund"),
    "owed": ("足りない分を次のポイントから差し引く", "Take them from the next points"),
    "block": ("返品を止めて、担当者が決める", "Stop the return; somebody decides"),
}


def of(words: Words, code: str) -> str:
    """A code in words."""
    return say(*words[code]) if code in words else code


def choices(words: Words) -> list[tuple[str, str]]:
    """Every code with its word."""
    return [(code, of(words, code)) for code in words]


def may_write(request: HttpRequest) -> bool:
    """Whether the reader's role may give and change."""
    return gate.may(request, "points")


def rules_of(one: Programme) -> list[tuple[str, str]]:
    """A programme in sentences, each with what it is about."""
    return [
        (say("貯まる", "Earned"), _earned(one)),
        (say("使う", "Spent"), _spent(one)),
        (say("期限", "End"), _ends(one)),
        (say("返品", "Returns"), _owed(one)),
        (say("戻ったとき", "Coming back"), _renewed(one)),
        (say("開始", "Begins"), _begins(one)),
    ]


def _earned(one: Programme) -> str:
    amount = money(one.per_minor, one.currency)
    base = (
        say("税込{a}ごとに1ポイント。", "1 point for every {a} incl. tax.", a=amount)
        if one.basis == "gross"
        else say("税抜{a}ごとに1ポイント。", "1 point for every {a} without tax.", a=amount)
    )
    return base + say("ポイントで払った分には付きません。", " Nothing on what is paid with points.")


def _spent(one: Programme) -> str:
    worth = money(1, one.currency)
    if not one.spend_allowed:
        return say("いまは使えません（貯まるだけです）。", "Cannot be spent now, only earned.")
    if one.confirm_days:
        return say(
            "1ポイント＝{w}。会計の{d}日後から使えます。",
            "1 point = {w}, {d} {d|day|days} after the sale.",
            w=worth,
            d=one.confirm_days,
        )
    return say(
        "1ポイント＝{w}。会計のすぐあとから、どの店でも使えます。",
        "1 point = {w}, in every shop as soon as the sale is done.",
        w=worth,
    )


def _ends(one: Programme) -> str:
    if one.expires_months is None:
        return say("期限はありません。", "They never end.")
    return say(
        "付いた日から{n}か月。先に切れるものから使われます。",
        "{n} {n|month|months} after they came. What ends first is spent first.",
        n=one.expires_months,
    )


def _owed(one: Programme) -> str:
    sentences = {
        "deduct": (
            "付いたポイントを戻します。もう使っていたら、足りない分を返金額から引きます。",
            "Earned points go back. If they are spent, the rest comes off the refund.",
        ),
        "owed": (
            "付いたポイントを戻します。もう使っていたら、次に付くポイントから引きます。",
            "Earned points go back. If they are spent, the next points pay for them.",
        ),
        "block": (
            "付いたポイントを戻します。もう使っていたら、返品を止めて担当者に知らせます。",
            "Earned points go back. If they are spent, the return stops and somebody decides.",
        ),
    }
    return say(*sentences[one.owed_policy])


def _renewed(one: Programme) -> str:
    return say(
        "期限の切れたポイントが返品で戻ると、{d}日間使えます。",
        "Points that had ended and come back with a return live for {d} {d|day|days}.",
        d=one.grace_days,
    )


def _begins(one: Programme) -> str:
    if one.points_from is None:
        return say(
            "まだ始まっていません。開始日を決めると、その日の会計から付きます。",
            "Not begun. Once it has a first day, sales of that day earn.",
        )
    return say(
        "{day}の会計から。それより前の会計には付きません。",
        "With the sales of {day}. Earlier ones earn nothing.",
        day=full_date(one.points_from),
    )


@dataclass(frozen=True, slots=True)
class Source:
    """What points came of or went to, with its page."""

    name: str
    href: str = ""


def sources(t: Tx, origins: Iterable[str]) -> dict[str, Source]:
    """The documents and gifts behind movements of points, by the origin of the movement."""
    known = set(origins)
    uids = [uid for one in known if (uid := _order_of(one)) is not None]
    numbers = {one.uid: one.source_no for one in orders.receipts(t, uids)} if uids else {}
    gifts = _gifts(t, [one.partition(":")[2] for one in known if one.startswith("grant:")])
    found = {}
    for one in known:
        uid = _order_of(one)
        kind, _, rest = one.partition(":")
        if uid is not None:
            number = number_of(numbers.get(uid, str(uid)), uid)
            found[one] = Source(number, f"/orders/{uid}" if uid in numbers else "")
        elif kind == "grant":
            found[one] = Source(gifts.get(rest, say("手動・一括のお渡し", "Given")))
        elif kind == "lot":
            found[one] = Source(say("期限の到来", "Its last day"))
        else:
            found[one] = Source(rest or one)
    return found


def _order_of(origin: str) -> UUID | None:
    kind, _, rest = origin.partition(":")
    try:
        return UUID(rest) if kind == "order" else None
    except ValueError:
        return None


def _gifts(t: Tx, uids: list[str]) -> dict[str, str]:
    """Why points were given: the kind of reason, and the words of who gave them."""
    kinds = t.rows("SELECT uid::text, reason FROM points_grant WHERE uid = ANY(%s::uuid[])", [uids])
    notes: dict[str, str | None] = dict(
        t.rows(
            "SELECT subject, detail ->> 'note' FROM kit_trail"
            " WHERE kind = 'grant' AND subject = ANY(%s)",
            [uids],
        )
    )
    return {
        uid: " · ".join(part for part in (of(GRANTS, reason), notes.get(uid)) if part)
        for uid, reason in kinds
    }


def typed(given: QueryDict, name: str) -> str:
    """What was typed into a field, without what no database keeps."""
    return given.get(name, "").replace("\0", "").strip()


def known_id(number: int) -> int:
    """A number from an address that may be somebody's id; others lead nowhere."""
    if number >= 2**63:
        raise Http404
    return number


def amount(given: str, currency: str) -> int | None:
    """A typed amount of money in minor units; None when it is none."""
    text = normalize("NFKC", given).replace(",", "").strip().lstrip("¥$€£")
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return to_minor(value, currency) if value.is_finite() and abs(value) < 10**12 else None


def typed_amount(minor: int, currency: str) -> str:
    """An amount as a field shows it."""
    places = exponent(currency)
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


def unit_of(currency: str) -> str:
    """What stands behind a field for money."""
    return say("円", "yen") if currency == "JPY" else currency


def day_of(typed: str) -> date | None:
    """A typed day, one that other days can be reckoned from; None when it is none."""
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2999 else None


def bad_day(typed: str) -> str:
    """Beside a field that holds no day."""
    return refusals.sentence(Refusal("bad_day", "", {"given": typed}))


def bounds(least: int, most: int) -> str:
    """Beside a field that holds no number, or one that is too small or large."""
    return say(
        "{least}〜{most}の整数で入力してください。",
        "Enter a whole number from {least} to {most}.",
        least=num(least),
        most=num(most),
    )
