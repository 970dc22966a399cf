"""Pictures of every page, and what is wrong with them: `make shots`.

Visits every page in Japanese and English, light and dark, wide and narrow, in the running demo
shop and in an empty one made for the occasion. Writes one picture each and all of them on one
sheet. Ends with 1 when a page logs an error or breaks the content policy, scrolls sideways, shows
words of the other language, or has a serious accessibility finding.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Error, Page, sync_playwright
from stops import STOPS, Stop

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
LANGUAGES = ("ja", "en")
THEMES = ("light", "dark")
WIDTHS = {1440: 900, 390: 844}
TALLEST = 4000
AT_ONCE = 2
"""Tours that are walked beside each other."""
CHROMIUM_ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
EMPTY_STAFF = """
import os, django
django.setup()
from django.core.management import call_command
from goen.kit import clock
from goen.kit.actors import SYSTEM
from goen.kit.db import tx
from goen.places import masters
call_command("migrate", verbosity=0)
with tx() as t:
    new = masters.NewStaff("hq", "hq", {"ja": "佐藤 由紀", "en": "Yuki Sato"}, "hq")
    masters.put_staff(t, new, actor=SYSTEM, recorded_at=clock.now())
"""


@dataclass
class Tour:
    """One walk through all pages of a shop in one language, theme and width."""

    shop: str
    url: str
    language: str
    theme: str
    width: int
    out: Path
    foreign: "Foreign"
    stops: list[Stop]
    faults: list[str] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"{self.shop}-{self.language}-{self.theme}-{self.width}"


def main() -> int:
    """Walk, report, end with 0 when nothing is wrong."""
    asked = _arguments()
    out = Path(asked.out)
    out.mkdir(parents=True, exist_ok=True)
    url = asked.url or running_url()
    pairs = collect_pairs(ROOT / "src" / "goen" / "doors")
    stops = [stop for stop in STOPS if re.search(asked.only, stop.name)]
    with empty_shop() as empty_url, ProcessPoolExecutor(AT_ONCE) as walkers:
        tours = [
            Tour(shop, address, language, theme, width, out, Foreign.of(pairs, language), stops)
            for shop, address in (("full", url), ("empty", empty_url))
            for language in LANGUAGES
            for theme in THEMES
            for width in WIDTHS
        ]
        for at, walked in enumerate(walkers.map(walk, tours)):
            tours[at] = walked
            print(f"{walked.label}: {len(walked.pictures)} pages", flush=True)
    sheet(tours, out / "sheet.png")
    if asked.readme:
        for_readme(out)
    faults = [fault for tour in tours for fault in tour.faults]
    for fault in dict.fromkeys(faults):
        print(f"FAULT {fault}")
    pages = sum(len(tour.pictures) for tour in tours)
    print(f"{pages} pictures, {len(faults)} faults: {out / 'sheet.png'}")
    return 1 if faults else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="the demo shop's address; found by `goen status` otherwise")
    parser.add_argument("--out", default=str(ROOT / "shots"))
    parser.add_argument("--only", default="", help="pages whose names fit this expression")
    parser.add_argument("--readme", action="store_true", help="renew the README's pictures")
    return parser.parse_args()


def running_url() -> str:
    """The demo shop's address; started only when none answers."""
    for attempt in range(2):
        seen = subprocess.run(
            [BIN / "goen", "status", "--json"], capture_output=True, text=True, check=False
        )
        if seen.returncode == 0:
            return str(json.loads(seen.stdout)["url"])
        if attempt == 0:
            subprocess.run([BIN / "goen", "up"], check=True)
    raise SystemExit("no shop answers; try `make up`")


@contextlib.contextmanager
def empty_shop() -> Iterator[str]:
    """A fresh shop with one member of staff and nothing else, gone again afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="goen-shots-"))
    folder.chmod(0o711)
    port = _free_port()
    environment = os.environ | {
        "GOEN_HOME": str(folder / "home"),
        "GOEN_SHOP": "demo",
        "DJANGO_SETTINGS_MODULE": "goen.doors.settings",
    }
    environment.pop("DATABASE_URL", None)
    python = BIN / "python"
    start = "from goen.kit import postgres as p; p.ensure_running(); p.ensure_database('demo')"
    stop = "from goen.kit import postgres as p; p.stop()"
    server: subprocess.Popen[bytes] | None = None
    try:
        subprocess.run([python, "-c", start], env=environment, check=True)
        subprocess.run([python, "-c", EMPTY_STAFF], env=environment, check=True)
        command = [BIN / "granian", "--interface", "wsgi", "--port", str(port)]
        command += ["--blocking-threads", "2", "--no-ws", "goen.doors.web:application"]
        server = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        url = f"http://127.0.0.1:{port}/"
        _wait_for(url)
        yield url
    finally:
        if server is not None:
            server.terminate()
            server.wait(10)
        subprocess.run([python, "-c", stop], env=environment, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, patience_s: float = 30) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}healthz", timeout=2):
            return
        time.sleep(0.3)
    raise SystemExit("the empty shop did not start")


def walk(tour: Tour) -> Tour:
    """Visit every page of a tour, in a browser of its own; answers it with what was seen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM_ARGS)
        )
        _visit(browser, tour)
        browser.close()
    return tour


def _visit(browser: Browser, tour: Tour) -> None:
    context = browser.new_context(
        viewport={"width": tour.width, "height": WIDTHS[tour.width]},
        color_scheme=tour.theme,
        locale="ja-JP" if tour.language == "ja" else "en-GB",
        timezone_id="Asia/Tokyo",
    )
    for name, value in (("goen_language", tour.language), ("goen_theme", tour.theme)):
        context.add_cookies([{"name": name, "value": value, "url": tour.url}])
    page = context.new_page()
    where = {"name": "login"}

    def hear(kind: str, text: str) -> None:
        tour.faults.append(f"{tour.label} {where['name']}: {kind}: {text[:300]}")

    page.on("console", lambda m: m.type in {"error", "warning"} and hear(m.type, m.text))
    page.on("pageerror", lambda error: hear("script", str(error)))
    page.goto(f"{tour.url}login")
    look(page, tour, "login")
    page.click("form[action='/login/as'] button[value=hq]")
    for stop in tour.stops:
        where["name"] = stop.name
        if arrive(page, tour, stop):
            look(page, tour, stop.name)
    context.close()


def arrive(page: Page, tour: Tour, stop: Stop) -> bool:
    """Open a page; a followed link that an empty shop does not have is no page."""
    if not _answers(page, tour, stop, stop.path):
        return False
    if not (stop.follow or stop.press):
        return True
    link = page.locator(stop.follow or stop.press).first
    if link.count() == 0:
        if tour.shop == "full":
            tour.faults.append(f"{tour.label} {stop.name}: nothing to follow on {stop.path}")
        return False
    if stop.press:
        link.click()
        page.wait_for_load_state()
        return True
    arrived = _answers(page, tour, stop, str(link.get_attribute("href")))
    return _goes_on(page, tour, stop) if arrived and stop.then else arrived


def _goes_on(page: Page, tour: Tour, stop: Stop) -> bool:
    """The second link, on the page that was followed to."""
    link = page.locator(stop.then).first
    if link.count() == 0:
        tour.faults.append(f"{tour.label} {stop.name}: nothing to follow to")
        return False
    return _answers(page, tour, stop, str(link.get_attribute("href")))


def _answers(page: Page, tour: Tour, stop: Stop, path: str) -> bool:
    try:
        response = page.goto(tour.url.rstrip("/") + path)
    except Error as error:
        tour.faults.append(f"{tour.label} {stop.name}: {path}: {error.message[:200]}")
        return False
    if response is not None and response.status < 400:
        return True
    tour.faults.append(f"{tour.label} {stop.name}: {path} answered {response and response.status}")
    return False


def look(page: Page, tour: Tour, name: str) -> None:
    """Check one page and take its picture."""
    page.wait_for_timeout(150)
    wide = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    if wide[0] > wide[1]:
        tour.faults.append(f"{tour.label} {name}: scrolls sideways, {wide[0]} > {wide[1]}")
    for words in tour.foreign.found_in(texts_of(page)):
        tour.faults.append(f"{tour.label} {name}: words of the other language: {words!r}")
    for finding in Axe().run(page).response["violations"]:
        if finding["impact"] in {"serious", "critical"}:
            where = "; ".join(str(node["target"]) for node in finding["nodes"][:3])
            tour.faults.append(f"{tour.label} {name}: axe {finding['id']} at {where}")
    tall = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": tour.width, "height": max(tall, WIDTHS[tour.width])})
    path = tour.out / f"{tour.label}-{name}.png"
    page.screenshot(path=path)
    page.set_viewport_size({"width": tour.width, "height": WIDTHS[tour.width]})
    tour.pictures.append(path)


TEXTS = """
() => {
  const texts = [];
  const own = document.documentElement.lang;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (holder.closest("script,style") || holder.closest("[lang]").lang !== own) continue;
    texts.push(walker.currentNode.data);
  }
  for (const el of document.querySelectorAll("[aria-label],[placeholder],[title]"))
    for (const name of ["aria-label", "placeholder", "title"])
      if (el.hasAttribute(name)) texts.push(el.getAttribute(name));
  texts.push(document.title);
  return texts.map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}
"""


def texts_of(page: Page) -> list[str]:
    """What a page says in its own language: texts, and names for screen readers."""
    return list(page.evaluate(TEXTS))


_STRING = r'"((?:[^"\\]|\\.)*)"'
_IN_TEMPLATE = re.compile(r"\{%\s*say\s+" + _STRING + r"\s+" + _STRING)
_IN_PYTHON = re.compile(r"\b(?:say|Said)\(\s*" + _STRING + r"\s*,\s*" + _STRING)
_TAGS = re.compile(r"<[^>]*>")
_SLOT = re.compile(r"\{[^}]*\}")


def collect_pairs(folder: Path) -> list[tuple[str, str]]:
    """Every sentence the doors say, in both languages."""
    pairs = []
    for pattern, ending in ((_IN_TEMPLATE, "html"), (_IN_PYTHON, "py")):
        for path in sorted(folder.rglob(f"*.{ending}")):
            pairs += pattern.findall(path.read_text(encoding="utf-8"))
    return pairs


@dataclass(frozen=True)
class Foreign:
    """Words that must not stand on a page of one language."""

    whole: frozenset[str]
    parts: tuple[str, ...]

    @classmethod
    def of(cls, pairs: list[tuple[str, str]], language: str) -> "Foreign":
        own = 0 if language == "ja" else 1
        mine = {_bare(pair[own]) for pair in pairs}
        others = {_bare(pair[1 - own]) for pair in pairs} - mine
        least = 12 if language == "ja" else 6
        parts = {
            part.strip()
            for text in others
            for part in _SLOT.split(text)
            if len(part.strip()) >= least and not any(part.strip() in own_ for own_ in mine)
        }
        whole = {text for text in others if "{" not in text and len(text) >= 2}
        return cls(frozenset(whole), tuple(sorted(parts)))

    def found_in(self, texts: list[str]) -> list[str]:
        """The foreign words among a page's texts."""
        together = "\n".join(texts)
        found = [text for text in texts if text in self.whole]
        return list(dict.fromkeys(found + [part for part in self.parts if part in together]))


def _bare(text: str) -> str:
    return _TAGS.sub("", text).replace('\\"', '"').strip()


def sheet(tours: list[Tour], path: Path) -> None:
    """All pictures on one sheet: a row per tour, a column per page."""
    columns = ["login", *(stop.name for stop in STOPS)]
    cell = {1440: (300, 330), 390: (120, 330)}
    rows = [tour for tour in tours if tour.pictures]
    width = 20 + max(cell[tour.width][0] + 8 for tour in rows) * len(columns)
    height = sum(cell[tour.width][1] + 26 for tour in rows) + 20
    canvas = Image.new("RGB", (width, height), "#888888")
    pen = ImageDraw.Draw(canvas)
    y = 10
    for tour in rows:
        pen.text((10, y), tour.label, fill="white")
        step = cell[tour.width][0] + 8
        for picture in tour.pictures:
            name = picture.stem.removeprefix(f"{tour.label}-")
            canvas.paste(
                _thumb(picture, cell[tour.width]), (10 + columns.index(name) * step, y + 14)
            )
        y += cell[tour.width][1] + 26
    canvas.save(path)


def for_readme(out: Path) -> None:
    """The two pictures of the README: who bought it, in few colours so that they stay small."""
    for language, name in (("en", "who-bought.png"), ("ja", "who-bought.ja.png")):
        with Image.open(out / f"full-{language}-light-1440-who-bought.png") as image:
            few = image.convert("RGB").quantize(200, dither=Image.Dither.NONE)
            few.save(ROOT / "docs" / "images" / name, optimize=True)


def _thumb(picture: Path, size: tuple[int, int]) -> Any:
    with Image.open(picture) as image:
        small = image.convert("RGB")
        small.thumbnail((size[0], 100_000))
        return small.crop((0, 0, size[0], min(size[1], small.height)))


if __name__ == "__main__":
    sys.exit(main())
