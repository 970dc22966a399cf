"""Why somebody bought, in words: at the till, and in the one question on a receipt."""

from dataclasses import dataclass

from goen.doors.say import say


@dataclass(frozen=True, slots=True)
class Said:
    """A text in both languages; templates show it in the reader's."""

    ja: str
    en: str

    def __str__(self) -> str:
        return say(self.ja, self.en)


REASONS = {
    "gift": Said("贈り物", "A gift"),
    "self_use": Said("自分用", "For myself"),
    "refill": Said("いつもの買い足し", "Usual refill"),
    "recommended": Said("すすめられて", "Recommended"),
    "event": Said("行事・季節", "Event or season"),
}
