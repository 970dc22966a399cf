"""Who may be written to: L-01, L-02, P-30f, P-30j, each word with its proof."""

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.customers import checks, consents, records, wordings
from goen.customers.consents import Barred, Kept, NewConsent, Permission
from goen.customers.records import NewRecord
from goen.kit import ids
from goen.kit.db import Tx, savepoint
from goen.kit.refusals import Refusal
from tests import world

BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
ASKED = {"screen": "register", "at": "S1"}


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    return t


def record(t: Tx, key: str, mail: str = "", source: str = "pos", **more: str) -> int:
    made = records.register(t, [NewRecord(source, key, mail=mail, **more)], **BY)
    return made[source, key]


def merged(t: Tx, *record_ids: int) -> int:
    """The records become one person: the first one's."""
    person = t.value(
        "SELECT person_id FROM customers_personof WHERE record_id = %s", [record_ids[0]]
    )
    t.execute(
        "UPDATE customers_person SET merged_into_id = %s WHERE id <> %s AND id IN"
        " (SELECT person_id FROM customers_personof WHERE record_id = ANY(%s))",
        [person, person, list(record_ids)],
    )
    t.execute(
        "UPDATE customers_personof SET person_id = %s WHERE record_id = ANY(%s)",
        [person, list(record_ids)],
    )
    return int(person)


def person_of(t: Tx, record_id: int) -> int:
    sql = "SELECT person_id FROM customers_personof WHERE record_id = %s"
    return int(t.value(sql, [record_id]))


def word(record_id: int, granted: bool, day: int = 0, **more: object) -> NewConsent:
    values: dict[str, object] = {
        "uid": ids.new_id(),
        "record_id": record_id,
        "channel": "mail",
        "granted": granted,
        "way": "till",
        "occurred_at": world.NOW - timedelta(days=30) + timedelta(days=day),
        "evidence": ASKED if granted else {},
    }
    return NewConsent(**(values | more))  # type: ignore[arg-type]


def said(t: Tx, *new: NewConsent) -> None:
    answers = consents.note(t, list(new), **BY)
    assert all(isinstance(answer, Kept) for answer in answers), answers


def cause(t: Tx, person: int, **more: str) -> str:
    """Why a person is barred; empty when they may be written to."""
    answer = consents.permissions(t, [person], **more)[person]
    return answer.cause if isinstance(answer, Barred) else ""


def test_only_who_said_yes_is_written_to(shop: Tx) -> None:
    """L-01: silence is no consent, a refusal holds until the same record says yes anew."""
    one = record(shop, "A", "a@kaze.example")
    person = person_of(shop, one)
    assert cause(shop, person) == "no_consent"
    said(shop, word(one, True, 1))
    assert consents.permissions(shop, [person]) == {
        person: Permission(person, one, "a@kaze.example")
    }
    said(shop, word(one, False, 2, way="link"))
    assert cause(shop, person) == "refused"
    said(shop, word(one, True, 1))  # an older yes that comes in late changes nothing
    assert cause(shop, person) == "refused"
    said(shop, word(one, True, 3, way="member"))
    assert cause(shop, person) == ""
    assert cause(shop, person, channel="sms") == "no_address"
    assert cause(shop, person, purpose="survey") == "no_consent"


def test_a_yes_and_a_no_of_one_instant_are_a_no(shop: Tx) -> None:
    one = record(shop, "A", "a@kaze.example")
    said(shop, word(one, False), word(one, True))
    assert cause(shop, person_of(shop, one)) == "refused"


def test_the_strictest_record_holds_while_they_are_one_person(shop: Tx) -> None:
    """P-30f, L-01: a no on either side stays, and each has its own word again when they part."""
    card, web = record(shop, "A", "a@kaze.example"), record(shop, "B", "b@kaze.example", "ec")
    said(shop, word(card, True, 1), word(web, False, 2))
    before = {one: cause(shop, person_of(shop, one)) for one in (card, web)}
    assert before == {card: "", web: "refused"}
    apart = person_of(shop, web)
    person = merged(shop, card, web)
    assert cause(shop, person) == "refused"
    assert cause(shop, apart) == "refused", "an id that was merged away answers for who it is now"
    said(shop, word(card, True, 3))
    assert cause(shop, person) == "refused", "another record's yes does not undo a no"
    shop.execute("UPDATE customers_person SET merged_into_id = NULL WHERE id = %s", [apart])
    shop.execute("UPDATE customers_personof SET person_id = %s WHERE record_id = %s", [apart, web])
    assert {one: cause(shop, person_of(shop, one)) for one in (card, web)} == before


def test_a_yes_covers_the_record_it_was_said_at(shop: Tx) -> None:
    """The most trusted of several that said yes is written to; one without an address is none."""
    pos, web = record(shop, "A"), record(shop, "B", "b@kaze.example", "ec")
    person = merged(shop, pos, web)
    said(shop, word(pos, True))
    assert cause(shop, person) == "no_consent"
    said(shop, word(pos, True, 1, address="A@Kaze.example "))
    assert consents.permissions(shop, [person])[person] == Permission(person, pos, "a@kaze.example")
    said(shop, word(web, True))
    assert consents.permissions(shop, [person])[person] == Permission(person, web, "b@kaze.example")


@pytest.mark.parametrize(
    "mail", ["x-1@masked.example", "X-1@Mall.example", "a1@fw.rakuten.ne.jp", "なし", "a@b", ""]
)
def test_an_address_that_a_mall_lent_out_is_never_used(shop: Tx, mail: str) -> None:
    """P-30j: nor one that is none."""
    one = record(shop, "A", mail, "mall")
    said(shop, word(one, True))
    assert cause(shop, person_of(shop, one)) == "no_address"
    (answer,) = consents.note(shop, [word(one, True, address="y@mall.example")], **BY)
    assert isinstance(answer, Refusal)
    assert answer.code == "bad_contact"


def test_who_shares_an_address_shares_its_refusal(shop: Tx) -> None:
    """A family's one address: what one of them refused there is sent to nobody there."""
    wife, man = record(shop, "A", "home@kaze.example"), record(shop, "B", "Home@kaze.example")
    said(shop, word(wife, True, 1), word(man, True, 1))
    assert [cause(shop, person_of(shop, one)) for one in (wife, man)] == ["", ""]
    said(shop, word(wife, False, 2))
    assert [cause(shop, person_of(shop, one)) for one in (wife, man)] == ["refused", "refused"]
    said(shop, word(wife, True, 3))
    assert [cause(shop, person_of(shop, one)) for one in (wife, man)] == ["", ""]
    said(shop, word(wife, False, 4, address="other@kaze.example"))
    assert [cause(shop, person_of(shop, one)) for one in (wife, man)] == ["refused", ""]


def test_a_barred_address_is_kept_as_a_hash_and_bars_whoever_has_it(shop: Tx) -> None:
    one = record(shop, "A", "a@kaze.example")
    person = person_of(shop, one)
    said(shop, word(one, True))
    at = {"actor": world.ACTOR, "at": world.NOW}
    for _ in range(2):
        assert consents.suppress(shop, "mail", "A@kaze.example", "bounced", "550", **at) is None
    assert cause(shop, person) == "suppressed"
    ((kept,),) = shop.rows("SELECT address_hash FROM customers_suppression")
    assert b"kaze" not in bytes(kept)
    later = record(shop, "B", "a@kaze.example")
    said(shop, word(later, True))
    assert cause(shop, person_of(shop, later)) == "suppressed"
    assert consents.lift(shop, "mail", "a@kaze.example", "bounced", **at) is None
    assert cause(shop, person) == ""
    again = consents.lift(shop, "mail", "a@kaze.example", "bounced", **at)
    assert again == Refusal("not_suppressed", "address")
    consents.suppress(shop, "mail", "a@kaze.example", "refused", "by letter", **at)
    assert cause(shop, person) == "refused"


REFUSED = [
    ({"record_id": 10**9}, "unknown_record"),
    ({"channel": "fax"}, "unknown_contact_channel"),
    ({"way": "rumour"}, "unknown_way"),
    ({"purpose": "Ads!"}, "bad_purpose"),
    ({"occurred_at": world.NOW + timedelta(days=1)}, "implausible_time"),
    ({"wording": ("mail", 9)}, "unknown_wording"),
    ({"place_id": 10**9}, "unknown_place"),
    ({"evidence": {}}, "proof_missing"),
    ({"address": "nowhere"}, "bad_contact"),
]


@pytest.mark.parametrize(("change", "code"), REFUSED)
def test_a_word_without_proof_is_refused(shop: Tx, change: dict[str, object], code: str) -> None:
    """L-02: and nothing is written."""
    one = record(shop, "A", "a@kaze.example")
    values: dict[str, object] = {"record_id": one, "granted": True} | change
    (answer,) = consents.note(shop, [word(**values)], **BY)  # type: ignore[arg-type]
    assert isinstance(answer, Refusal)
    assert answer.code == code
    assert shop.value("SELECT count(*) FROM customers_consent") == 0


def test_a_no_needs_no_proof_and_the_same_word_twice_is_one(shop: Tx) -> None:
    one = record(shop, "A", "a@kaze.example")
    no = word(one, False)
    assert consents.note(shop, [no, no], **BY) == [Kept(no.uid), Kept(no.uid, repeated=True)]
    assert consents.note(shop, [no], **BY) == [Kept(no.uid, repeated=True)]
    other = word(one, True, uid=no.uid)
    (answer,) = consents.note(shop, [other], **BY)
    assert isinstance(answer, Refusal)
    assert answer.code == "id_reused"
    assert shop.value("SELECT count(*) FROM kit_notice WHERE kind = 'ConsentChanged'") == 1


def test_a_wording_is_kept_in_every_version_that_somebody_read(shop: Tx) -> None:
    """L-02: the text that was shown is evidence; a changed text is a new version."""
    first = {"ja": "お知らせを受け取る", "en": "Send me news"}
    assert wordings.put(shop, "mail", first, **BY) == 1
    assert wordings.put(shop, "mail", first, **BY) == 1
    assert wordings.put(shop, "mail", first | {"en": "Write to me"}, **BY) == 2
    one = record(shop, "A", "a@kaze.example")
    said(shop, word(one, True, wording=("mail", 1), evidence={}))
    (shown,) = wordings.proofs(shop, [person_of(shop, one)], viewer=world.VIEWER)
    assert shown.wording is not None
    assert (shown.wording.version, shown.wording.text["en"]) == (1, "Send me news")
    assert [w.version for w in wordings.current(shop)] == [2]


def test_audit_names_a_yes_that_nothing_proves(shop: Tx) -> None:
    """The database refuses it; who took that wall down is found out."""
    one, other = record(shop, "A", "a@kaze.example"), record(shop, "B", "b@kaze.example")
    said(shop, word(one, True, 1), word(other, True, 1), word(other, False, 2))
    assert checks.broken(shop) == []
    with pytest.raises(IntegrityError), savepoint():
        shop.execute("UPDATE customers_consent SET evidence = '{}'")
    shop.execute("SET CONSTRAINTS ALL IMMEDIATE")
    shop.execute("ALTER TABLE customers_consent DROP CONSTRAINT customers_consent_proof")
    shop.execute("UPDATE customers_consent SET evidence = '{}'")
    assert checks.broken(shop) == [f"record {one} agreed to mail and nothing proves it"]


def test_an_answer_for_twenty_thousand_takes_less_than_a_second(shop: Tx) -> None:
    new = [NewRecord("pos", f"X{n}", mail=f"x{n}@kaze.example") for n in range(20_000)]
    made = sorted(records.register(shop, new, **BY).values())
    said(shop, *(word(one, n % 3 > 0) for n, one in enumerate(made) if n % 4))
    shop.execute("ANALYZE customers_consent, customers_detail, customers_searchkey")
    people = [row[0] for row in shop.rows("SELECT person_id FROM customers_personof")]
    began = time.process_time()  # ours alone: others may be using the machine
    answers = consents.permissions(shop, people)
    took = time.process_time() - began
    counts: dict[str, int] = {}
    for answer in answers.values():
        kind = answer.cause if isinstance(answer, Barred) else "yes"
        counts[kind] = counts.get(kind, 0) + 1
    assert counts == {"yes": 10_000, "no_consent": 5_000, "refused": 5_000, "no_address": 6}
    assert took < 1, f"{took:.2f} s"  # a quarter of it on an idle machine


events = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 6), st.booleans()), min_size=1, max_size=10
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events, st.permutations(range(10)), st.lists(st.integers(0, 3), max_size=3))
def test_the_order_in_which_words_come_in_does_not_matter(
    shop: Tx, told: list[tuple[int, int, bool]], order: list[int], joined: list[int]
) -> None:
    """Against a plain reckoning: the newest of each record, the strictest over a person's."""
    mine = [record(shop, str(ids.new_id()), f"{ids.new_id()}@kaze.example") for _ in range(4)]
    shuffled = [told[n] for n in order if n < len(told)]
    said(shop, *(word(mine[who], yes, day) for who, day, yes in shuffled))
    last: dict[int, tuple[int, bool]] = {}
    for who, day, yes in told:
        last[who] = min(last.get(who, (-1, True)), (day, yes), key=lambda w: (-w[0], w[1]))
    group = sorted({0, *joined})
    person = merged(shop, *(mine[n] for n in group))
    heard = [last[n][1] for n in group if n in last]
    expected = "refused" if False in heard else "" if heard else "no_consent"
    assert cause(shop, person) == expected
