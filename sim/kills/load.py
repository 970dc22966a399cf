"""Shoppers who do not give up: every request is sent again until it is answered, and every
answer is written to disk before the next request.

What was acknowledged must be in the books once; what was refused must not be there at all.
"""

import http.client
import json
import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sim.kills.shop import CARDS, PLACES, PRICE, SKUS

PATIENCE_S = 90


@dataclass
class Log:
    """Acknowledged facts, one JSON line each, on disk before anybody goes on."""

    path: Path
    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, kind: str, uid: str, **more: object) -> None:
        """Note an acknowledged fact."""
        line = json.dumps({"kind": kind, "uid": uid, **more})
        with self._lock:
            with self.path.open("a") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
            self.counts[kind] += 1

    def lines(self) -> Iterator[dict]:
        """Everything acknowledged."""
        for line in self.path.read_text().splitlines():
            yield json.loads(line)


class Shopper(threading.Thread):
    """One client with a connection of its own."""

    def __init__(
        self, number: int, *, port: int, key: str, log: Log, stop: threading.Event
    ) -> None:
        super().__init__(name=f"shopper-{number}", daemon=True)
        self.random = random.Random(number)
        self.port, self.key, self.log, self.stop = port, key, log, stop
        self.unanswered: Counter[str] = Counter()
        self.given_up = 0
        self.problem = ""
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        acts: tuple[Callable[[], None], ...] = (self._sale, self._hold, self._order)
        while not self.stop.is_set() and not self.problem:
            self.random.choice(acts)()

    def post(self, path: str, body: dict) -> dict | None:
        """Ask until answered; None when patience ran out."""
        until = time.monotonic() + PATIENCE_S
        text = json.dumps(body).encode()
        while time.monotonic() < until:
            try:
                status, answered = self._once(path, text)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._connection = None
                status, answered = 0, {}
                self.unanswered[type(error).__name__] += 1
            if status in {200, 201, 409}:
                return {"status": status, **answered}
            if status and status < 500 and status != 429:
                self.problem = f"{path}: {status} {answered}"
                return None
            if status:
                self.unanswered[str(status)] += 1
            time.sleep(0.1 + 0.2 * self.random.random())
        self.given_up += 1
        return None

    def _once(self, path: str, text: bytes) -> tuple[int, dict]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        self._connection.request("POST", path, text, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 500:
            self._connection.close()
            self._connection = None
            return answer.status, {}
        return answer.status, json.loads(content)

    def _sale(self) -> None:
        body = self._basket("store", self.random.choice(PLACES[:2]))
        answer = self.post("/v1/sales", body)
        if answer and answer["status"] != 409:
            self.log.write("sale", body["uid"], units=_units(body))

    def _hold(self) -> None:
        uid = str(uuid.uuid4())
        lines = [{"item": self.random.choice(SKUS), "qty": self.random.randint(1, 3)}]
        body = {
            "uid": uid, "place": self.random.choice(PLACES), "kind": "cart",
            "holder": f"cart:{uid}", "lines": lines, "occurred_at": _now(),
        }  # fmt: skip
        answer = self.post("/v1/holds", body)
        if not answer or answer["status"] == 409:
            return
        self.log.write("hold", uid)
        if self.random.random() < 0.5:
            change = {"uid": str(uuid.uuid4()), "hold": uid, "occurred_at": _now()}
            answer = self.post("/v1/holds/release", change)
            if answer and answer["status"] != 409:
                self.log.write("release", change["uid"])

    def _order(self) -> None:
        body = self._basket("ec", "web")
        body["delivery"] = {
            "method": "ship", "fee_minor": 550,
            "address": {"name": "架空 花子", "postcode": "100-0000", "address": "東京都0-0-0"},
        }  # fmt: skip
        body["tenders"][0]["amount_minor"] += 550
        if "member" in body and self.random.random() < 0.3:
            body["tenders"][0]["amount_minor"] -= 100
            body["tenders"].append({"kind": "points", "amount_minor": 100})
        answer = self.post("/v1/orders", body)
        if not answer or answer["status"] == 409:
            return
        self.log.write("order", body["uid"], units=_units(body))
        next_step = self.random.random()
        if next_step < 0.5:
            self._slip(body["uid"], "fulfilments", {"how": "ship"})
            if next_step < 0.2:
                back = {"place": "shibuya", "reason": "changed_mind"}
                self._slip(body["uid"], "take-backs", back)
        elif next_step < 0.75:
            self._slip(body["uid"], "cancellations", {"reason": "changed_mind"})

    def _slip(self, order: str, act: str, more: dict) -> None:
        body = {"uid": str(uuid.uuid4()), "occurred_at": _now(), **more}
        answer = self.post(f"/v1/orders/{order}/{act}", body)
        if answer and answer["status"] != 409:
            self.log.write("slip", body["uid"], order=order)

    def _basket(self, channel: str, place: str) -> dict:
        items = self.random.sample(SKUS, self.random.randint(1, 3))
        lines = [{"item": item, "qty": self.random.randint(1, 3)} for item in items]
        total = PRICE * sum(int(str(line["qty"])) for line in lines)
        body = {
            "uid": str(uuid.uuid4()), "place": place, "channel": channel, "occurred_at": _now(),
            "lines": lines, "tenders": [{"kind": "card", "amount_minor": total}],
        }  # fmt: skip
        if self.random.random() < 0.5:
            body["member"] = {"kind": "card", "value": self.random.choice(CARDS)}
        return body


def _units(body: dict) -> int:
    return sum(line["qty"] for line in body["lines"])


def _now() -> str:
    return datetime.now(UTC).isoformat()
