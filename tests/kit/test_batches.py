"""The first request of an id is done; the others of it are answered as if they came later."""

from dataclasses import dataclass
from uuid import UUID

from goen.kit import batches
from goen.kit.arrays import columns
from goen.kit.refusals import Refusal

ONE, TWO = UUID(int=1), UUID(int=2)


@dataclass(frozen=True, slots=True)
class Wish:
    uid: UUID
    qty: int = 1


def again(answer: str) -> str:
    return f"{answer} again"


def test_every_request_is_answered_in_its_place() -> None:
    wishes = [Wish(TWO), Wish(ONE), Wish(TWO), Wish(ONE, 2), Wish(ONE)]
    assert batches.first_of_each(wishes) == {TWO: Wish(TWO), ONE: Wish(ONE)}
    answers = {ONE: "done", TWO: Refusal("short")}
    assert batches.in_order(wishes, answers, again=again) == [
        Refusal("short"),
        "done",
        Refusal("short"),
        Refusal("id_reused", "uid", {"given": str(ONE)}),
        "done again",
    ]


def test_rows_are_sent_as_columns() -> None:
    assert columns([(1, "a"), (2, "b")]) == [[1, 2], ["a", "b"]]
    assert columns([], 2) == [[], []]
