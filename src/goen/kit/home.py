"""Where Goen keeps its state, and which shops it serves.

Promises: one state folder per installation; the list of shops is one small JSON file per shop,
written atomically, so a reader never sees half a file; no two shops share a port; nothing here
needs Django or a database, so every command can ask it at once.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

FIRST_PORT = 8700
DEMO = "demo"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


class UnknownShop(LookupError):  # noqa: N818  named by its reason
    """Asked for a shop that nobody has registered."""


@dataclass(frozen=True)
class Shop:
    """One retailer: its own database, its own processes, its own address."""

    name: str
    title: Mapping[str, str]
    kind: str  # demo, own (a file of the owner's) or data (a public data set)
    port: int = FIRST_PORT
    currency: str = "JPY"
    locale: str = "ja"
    timezone: str = "Asia/Tokyo"
    loader: tuple[str, ...] = field(default=())  # what the supervisor runs once, as argv

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


DEMO_SHOP = Shop(name=DEMO, title={"ja": "みやび堂", "en": "Miyabido"}, kind="demo")


def checkout() -> Path:
    """The folder this code runs from: the one that holds pyproject.toml."""
    return Path(__file__).resolve().parents[3]


def home() -> Path:
    """The state folder: GOEN_HOME, else var/ in the checkout, as root /var/lib/goen/<checkout>."""
    given = os.environ.get("GOEN_HOME")
    if given:
        folder = Path(given).resolve()
    elif os.geteuid() == 0:
        folder = Path("/var/lib/goen") / short_hash(checkout())
    else:
        folder = checkout() / "var"
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # the database's own user must be able to pass through
    return folder


def short_hash(path: Path) -> str:
    """Eight characters that stand for one path on this machine."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:8]


def log_dir() -> Path:
    """Where every process writes its log."""
    return _private_dir(home() / "log")


def run_dir() -> Path:
    """Where the supervisor keeps its lock and what it last saw."""
    return _private_dir(home() / "run")


def shop_dir(name: str) -> Path:
    """The folder of one shop: its registry file, its lake, what its loader leaves behind."""
    assert is_shop_name(name), f"not a shop name: {name!r}"
    return _private_dir(_private_dir(home() / "shops") / name)


def shops() -> list[Shop]:
    """Every registered shop, the demo first, then by port."""
    found = []
    for path in sorted((home() / "shops").glob("*/shop.json")):
        with contextlib.suppress(FileNotFoundError):  # one that was just taken away
            found.append(_read(path))
    return sorted(found, key=lambda shop: (shop.name != DEMO, shop.port))


def shop(name: str) -> Shop:
    """One registered shop; UnknownShop names those there are."""
    path = home() / "shops" / name / "shop.json"
    if not (is_shop_name(name) and path.is_file()):
        known = ", ".join(one.name for one in shops()) or "none yet"
        raise UnknownShop(f"no shop named {name!r}; there are: {known}")
    return _read(path)


def is_shop_name(name: str) -> bool:
    """Whether a shop may be called that: it becomes a folder, a database and an argument."""
    return _NAME.fullmatch(name) is not None


def current_shop_name() -> str:
    """The shop this process works for: GOEN_SHOP, else the demo."""
    return os.environ.get("GOEN_SHOP") or DEMO


def current_shop() -> Shop:
    """The same as a record; the demo answers even before `goen up` has registered it."""
    name = current_shop_name()
    try:
        return shop(name)
    except UnknownShop:
        if name == DEMO:
            return DEMO_SHOP
        raise


def add_shop(
    *,
    name: str,
    title: Mapping[str, str],
    kind: str,
    currency: str = "JPY",
    locale: str = "ja",
    timezone: str = "Asia/Tokyo",
    loader: tuple[str, ...] = (),
    first_port: int = FIRST_PORT,
) -> Shop:
    """Register a shop at the next free port. A shop already there is returned as it stands."""
    if not is_shop_name(name):
        raise ValueError(f"a shop is named with a-z, 0-9 and '-', a letter first: {name!r}")
    with _registry_lock():
        path = shop_dir(name) / "shop.json"
        if path.is_file():
            return _read(path)
        port = next_free_port(first=first_port, but_not={one.port for one in shops()})
        new = Shop(name, dict(title), kind, port, currency, locale, timezone, tuple(loader))
        write_json(path, asdict(new))
        return new


def change_shop(
    *,
    name: str,
    title: Mapping[str, str] | None = None,
    port: int | None = None,
    currency: str | None = None,
    loader: tuple[str, ...] | None = None,
) -> Shop:
    """Give a shop another title, port, currency or loader; what is not given stays."""
    with _registry_lock():
        old = shop(name)
        new = replace(
            old,
            title=dict(title or old.title),
            port=old.port if port is None else port,
            currency=currency or old.currency,
            loader=old.loader if loader is None else tuple(loader),
        )
        write_json(shop_dir(name) / "shop.json", asdict(new))
        return new


def loaded_marker(name: str) -> Path:
    """Exists once the shop's loader has finished; then it is never started again."""
    return shop_dir(name) / "loaded"


def own_secret(name: str) -> Path:
    """The secret that a shop brought along from where it was made; most shops have none."""
    return home() / "shops" / name / "secret"


def secret_key() -> str:
    """What the current shop seals with: the secret it came with, else this installation's.

    An installation's is made at first use. Both are readable by their owner alone.
    """
    brought = own_secret(current_shop_name())
    path = brought if brought.is_file() else home() / "secret"
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def next_free_port(*, first: int, but_not: set[int]) -> int:
    """The first port from `first` that no shop owns and that nobody listens on."""
    for port in range(first, 65_536):
        if port not in but_not and port_is_free(port):
            return port
    raise OSError(f"no free port from {first} up")


def port_is_free(port: int) -> bool:
    """Whether a server of ours could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def write_json(path: Path, content: object) -> None:
    """Replace a file in one step; a crash leaves the old one or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(path: Path) -> Shop:
    fields = json.loads(path.read_text(encoding="utf-8"))
    return Shop(**{**fields, "loader": tuple(fields["loader"])})


def _private_dir(folder: Path) -> Path:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextlib.contextmanager
def _registry_lock() -> Iterator[None]:
    with (_private_dir(home() / "shops") / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
