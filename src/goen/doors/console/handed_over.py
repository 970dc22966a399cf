"""A file that goes into a shop of its own: the shop is registered, its own loader does the rest.

Promises: the new shop's processes create its tables and load the file, so that an interrupted load
is taken up again by whoever keeps the shop running; from here its progress is only looked at.
"""

import json
import shutil
import socket
from dataclasses import dataclass
from typing import Any

import psycopg

from goen.kit import home, postgres
from goen.links import plans, taking
from goen.links.plans import Plan
from goen.links.queries import LoadShown


@dataclass(frozen=True, slots=True)
class There:
    """How far the other shop is. `ready` when its pages answer, `done` when the file is in."""

    shop: home.Shop
    ready: bool
    state: str
    done_rows: int
    total: int | None
    figures: dict[str, int]
    logins: list[dict[str, Any]]

    @property
    def done(self) -> bool:
        return self.ready and self.state == "done"


def hand_over(load: LoadShown, plan: Plan, *, name: str, title: str) -> home.Shop:
    """Give the file and its plan to a new shop, which is registered last."""
    folder = home.shop_dir(name) / "incoming"
    folder.mkdir(mode=0o700, exist_ok=True)
    file, kept_plan = folder / load.file_name, folder / f"{load.uid}.plan"
    shutil.copyfile(taking.file_of(load.uid), file)
    file.chmod(0o600)
    home.write_json(kept_plan, plans.to_json(plan))
    kept_plan.chmod(0o600)
    return home.add_shop(
        name=name,
        title={"ja": title, "en": title},
        kind="own",
        currency=plan.currency or home.current_shop().currency,
        timezone=home.current_shop().timezone,
        loader=(
            *("goen", "--shop", name, "load", "sales", str(file)),
            *("--plan", str(kept_plan), "--yes"),
        ),
    )


def look(name: str) -> There:
    """What can be seen of the other shop from here."""
    shop = home.shop(name)
    state, figures, done, total = _in_its_books(name)
    return There(shop, _answers(shop.port), state, done, total, figures, _logins(name))


def _in_its_books(name: str) -> tuple[str, dict[str, int], int, int | None]:
    """Its latest load; nothing while its database or tables are still being made."""
    try:
        with psycopg.connect(postgres.database_conninfo(name), connect_timeout=2) as there:
            row = there.execute(
                """
                SELECT l.state, l.read, l.loaded, l.repeated, l.parked, p.done, p.total
                FROM links_load l LEFT JOIN kit_progress p ON p.name = 'load:' || l.uid
                ORDER BY l.id DESC LIMIT 1
                """
            ).fetchone()
    except psycopg.Error:
        row = None
    if row is None:
        return "", {}, 0, None
    figures = dict(zip(("read", "loaded", "repeated", "parked"), row[1:5], strict=True))
    return row[0], figures, row[5] or 0, row[6]


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _logins(name: str) -> list[dict[str, Any]]:
    """Its owner's login, for whoever made the shop."""
    welcome = home.shop_dir(name) / "welcome.json"
    if not welcome.is_file():
        return []
    found: list[dict[str, Any]] = json.loads(welcome.read_text(encoding="utf-8")).get("logins", [])
    return found
