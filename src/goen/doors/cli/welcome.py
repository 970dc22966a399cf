"""The last lines of `goen up`: addresses, logins, a first story, how to stop.

Promises: everything a person needs to start is on the screen at once; figures about time and disk
are measured, not promised.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from goen.doors.cli.steps import padded, tell, width
from goen.kit import home

_GB = 1_000_000_000


def print_welcome(*, took_s: float | None) -> None:
    """Print it all; `took_s` only after a first start."""
    shops = home.shops()
    print()
    if not shops:
        print(tell("まだ店がありません。読み込む: ", "No shop yet. Load one: "), end="")
        print("goen --shop NAME load sales FILE")
        return
    for shop in shops:
        print(f"  {padded(tell(shop.title['ja'], shop.title['en']), 16)} {shop.url}")
        _print_logins(shop)
        _print_first_invitation(shop)
    for shop in shops:
        _print_story(shop)
    if not any(shop.kind == "demo" for shop in shops):
        print(f"\n  {tell('販売データを読み込む: ', 'Load sales: ')}", end="")
        print("goen --shop NAME load sales FILE")
    if took_s is not None:
        _print_cost(took_s)
    goen = _short(Path(sys.executable).with_name("goen"))
    print(f"\n  {tell('状態', 'Status')}: {goen} status    {tell('停止', 'Stop')}: {goen} down")


def _welcome(shop: home.Shop) -> dict[str, Any]:
    path = home.shop_dir(shop.name) / "welcome.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _print_logins(shop: home.Shop) -> None:
    welcome = _welcome(shop)
    lines = []
    for login in welcome.get("logins", ()):
        role = login["role"]
        named = role if isinstance(role, str) else tell(role["ja"], role["en"])
        lines.append((named, f"{login['login']} / {login['password']}"))
    if welcome.get("api_key"):
        lines.append((tell("APIキー", "API key"), welcome["api_key"]))
    room = max((width(named) for named, _ in lines), default=0)
    for named, what in lines:
        print(f"    {padded(named, room)}  {what}")


def _print_first_invitation(shop: home.Shop) -> None:
    """While nobody of head office can sign in to a shop: the link that lets the first one in."""
    if shop.kind == "demo" or _welcome(shop).get("logins"):
        return
    goen = (sys.executable, "-m", "goen.doors.cli.main", "--shop", shop.name)
    made = subprocess.run(
        [*goen, "staff", "first"], check=False, capture_output=True, text=True, timeout=120
    )
    if made.returncode == 0 and made.stdout.strip():
        said = tell("最初のログイン（7日以内に1回）", "First sign-in (once, within 7 days)")
        print(f"    {said}\n    {made.stdout.strip()}")


def _print_story(shop: home.Shop) -> None:
    story = _welcome(shop).get("story")
    if story:
        link = story["url"]
        full = link if link.startswith("http") else shop.url.rstrip("/") + link
        print(f"\n  {tell('まず見る話: ', 'A first story: ')}{tell(story['ja'], story['en'])}")
        print(f"    {full}")


def _print_cost(took_s: float) -> None:
    environment = disk_bytes(Path(sys.prefix)) / _GB
    state = disk_bytes(home.home()) / _GB
    minutes = f"{took_s:.0f} s"
    print(
        "\n  "
        + tell(
            f"最初の画面まで {minutes}、ディスク {environment + state:.1f} GB"
            f"（環境 {environment:.1f}、データ {state:.1f}）",
            f"First page after {minutes}; {environment + state:.1f} GB of disk"
            f" (environment {environment:.1f}, data {state:.1f})",
        )
    )


def disk_bytes(folder: Path) -> int:
    """What a folder takes on the disk."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_blocks * 512  # noqa: PTH118  fast
            except OSError:
                continue
    return total


def _short(path: Path) -> str:
    """Relative to where the person is, when that is shorter."""
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)
