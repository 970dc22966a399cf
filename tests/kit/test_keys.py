"""API keys: shown once, kept as a hash, limited to what they are for, ended for ever."""

import pytest

from goen.kit import keys
from goen.kit.db import Tx
from tests.world import ACTOR, NOW

pytestmark = pytest.mark.usefixtures("tx_db")


def issue(*scopes: str, name: str = "mall") -> str:
    return keys.issue(Tx(), name, scopes, actor=ACTOR, recorded_at=NOW)


def test_a_key_says_who_writes_and_only_for_its_scope():
    secret = issue("sales:write")
    found = keys.actor_of(Tx(), secret, "sales:write")
    assert (found.kind, found.name) == ("key", "mall")
    assert isinstance(found.id, int)
    assert keys.actor_of(Tx(), secret, "insight:read") is None


def test_the_secret_is_nowhere_in_the_database():
    secret = issue("sales:write")
    rows = Tx().rows("SELECT k::text FROM kit_key k UNION ALL SELECT t::text FROM kit_trail t")
    random_part = secret.split("_", 2)[2]
    assert not [row for row in rows if random_part in row[0]]


@pytest.mark.parametrize("pattern", [
    "{short}", "{s}a", " {s}", "{upper}", "x_{prefix}_{random}", "goen_{prefix}", "goen_{prefix}_",
    "goen_%_{random}", "goen_00000000_{random}", "", "goen_", "goen", "_",
])  # fmt: skip
def test_anything_but_the_secret_is_nobody(pattern):
    secret = issue("sales:write")
    _, prefix, random = secret.split("_", 2)
    spoilt = pattern.format(
        s=secret, short=secret[:-1], upper=secret.upper(), prefix=prefix, random=random
    )
    assert keys.actor_of(Tx(), spoilt, "sales:write") is None


def test_a_revoked_key_is_nobody_and_ending_it_twice_notes_it_once():
    secret, other = issue("sales:write"), issue("sales:write")
    t = Tx()
    key_id = keys.actor_of(t, secret, "sales:write").id
    for _ in range(2):
        assert keys.revoke(t, key_id, actor=ACTOR, recorded_at=NOW) is None
    assert keys.actor_of(t, secret, "sales:write") is None
    assert keys.actor_of(t, other, "sales:write") is not None
    assert t.value("SELECT count(*) FROM kit_trail WHERE verb = 'revoke'") == 1


def test_an_unknown_key_cannot_be_ended():
    assert keys.revoke(Tx(), 10**9, actor=ACTOR, recorded_at=NOW).code == "unknown_key"


def test_a_scope_that_does_not_exist_is_a_bug_of_ours():
    with pytest.raises(AssertionError):
        issue("everything")
