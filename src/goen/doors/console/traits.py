"""What other systems say of households and people: groups, what they bring, and a list of each.

Promises: values stand as the other system says them; a group leads to its people as a segment, so
that it ends in a list; how many are described at all is said, because the others are not "none".
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from goen.doors.console import segment_link
from goen.doors.console.people import counts_households
from goen.doors.say import say
from goen.kit import home
from goen.kit.db import Tx, tx
from goen.links import brought
from goen.links.brought import TraitGroup
from goen.marketing.conditions_words import MOST_IDS

MOST_USED = 20
NAMES = {
    "age": ("年齢層", "Age"),
    "income": ("年収（ドル）", "Income (dollars)"),
    "home_ownership": ("住まい", "Home"),
    "marital_status": ("婚姻", "Marital status"),
    "household_size": ("世帯の人数", "Household size"),
    "household_comp": ("世帯の構成", "Household"),
    "kids_count": ("子どもの人数", "Children"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One group; `href` is empty where it is larger than a list of ids may be."""

    group: TraitGroup
    share: float
    href: str

    @property
    def people(self) -> int:
        """How many they are."""
        return len(self.group.people)


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Every trait with its groups."""
    with tx() as t:
        groups = brought.trait_groups(t)
        household = counts_households(t)
    described = len({person for group in groups for person in group.people})
    page = {
        "traits": [
            (name_of(name), [_row(one, described) for one in own])
            for name, own in groupby(groups, key=lambda one: one.name)
        ],
        "described": described,
        "household": household,
        "currency": home.current_shop().currency,
    }
    return render(request, "console/traits.html", page)


def of_person(t: Tx, person_id: int) -> dict[str, Any]:
    """What a person's page shows of it: traits in words, and coupons of another system used."""
    return {
        "brought_traits": [
            (name_of(name), value) for name, value in brought.traits_of(t, person_id)
        ],
        "brought_used": brought.used_by(t, person_id)[:MOST_USED],
    }


def name_of(name: str) -> str:
    """A trait in words; one nobody named here stands as it came."""
    return say(*NAMES[name]) if name in NAMES else name


def _row(group: TraitGroup, described: int) -> Row:
    ids = list(group.people)
    href = (
        segment_link.href([{"field": "person", "ids": ids}], made_from="/traits")
        if len(ids) <= MOST_IDS
        else ""
    )
    return Row(group, len(ids) / described, href)


urlpatterns = [path("traits", show, name="traits")]
