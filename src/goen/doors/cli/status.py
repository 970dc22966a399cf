"""`goen status`: what runs now, for people and, with --json, for programs.

Promises: answers within seconds even when nothing runs; says what it has just seen for itself, not
what the supervisor once wrote; ends with 0 when the first shop answers, else with 1.
"""

import http.client
import json
import sys
from dataclasses import dataclass
from typing import Any

import click

from goen import __version__
from goen.doors.cli import supervisor
from goen.doors.cli.steps import padded, tell
from goen.kit import postgres, processes
from goen.kit.home import Shop, loaded_marker, shops

RUNNING, STOPPED, FAILING = "running", "stopped", "failing"


@dataclass(frozen=True)
class ShopState:
    """One shop, as seen now."""

    shop: Shop
    web: str
    worker: str
    analyst: str
    loader: str  # "", loading, loaded


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def status(as_json: bool) -> None:
    """Show what is running."""
    states = shop_states()
    database = RUNNING if postgres.is_answering() else STOPPED
    if as_json:
        print(json.dumps(as_object(states, database), ensure_ascii=False))
    else:
        _show(states, database)
    sys.exit(0 if states and states[0].web == RUNNING else 1)


def answers(shop: Shop, *, timeout_s: float = 3) -> bool:
    """Whether the shop's web server answers /healthz now."""
    asking = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=timeout_s)
    try:
        asking.request("GET", "/healthz")
        return asking.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def shop_states() -> list[ShopState]:
    """Every shop, the first one first."""
    services = _services()

    def state(name: str) -> str:
        seen = services.get(name, {})
        if seen.get("failing"):
            return FAILING
        return RUNNING if seen.get("pid") and processes.is_alive(seen["pid"]) else STOPPED

    return [
        ShopState(
            shop,
            _web(shop, state(f"{shop.name}/web")),
            state(f"{shop.name}/worker"),
            state(f"{shop.name}/analyst"),
            _loader(shop),
        )
        for shop in shops()
    ]


def works(shop_name: str, service: str) -> bool:
    """Whether a service of a shop runs now, as far as the supervisor started it."""
    seen = _services().get(f"{shop_name}/{service}", {})
    return bool(seen.get("pid")) and processes.is_alive(seen["pid"])


def as_object(states: list[ShopState], database: str) -> dict[str, Any]:
    """The promised keys speak of the first shop; `shops` of each."""
    first = states[0] if states else None
    return {
        "url": first.shop.url if first else None,
        "database": database,
        "worker": first.worker if first else STOPPED,
        "analyst": first.analyst if first else STOPPED,
        "version": __version__,
        "shops": [
            {
                "name": one.shop.name,
                "title": dict(one.shop.title),
                "kind": one.shop.kind,
                "url": one.shop.url,
                "web": one.web,
                "worker": one.worker,
                "analyst": one.analyst,
                "loader": one.loader,
            }
            for one in states
        ],
    }


def _services() -> dict[str, dict[str, Any]]:
    try:
        found: dict[str, dict[str, Any]] = json.loads(supervisor.state_path().read_text())[
            "services"
        ]
    except FileNotFoundError:
        return {}
    return found


def _web(shop: Shop, state: str) -> str:
    """Running means that it answers."""
    return STOPPED if state == RUNNING and not answers(shop) else state


def _loader(shop: Shop) -> str:
    if not shop.loader:
        return ""
    return "loaded" if loaded_marker(shop.name).exists() else "loading"


def _show(states: list[ShopState], database: str) -> None:
    words = {
        RUNNING: tell("動作中", "running"),
        STOPPED: tell("停止", "stopped"),
        FAILING: tell("起動に失敗", "failing, see its log"),
        "loading": tell("読み込み中", "loading"),
        "loaded": tell("読み込み済", "loaded"),
        "": "",
    }
    print(f"Goen {__version__}   {tell('データベース', 'database')}: {words[database]}")
    for one in states:
        shop_title = tell(one.shop.title["ja"], one.shop.title["en"])
        parts = f"web {words[one.web]} · worker {words[one.worker]} · analyst {words[one.analyst]}"
        print(f"  {padded(shop_title, 20)} {one.shop.url}  {parts} {words[one.loader]}".rstrip())
