"""How people are called on a page: 姓 名 様 in Japanese, without a title in English.

Promises: nobody is nameless on screen (a household or a card stands in for a name), and a name
that is not known is said to be unknown, never invented.
"""

from goen.customers.queries import Shown
from goen.doors.say import language, say
from goen.kit.db import Tx

LONGEST_NUMBER = 20
"""A number longer than this was made for machines."""


def name_of(shown: Shown | None, person_id: int) -> str:
    """A person as a page calls them."""
    if shown is None:
        return say("お客様 {id}", "Customer {id}", id=person_id)
    name = f"{shown.family_name} {shown.given_name}".strip()
    if name:
        return f"{name} 様" if language() == "ja" else name
    if shown.unit == "household":
        return say("世帯 {id}", "Household {id}", id=shown.number or person_id)
    number = shown.cards[0] if shown.cards else shown.number
    if number and len(number) <= LONGEST_NUMBER:
        return say("会員 {card} 様", "Member {card}", card=number)
    return say("お客様 {id}", "Customer {id}", id=person_id)


def short_name_of(shown: Shown | None, person_id: int) -> str:
    """The same where space is short: the family name alone in Japanese."""
    if shown is None or not shown.family_name or language() == "en":
        return name_of(shown, person_id)
    return f"{shown.family_name}様"


def second_mark_of(shown: Shown | None) -> str:
    """What tells two people of one name apart: a card, else the end of a telephone number."""
    if shown is None:
        return ""
    if shown.cards and (shown.family_name or shown.given_name):
        return say("会員 {card}", "Member {card}", card=shown.cards[0])
    return say("電話 …{end}", "Phone …{end}", end=shown.phone[-4:]) if shown.phone else ""


def counts_households(tx: Tx) -> bool:
    """Whether this shop's records are households, so that pages do not speak of persons."""
    return bool(tx.value("SELECT unit FROM report_person_of LIMIT 1") == "household")


def counted_as(unit: str) -> tuple[str, str]:
    """The word for those who are counted: people, or households where nobody is told apart."""
    return ("世帯", "households") if unit == "household" else ("人", "people")
