"""Many independent requests in one call: the first of each id is done, and each is answered.

A second mention of an id in one batch is a repetition when it says the same, and else another
request under an id that is taken: it is answered as if it had come in a batch of its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from goen.kit.refusals import Refusal


class Request(Protocol):
    """What is known by its caller's id."""

    @property
    def uid(self) -> UUID: ...


R = TypeVar("R", bound=Request)
A = TypeVar("A")


def first_of_each(requests: Iterable[R]) -> dict[UUID, R]:
    """The first request of each id, in the order given."""
    first: dict[UUID, R] = {}
    for request in requests:
        first.setdefault(request.uid, request)
    return first


def in_order(
    requests: Sequence[R], answers: Mapping[UUID, A | Refusal], *, again: Callable[[A], A]
) -> list[A | Refusal]:
    """The answers as asked; `again` makes an answer that of a repetition."""
    first: dict[UUID, R] = {}
    ordered: list[A | Refusal] = []
    for request in requests:
        answer = answers[request.uid]
        if request.uid in first and first[request.uid] != request:
            answer = id_reused(request.uid)
        elif request.uid in first and not isinstance(answer, Refusal):
            answer = again(answer)
        first.setdefault(request.uid, request)
        ordered.append(answer)
    return ordered


def id_reused(uid: UUID) -> Refusal:
    """The id belongs to another request, of whatever kind."""
    return Refusal("id_reused", "uid", {"given": str(uid)})
