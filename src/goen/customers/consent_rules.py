"""What a yes or a no to being written to means. Pure: no database, clock or chance.

The newest word of each record holds, a no before a yes of the same instant. Over the records of
one person the strictest holds: one no bars them all, and a yes covers the record it was said at.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from goen.customers import rules

CHANNELS = ("mail", "sms", "line", "dm", "phone", "app")
WAYS = ("form", "till", "paper", "member", "link", "staff", "import", "api")
CAUSES = ("no_address", "no_consent", "refused", "suppressed")
SUPPRESSIONS = ("bounced", "complained", "refused", "erased")
MARKETING = "marketing"

_BY_PHONE = frozenset({"sms", "phone"})


@dataclass(frozen=True, slots=True)
class Word:
    """The newest word of one record, None while it said nothing, and where it can be reached.

    `said_of` is the address the word was about; empty: whichever the record has (`address`).
    """

    record_id: int
    trust: int
    granted: bool | None
    said_of: str
    occurred_at: datetime | float | None
    address: str

    def reach(self, channel: str) -> str:
        """The address this record may be reached at for one's own promotion; empty if none."""
        chosen = (self.said_of or self.address).strip()
        return chosen if is_usable(channel, chosen) else ""


def fold_address(channel: str, address: str) -> str:
    """The one form of an address of a channel: for comparing and for the salted hash."""
    if channel == "mail":
        return rules.fold_mail(address)
    if channel in _BY_PHONE:
        return rules.fold_phone(address)
    return rules.fold_name(address)


def is_usable(channel: str, address: str) -> bool:
    """Whether something can go there, and may: an address a marketplace lends out may not."""
    if channel != "mail":
        return bool(address)
    name, at, host = rules.fold_mail(address).rpartition("@")
    return bool(at and name and "." in host) and not rules.is_lent_by(host)


def decide(channel: str, words: Iterable[Word]) -> Word | str:
    """The word by which a person may be written to, or the cause why they may not.

    Of several that say yes, the most trusted system's is taken, the newest of equals.
    """
    found = decided(channel, words)
    return found if isinstance(found, str) else found[0]


def decided(channel: str, words: Iterable[Word]) -> tuple[Word, str] | str:
    """As `decide`, with the address that the word reaches."""
    reached = [(word, word.reach(channel)) for word in words]
    if not any(address for _, address in reached):
        return "no_address"
    if any(word.granted is False for word, _ in reached):
        return "refused"
    yes = [one for one in reached if one[0].granted and one[1]]
    if not yes:
        return "no_consent"
    if len(yes) == 1:
        return yes[0]
    return max(yes, key=lambda one: (one[0].trust, one[0].occurred_at, -one[0].record_id))
