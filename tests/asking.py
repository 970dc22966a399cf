"""Asking a served shop over HTTP, as another system does."""

import http.client
import json
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import msgspec

from goen.kit import keys
from goen.kit.db import tx
from goen.orders.sale import Sale
from tests import world


def new_key(*scopes: str) -> str:
    """The secret of a fresh API key; with every scope unless some are named."""
    with tx() as t:
        return keys.issue(
            t, "test", scopes or keys.SCOPES, actor=world.ACTOR, recorded_at=world.NOW
        )


def as_sent(sale: Sale) -> dict[str, Any]:
    """A sale as the body of `POST /v1/sales`."""
    body = {k: v for k, v in msgspec.to_builtins(sale).items() if v is not None}
    if sale.member is not None:
        body["member"] = {"kind": sale.member[0], "value": sale.member[1]}
    if sale.record_key is not None:
        body["record"] = {"source": sale.record_key[0], "key": sale.record_key[1]}
    return {name: value for name, value in body.items() if name != "record_key"}


class Caller:
    """One connection to `POST /v1/sales` with one key. Not for several threads at once."""

    def __init__(self, address: str, secret: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def __enter__(self) -> "Caller":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def post(self, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
        """Send a body (bytes go as they are) and answer status and JSON."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._connection.request("POST", "/v1/sales", sent, self._headers | headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")

    def sell(self, sale: Sale) -> tuple[int, dict[str, Any]]:
        """Sell one."""
        return self.post(as_sent(sale))

    def sell_many(self, sales: list[Sale]) -> list[dict[str, Any]]:
        """Sell a batch; answers each."""
        status, body = self.post({"sales": [as_sent(sale) for sale in sales]})
        assert status == 200, body
        return list(body["answers"])
