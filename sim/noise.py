"""What the shop's systems got wrong about people, at fixed rates, and what is true.

Some people lost their card and were given a second one; clerks mistyped a reading; a record made
before a move or a new mail address keeps the old one; families share a telephone, or one card.
The actors of the planted stories are free of all that. `tags` says what is wrong with a record.
"""

from dataclasses import dataclass

import numpy as np

NEVER = 9_999_999
FAMILY = 0.12
"""How many live with the person before them: one name, one home."""
SHARED_PHONE, SHARED_CARD = 0.35, 0.30
"""How many of those give the family's number; how many shop with the family's card."""
SECOND_CARD, KANA_TYPO, MOVED, CHANGED_MAIL = 0.05, 0.04, 0.07, 0.06
"""Of card holders, of card records, of people, of people."""
_TYPOS = (
    *(("ョ", "ヨ"), ("ュ", "ユ"), ("ャ", "ヤ"), ("ッ", "ツ"), ("ガ", "カ"), ("ギ", "キ")),
    *(("ダ", "タ"), ("バ", "ハ"), ("ザ", "サ"), ("ジ", "シ"), ("ズ", "ス"), ("ド", "ト")),
    *(("シ", "ツ"), ("ソ", "ン"), ("ク", "ワ"), ("ア", "マ"), ("ウ", "ワ"), ("コ", "ユ")),
    *(("ミ", "シ"), ("タ", "ク"), ("ナ", "メ"), ("ノ", "メ"), ("ヤ", "カ"), ("ハ", "バ")),
    *(("オ", "ホ"), ("リ", "ソ")),
)  # fmt: skip
"""What a hurried hand writes, and an eye mistakes."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Arrays with one element per person; days are ordinals, NEVER where it did not happen.

    `card_of` is whose card a person shows: their own, or the head of the family's.
    """

    household: np.ndarray
    card_of: np.ndarray
    shares_phone: np.ndarray
    second_card_on: np.ndarray
    mistyped: np.ndarray
    moved_on: np.ndarray
    mail_changed_on: np.ndarray

    @property
    def shares_card(self) -> np.ndarray:
        """Who shows the card of somebody else."""
        return self.card_of != np.arange(len(self.card_of))


def households(rng: np.random.Generator, count: int, *, alone: int) -> np.ndarray:
    """The number of each person's head of family; the first `alone` people live by themselves."""
    follows = rng.random(count) < FAMILY
    follows[: alone + 1] = False
    return np.maximum.accumulate(np.where(follows, 0, np.arange(count)))


def draw(
    *, seed: int, household: np.ndarray, joined: np.ndarray, has_card: np.ndarray, last_day: int,
    clean: int,
) -> Noise:  # fmt: skip
    """Everybody's; the first `clean` people have none. Draws from a sequence of its own."""
    rng = np.random.default_rng([seed, 6])
    count = len(household)
    follows = household != np.arange(count)
    noisy = np.arange(count) >= clean

    def some(share: float) -> np.ndarray:
        return noisy & (rng.random(count) < share)

    shares_card = follows & has_card[household] & some(SHARED_CARD)
    shares_phone = follows & some(SHARED_PHONE)
    span = np.maximum(last_day - joined, 2)
    days = joined[:, None] + 1 + (span[:, None] * rng.random((count, 3))).astype(np.int64)
    second = has_card & ~shares_card & some(SECOND_CARD)
    return Noise(
        household=household,
        card_of=np.where(shares_card, household, np.arange(count)),
        shares_phone=shares_phone,
        second_card_on=np.where(second, days[:, 0], NEVER),
        mistyped=some(KANA_TYPO),
        moved_on=np.where(some(MOVED), days[:, 1], NEVER),
        mail_changed_on=np.where(some(CHANGED_MAIL), days[:, 2], NEVER),
    )


def mistyped(kana: str) -> str:
    """A reading as it was mistaken: one character is another one."""
    for right, wrong in _TYPOS:
        if right in kana:
            return kana.replace(right, wrong, 1)
    return f"{kana[:-1]}ー" if len(kana) > 1 else kana
