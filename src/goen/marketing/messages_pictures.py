"""Pictures of mails: files of the shop's own, known by what is in them.

Promises: only PNG, JPEG, GIF and WebP, told by their first bytes, not by their name; the same
picture is kept once; a name leads to a picture or to nothing, never anywhere else.
"""

import hashlib
import re
from pathlib import Path

from goen.kit import home
from goen.kit.refusals import Refusal

LARGEST = 1_000_000
TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
_NAME = re.compile(r"[0-9a-f]{24}\.(png|jpg|gif|webp)")
_BEGINS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)


def keep(shop: str, content: bytes) -> str | Refusal:
    """Keep a picture; answers its name."""
    if len(content) > LARGEST:
        return Refusal("picture_too_large", "picture", {"most": LARGEST})
    kind = next((kind for begin, kind in _BEGINS if content.startswith(begin)), "")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        kind = "webp"
    if not kind:
        return Refusal("not_a_picture", "picture")
    name = f"{hashlib.sha256(content).hexdigest()[:24]}.{kind}"
    path = _folder(shop) / name
    if not path.is_file():
        draft = path.with_suffix(".new")
        draft.write_bytes(content)
        draft.replace(path)
    return name


def path_of(shop: str, name: str) -> Path | None:
    """Where a picture is; None for one that is not there."""
    if not _NAME.fullmatch(name):
        return None
    path = _folder(shop) / name
    return path if path.is_file() else None


def _folder(shop: str) -> Path:
    folder = home.shop_dir(shop) / "mail" / "pictures"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
