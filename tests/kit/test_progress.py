"""Long work shows how far it is, while its own transaction is still open."""

import pytest

from goen.kit import progress
from goen.kit.db import Tx, tx
from goen.kit.progress import Work

LABEL = {"ja": "読み込み", "en": "Loading"}


def one(name: str) -> Work | None:
    with tx() as t:
        return progress.one(t, name)


@pytest.mark.usefixtures("tx_db")
@pytest.mark.parametrize(
    ("done", "total", "percent"),
    [(0, None, None), (5, 0, None), (0, 8, 0), (1, 3, 33), (3, 3, 100), (9, 3, 100)],
)
def test_percent_is_told_only_where_the_total_is_known(done, total, percent):
    progress.start("load", LABEL, total)
    progress.advance("load", done)
    assert one("load").percent == percent


@pytest.mark.usefixtures("tx_db")
def test_work_begins_goes_on_and_ends():
    assert one("load") is None
    progress.start("load", LABEL)
    progress.advance("load", 3, total=10)
    progress.advance("load", 4)
    assert [(w.name, w.done, w.total) for w in progress.running(Tx())] == [("load", 4, 10)]
    progress.finish("load", error="the file ended early")
    ended = one("load")
    assert ended.finished_at is not None
    assert (ended.error, ended.label) == ("the file ended early", LABEL)
    assert progress.running(Tx()) == []


@pytest.mark.usefixtures("tx_db")
def test_work_that_begins_again_forgets_how_it_ended():
    progress.start("load", LABEL, 5)
    progress.advance("load", 5)
    progress.finish("load", error="x")
    progress.start("load", LABEL, 7)
    again = one("load")
    assert (again.done, again.total, again.finished_at, again.error) == (0, 7, None, "")


@pytest.mark.usefixtures("tx_db")
def test_the_oldest_stands_first():
    for name in ("b", "a", "c"):
        progress.start(name, LABEL)
    assert [w.name for w in progress.running(Tx())] == ["b", "a", "c"]


def test_others_see_it_at_once(fresh_db):
    progress.start("load", LABEL, 2)
    progress.advance("load", 1)
    with fresh_db.connect() as other:
        assert other.execute("SELECT done, total FROM kit_progress").fetchall() == [(1, 2)]
