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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
LANGUAGES = ("ja", "en")
THEMES = ("light", "dark")
WIDTHS = {1440: 900, 390: 844}
TALLEST = 4000
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


@dataclass(frozen=True)
class Stop:
    """A page to visit, or what the first link (`follow`) or button (`press`) on `path` leads to.

    `then` is a link on the page that was followed to.
    """

    name: str
    path: str
    follow: str = ""
    press: str = ""
    then: str = ""


ORDER = 'main tbody a[href^="/orders/"]'
MEASURE = 'main tbody th a[href^="/measures/"]'
STOPS = (
    Stop("home", "/"),
    Stop("customers", "/customers"),
    Stop("person", "/customers", 'main a[href^="/customers/"]'),
    Stop("products", "/products"),
    Stop("products-flagged", "/products?only=flagged"),
    Stop("nothing-found", "/products?q=zzzzzz"),
    Stop("who-bought", "/products?only=flagged", 'main tbody a[href^="/products/"]'),
    Stop(
        "who-bought-spared", "/products?only=spared&order=spend", 'main tbody a[href^="/products/"]'
    ),
    Stop("who-bought-year", "/products?window=12m", 'main tbody a[href^="/products/"]'),
    Stop("search", "/search?q=タカハシ"),
    Stop("orders", "/orders"),
    Stop("orders-all", "/orders?state=all"),
    Stop("orders-none", "/orders?q=zzzzzz"),
    Stop("order-open", "/orders?state=placed", ORDER),
    Stop("order-done", "/orders?state=done", ORDER),
    Stop("order-sale", "/orders?state=sale", ORDER),
    Stop("order-broken", "/orders?exception=1", ORDER),
    Stop("order-ship", "/orders?state=placed&method=ship", ORDER, then='main a[href$="/ship"]'),
    Stop("order-cancel", "/orders?state=placed", ORDER, then='main a[href$="/cancel"]'),
    Stop("order-reroute", "/orders?exception=1", ORDER, then='main a[href$="/re-route"]'),
    Stop("order-take-back", "/orders?state=done", ORDER, then='main a[href$="/take-back"]'),
    Stop("order-note", "/orders?state=done", ORDER, then='main a[href*="/papers/delivery/"]'),
    Stop("order-receipt", "/orders?state=done", ORDER, then='main a[href$="/papers/receipt"]'),
    Stop("order-exceptions", "/orders/exceptions"),
    Stop("order-mismatches", "/orders/mismatches"),
    Stop("order-flow", "/orders/flow?a=ec&b=store"),
    Stop("stock", "/stock"),
    Stop("stock-place", "/stock?place=shibuya&only=held"),
    Stop("stock-low", "/stock/low"),
    Stop("stock-item", "/stock", 'main tbody a[href^="/stock/"]'),
    Stop("stock-arrivals", "/stock/arrivals"),
    Stop("stock-arrival", "/stock/arrivals", 'main tbody a[href^="/stock/arrivals/"]'),
    Stop("stock-arrival-new", "/stock/arrivals/new?item=OK-0101&qty=6"),
    Stop("stock-transfers", "/stock/transfers"),
    Stop("stock-transfer", "/stock/transfers", 'main tbody a[href^="/stock/transfers/"]'),
    Stop("stock-transfer-new", "/stock/transfers/new?item=OK-0101&qty=6"),
    Stop("stock-counts", "/stock/counts"),
    Stop("stock-sheet", "/stock/counts/new?place=shibuya&category=tea"),
    Stop("stock-count", "/stock/counts", 'main tbody a[href^="/stock/counts/"]'),
    Stop("stock-holds", "/stock/holds"),
    Stop("stock-hold-new", "/stock/holds/new?item=OK-0101&qty=1"),
    Stop("stock-safety", "/stock/safety"),
    Stop("points", "/points"),
    Stop("points-rules", "/points/rules"),
    Stop("points-accounts", "/points/accounts"),
    Stop("points-account", "/points/accounts", 'main tbody a[href^="/points/accounts/"]'),
    Stop("coupons", "/coupons"),
    Stop("coupon-kind", "/coupons", 'main tbody a[href^="/coupons/kinds/"]'),
    Stop("coupon-kind-new", "/coupons/kinds/new"),
    Stop("coupons-issue", "/coupons/issue"),
    Stop("coupon-numbers", "/coupons/numbers"),
    Stop("coupon", "/coupons/numbers", 'main tbody a[href^="/coupons/numbers/"]'),
    Stop("measures", "/measures"),
    Stop("measures-none", "/measures?q=zzzzzz"),
    Stop("measure", "/measures?state=live", MEASURE),
    Stop("measure-draft", "/measures?state=draft", MEASURE),
    Stop("measure-history", "/measures?state=live", MEASURE, then='main a[href$="/history"]'),
    Stop("measure-result", "/measures?state=live", MEASURE, then='main a[href$="/result"]'),
    Stop("measure-edit", "/measures?state=live", MEASURE, then='main a[href$="/edit"]'),
    Stop("measure-new", "/measures/new"),
    Stop("measures-calendar", "/measures/calendar"),
    Stop("measures-calendar-products", "/measures/calendar?by=product"),
    Stop("axes", "/measures/axes"),
    Stop("axis", "/measures/axes", 'main tbody th a[href^="/measures/axes/"]'),
    Stop("findings", "/measures/findings"),
    Stop("findings-accepted", "/measures/findings?shown=accepted"),
    Stop("causes", "/measures/causes"),
    Stop("register", "/register/"),
    Stop("till", "/register/", press="main form[action='/register/where'] button"),
    Stop("returns", "/register/returns"),
    Stop("pickups", "/register/pickups"),
    Stop("pickup", "/register/pickups", "main tbody a"),
    Stop("loads", "/loads"),
    Stop("settings", "/settings"),
    Stop("consents", "/consents"),
    Stop("member-enter", "/m/enter"),
    Stop("member-card", "/m/enter", press="form[action='/m/enter/as-sample'] button"),
    Stop("member-history", "/m/history"),
    Stop("member-receipt", "/m/history", "main a[href^='/m/receipts/']"),
    Stop("member-consents", "/m/consents"),
    Stop("member-data", "/m/data"),
    Stop("metrics", "/metrics-help"),
    Stop("menu", "/menu"),
)


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
    tours: list[Tour] = []
    with empty_shop() as empty_url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM_ARGS)
        )
        for shop, address in (("full", url), ("empty", empty_url)):
            for language in LANGUAGES:
                foreign = Foreign.of(pairs, language)
                for theme in THEMES:
                    for width in WIDTHS:
                        tour = Tour(shop, address, language, theme, width, out, foreign)
                        tours.append(tour)
                        walk(browser, tour)
                        print(f"{tour.label}: {len(tour.pictures)} pages", flush=True)
        browser.close()
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


def walk(browser: Browser, tour: Tour) -> None:
    """Visit every page of a tour."""
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
    for stop in STOPS:
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
    response = page.goto(tour.url.rstrip("/") + path)
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
