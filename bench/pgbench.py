"""What the database does by itself: pgbench saying statements from a file, nothing of ours."""

import re
import subprocess
from pathlib import Path
from shutil import which

from psycopg import conninfo

from bench import cluster
from goen.kit import postgres


def rate(script: Path, *, clients: int, seconds: float) -> float:
    """Transactions a second; on a machine so busy that none ends in time, over a longer one."""
    for longer in (1, 3, 9):
        done = _said(script, clients, max(1, round(longer * seconds)))
        if "actually processed: 0\n" not in done.stdout or done.returncode:
            break
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    failed = re.search(r"failed transactions: [1-9]", done.stdout)
    if done.returncode or found is None or failed:
        raise RuntimeError(f"pgbench: {done.stdout}\n{done.stderr[-2000:]}")
    return float(found[1])


def _said(script: Path, clients: int, seconds: int) -> subprocess.CompletedProcess[str]:
    where = conninfo.conninfo_to_dict(postgres.database_conninfo(cluster.SHOP))
    command = [
        _program(), "-n", "-M", "prepared", "-f", str(script), "-c", str(clients), "-j", "2",
        "-T", str(seconds), "-h", str(where["host"]), "-p", str(where["port"]),
        "-U", str(where["user"]), str(where["dbname"]),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=False)


def best(script: Path, *, of: tuple[int, ...], seconds: float) -> float:
    """The highest rate of several numbers of clients."""
    return max(rate(script, clients=clients, seconds=seconds) for clients in of)


def _program() -> str:
    """pgbench on PATH, or the one that lies beside our server's programs."""
    noted = postgres.cluster_dir() / "folder"
    beside = noted.read_text().strip() if noted.is_file() else None
    found = which("pgbench") or which("pgbench", path=beside)
    if found is None:
        raise RuntimeError("no pgbench on PATH; it comes with PostgreSQL's programs")
    return found
