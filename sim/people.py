"""The people of the shop: who they are, how they live with it, and what each system knows.

Everything about all people is held in arrays, so that a million people fit; a `Record` is built
only when somebody asks. The first people are the actors of the planted stories.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim import noise
from sim.goods import Goods
from sim.names import SECOND_CARD, Names, key_of
from sim.noise import NEVER, Noise
from sim.stories import Cast

__all__ = ("NEVER", "People", "key_of", "move_in")
STORES = ("shibuya", "kichijoji", "motomachi", "kamakura")
WEB, MALL, KODACHI, SNS = range(len(STORES), len(STORES) + 4)
"""Where people buy: the four stores by number, then these."""
PASSES_BY = (0.36, 0.28, 0.21, 0.15)
"""How the people from far away, and those nobody knows, are spread over the stores."""

# Which systems know a person: card, web shop, mall, second mall, shop on a network.
_KNOWN_BY = (
    (1, 0, 0, 0, 0), (0, 1, 0, 0, 0), (1, 1, 0, 0, 0), (0, 0, 1, 0, 0), (1, 0, 1, 0, 0),
    (0, 1, 1, 0, 0), (0, 0, 0, 1, 0), (1, 0, 0, 1, 0), (0, 0, 0, 0, 1), (1, 0, 0, 0, 1),
)  # fmt: skip
_SHARE = (0.47, 0.16, 0.215, 0.05, 0.02, 0.02, 0.03, 0.01, 0.015, 0.01)
_VISITS_PER_DAY = 0.70 / 28
_DAYS_OF_LIFE = 1500


@dataclass(frozen=True, slots=True)
class People:
    """Arrays with one element (or row) per true person; days are ordinals."""

    names: Names
    noise: Noise
    home: np.ndarray
    joined: np.ndarray
    leaves: np.ndarray
    knows: np.ndarray
    registered: np.ndarray
    same_mail: np.ndarray
    visits_per_day: np.ndarray
    weekender: np.ndarray
    goes_to: np.ndarray
    shows_card: np.ndarray
    basket: np.ndarray
    favourites: np.ndarray
    silent: np.ndarray

    def __len__(self) -> int:
        return len(self.joined)

    def each(self) -> Iterator[tuple[int, int]]:
        """Every (person, system) that has a record, in the order of joining."""
        person, system = np.nonzero(self.knows)
        order = np.argsort(self.registered[person, system], kind="stable")
        yield from zip(person[order].tolist(), system[order].tolist(), strict=True)

    def cards_on(self, person: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Which system's card each person shows on a day: the first one, or the second."""
        return np.where(self.registered[person, SECOND_CARD] <= day, SECOND_CARD, 0)


def move_in(
    *, seed: int, count: int, first_day: int, last_day: int, goods: Goods, cast: Cast
) -> People:
    """The people of one shop, of whom the first `cast.size` play the stories."""
    assert count >= cast.size + 10, "too few people for the planted stories"
    rng = np.random.default_rng([seed, 2])
    household = noise.households(rng, count, alone=cast.size)
    names = Names.draw(rng, household, last_day, cast.leading_name)
    span = last_day - first_day + 1
    joined = np.where(
        rng.random(count) < 0.5,
        first_day - rng.integers(1, 900, count),
        first_day + (span * rng.random(count) ** 1.1).astype(np.int64),
    )
    life = rng.exponential(1.0, count) * rng.gamma(2.5, _DAYS_OF_LIFE / 2.5, count)
    leaves = np.maximum(joined, first_day) + life.astype(np.int64)
    knows = np.array(_KNOWN_BY, dtype=bool)[rng.choice(len(_SHARE), count, p=_SHARE)]
    home = _homes(rng, names.near(count))
    actors = np.arange(count) < cast.size
    joined[actors] = first_day - rng.integers(30, 400, cast.size)
    leaves[actors] = NEVER
    knows[actors] = np.arange(knows.shape[1]) == 0
    knows[cast.leading, 1] = True
    home[actors] = 0
    wrong = noise.draw(
        seed=seed, household=household, joined=joined, has_card=knows[:, 0], last_day=last_day,
        clean=cast.size,
    )  # fmt: skip
    goes_to = _habits(rng, knows, home)
    knows[wrong.shares_card, 0] = False
    registered = _registrations(rng, joined, knows)
    registered[actors] = np.where(knows[actors], joined[actors, None], NEVER)
    second = np.maximum(wrong.second_card_on, np.where(knows[:, 0], registered[:, 0] + 30, NEVER))
    registered = np.column_stack([registered, np.where(second < NEVER, second, NEVER)])
    same_mail = knows[:, 0] & knows[:, 1] & (rng.random(count) < 0.32)
    same_mail[cast.leading] = True
    knows = np.column_stack([knows, registered[:, SECOND_CARD] < NEVER])
    return People(
        names=names,
        noise=wrong,
        home=home,
        joined=joined,
        leaves=leaves,
        knows=knows,
        registered=registered,
        same_mail=same_mail,
        visits_per_day=rng.gamma(2.4, _VISITS_PER_DAY / 2.4, count),
        weekender=rng.random(count) < 0.5,
        goes_to=goes_to,
        shows_card=rng.beta(14, 1.2, count),
        basket=rng.gamma(20, 1.14 / 20, count),
        favourites=_favourites(rng, count, goods),
        silent=np.isin(np.arange(count), cast.silent),
    )


def _homes(rng: np.random.Generator, near: np.ndarray) -> np.ndarray:
    """The number of the store somebody lives near; from far away one of them."""
    away = rng.choice(len(STORES), len(near), p=PASSES_BY)
    return np.select([near == store for store in STORES], range(len(STORES)), away)


def _registrations(rng: np.random.Generator, joined: np.ndarray, knows: np.ndarray) -> np.ndarray:
    """When each system met a person: one on the day of joining, others in the year after."""
    registered = joined[:, None] + rng.integers(5, 300, knows.shape)
    first = np.argmax(knows, axis=1)
    web_first = knows[:, 0] & knows[:, 1] & (rng.random(len(joined)) < 0.3)
    first[web_first] = 1
    registered[np.arange(len(joined)), first] = joined
    return np.where(knows, registered, NEVER)


def _habits(rng: np.random.Generator, knows: np.ndarray, home: np.ndarray) -> np.ndarray:
    """Cumulated shares of visits to the stores, the web shop, the malls, the network's shop."""
    count, stores = len(home), len(STORES)
    every = np.arange(count)
    taste = rng.dirichlet((6.0, 0.7, 2.6, 2.2), count)
    share = np.zeros((count, stores + 4))
    in_store = np.where(knows[:, 0], 1.0, np.where(knows[:, 1], 0.15, 0.0))
    share[every, home] = taste[:, 0] * in_store
    other = (home + rng.integers(1, stores, count)) % stores
    share[every, other] = taste[:, 1] * in_store
    share[:, WEB] = taste[:, 2] * knows[:, 1]
    share[:, MALL:] = taste[:, 3:] * knows[:, 2:5]
    return np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)


def _favourites(rng: np.random.Generator, count: int, goods: Goods) -> np.ndarray:
    """Four articles each that a person comes back for."""
    weights = np.cumsum(np.where(goods.everyday, goods.weights(4, online=False), 0.0))
    return np.searchsorted(weights, rng.random((count, 4)) * weights[-1]).astype(np.int64)
