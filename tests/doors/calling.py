"""The API inside this process, in the test's own transaction."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from tests import asking, world

AT = (world.NOW - timedelta(hours=1)).isoformat()


class Door:
    """A system with a key; answers are (status, JSON)."""

    def __init__(self, *scopes: str) -> None:
        self.headers = {
            "Authorization": f"Bearer {asking.new_key(*scopes)}", "Accept-Language": "en",
        }  # fmt: skip
        self.client = Client(headers={"host": "127.0.0.1"})
        self.answer: Any = None

    def post(self, path: str, body: object) -> tuple[int, Any]:
        """Send a body; bytes go as they are."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._told(
            self.client.post(path, sent, content_type="application/json", headers=self.headers)
        )

    def get(self, path: str, **query: object) -> tuple[int, Any]:
        """Ask."""
        return self._told(self.client.get(path, query, headers=self.headers))

    def _told(self, answer: Any) -> tuple[int, Any]:
        self.answer = answer
        return answer.status_code, json.loads(answer.content or b"null")


def fact(**fields: object) -> dict[str, Any]:
    """A fact with an id of its own, an hour ago."""
    return {"uid": str(uuid4()), "occurred_at": AT, **fields}


def goods(*lines: tuple[str, int]) -> list[dict[str, object]]:
    """Lines as they are sent."""
    return [{"item": item, "qty": qty} for item, qty in lines]
