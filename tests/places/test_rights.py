"""A right is a row in one table; what no row says, nobody may."""

from goen.places import rights
from goen.places.models import Staff


def test_head_office_has_every_right_and_a_partner_no_right_over_people() -> None:
    for right in rights.RIGHTS:
        assert rights.may("hq", right), right
    held = {right for right in rights.RIGHTS if rights.may("partner", right)}
    assert held == {"look", "people", "settings_look", "links", "logs"}


def test_what_is_not_in_the_table_is_nobody_s() -> None:
    assert not rights.may("hq", "fly")
    assert not rights.may("", "look")
    assert not rights.may("owner", "look")
    assert rights.roles_with("fly") == []


def test_who_sees_no_names_serves_nobody_and_sells_nothing() -> None:
    for role in rights.ROLES:
        if not rights.may(role, "names"):
            assert not any(rights.may(role, one) for one in ("serve", "sell", "consents", "trail"))


def test_roles_are_those_that_staff_may_have() -> None:
    (constraint,) = (c for c in Staff._meta.constraints if c.name == "places_staff_role")
    assert set(rights.ROLES) == set(dict(constraint.condition.children)["role__in"])  # type: ignore[attr-defined]


def test_staff_of_a_store_work_at_their_own_place_alone() -> None:
    assert [rights.works_at("store", own, 1) for own in (1, 2, None)] == [True, False, False]
    assert rights.works_at("hq", None, 1)


def test_every_right_is_a_sentence_in_both_languages() -> None:
    for name, right in rights.RIGHTS.items():
        assert right.ja, name
        assert right.en, name
        assert right.roles <= set(rights.ROLES), name
