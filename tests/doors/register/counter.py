"""A clerk at a till of the small shop: logged in, standing at S1, ready to ring up."""

import json
from typing import Any

from django.test import Client

from goen.kit import ids
from goen.kit.db import Tx
from goen.places.models import Place, Staff
from tests.world import open_shop

BACKEND = "django.contrib.auth.backends.ModelBackend"


def clerk(*, role: str = "hq", opened: bool = True) -> Client:
    """A browser whose user is the shop's clerk."""
    if opened:
        open_shop(Tx())
    staff = Staff.objects.get(code="st01")
    if role != staff.role:
        place = Place.objects.get(code="shibuya") if role == "store" else None
        Staff.objects.filter(pk=staff.pk).update(role=role, place=place)
        staff.role, staff.place = role, place
    client = Client(SERVER_NAME="localhost", headers={"accept-language": "ja"})
    client.force_login(staff, backend=BACKEND)
    client.post("/register/where", {"till": "S1"})
    return client


def basket(*lines: tuple[str, int], total: int | None = None, **more: Any) -> dict[str, Any]:
    """A basket as the till's script sends it; paid in cash with a big note."""
    body: dict[str, Any] = {
        "uid": str(ids.new_id()),
        "lines": [{"item": item, "qty": qty} for item, qty in lines],
        "expected_total": total,
    }
    if total is not None:
        body["tenders"] = [{"kind": "cash", "amount": total, "tendered": total + 1000}]
    return body | more


def send(client: Client, path: str, body: dict[str, Any]) -> Any:
    """POST as JSON; answers the response."""
    return client.post(f"/register/{path}", json.dumps(body), content_type="application/json")
