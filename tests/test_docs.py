"""The words of the repository are true of its code."""

import importlib
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import pytest
from django.test import Client

from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.doors.api.routes import ROUTES
from goen.doors.cli.main import COMMANDS, main
from goen.insight import answers
from goen.insight.registry import METRICS
from goen.kit import clock, keys
from goen.kit.db import Tx
from goen.kit.settings import DECLARED
from sim import miyabido, opening
from tests import world

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
REQUIREMENT = re.compile(r"\b[RGPLJ]-\d{2,3}[a-z]?\b(?![\"'])")  # in words, not as a value
CARD = "2178551269424"  # the member in the API's example


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def headings(name: str) -> set[str]:
    return set(re.findall(r"^#+ (.+)$", text_of(name), re.MULTILINE))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def pages() -> list[Path]:
    return [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]


# what is made from the code


@pytest.mark.parametrize("tool", ["dictionary", "cli_reference", "definitions", "api_reference"])
def test_generated_pages_are_current(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, f"tools/{tool}.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_command_has_its_heading() -> None:
    assert {f"goen {name}" for name in commands()} <= headings("docs/cli.md")


def test_every_setting_and_metric_has_its_heading() -> None:
    assert set(DECLARED) <= headings("docs/settings.md")
    assert set(METRICS) <= headings("docs/metrics.md")


def test_views_have_the_columns_the_dictionary_names(tx_db: None) -> None:
    views = tomllib.loads(text_of("tools/meanings.toml"))["views"]
    found: dict[str, list[str]] = {}
    for view, column in Tx().rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_name LIKE 'report\\_%%' ORDER BY table_name, ordinal_position"
    ):
        found.setdefault(view, []).append(column)
    assert found == {name: view["columns"] for name, view in views.items()}


def commands() -> Iterator[str]:
    """Every command in full, such as `insight ltv`."""
    for name in COMMANDS:
        command = loaded(name)
        if isinstance(command, click.Group):
            yield from (f"{name} {below}" for below in command.commands)
        else:
            yield name


def loaded(name: str) -> click.Command:
    module, _, function = COMMANDS[name].target.partition(":")
    command: click.Command = getattr(importlib.import_module(module), function)
    return command


# the API


def test_every_api_route_has_its_heading() -> None:
    """And nothing else has one."""
    told = {heading for heading in headings("docs/api.md") if heading.startswith(METHODS)}
    assert told == {f"{route.method} {route.path}" for route in ROUTES} | {
        "GET /healthz",
        "GET /metrics",
    }


METHODS = ("GET ", "POST ", "DELETE ")


def example(heading: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first two blocks of JSON below a heading: what is sent, and the answer."""
    section = text_of("docs/api.md").split(f"## {heading}\n", 1)[1]
    sent, answer, *_ = re.findall(r"```json\n(.+?)```", section, re.DOTALL)
    return json.loads(sent), json.loads(answer)


@pytest.fixture
def demo(tx_db: None) -> Client:
    """A simulated shop's masters and the member of the example, behind a key."""
    t, at = Tx(), clock.now()
    yesterday = (at.astimezone(miyabido.ZONE) - timedelta(days=1)).date()
    shop = miyabido.build(seed=1, count=100, months=1, end=yesterday)
    opening.put_masters(t, shop, recorded_at=at)
    member = NewRecord("pos", CARD, credentials=(NewCredential("card", CARD),))
    records.register(t, [member], actor=world.ACTOR, recorded_at=at)
    key = keys.issue(t, "docs", keys.SCOPES, actor=world.ACTOR, recorded_at=at)
    return Client(
        headers={"Authorization": f"Bearer {key}", "Accept-Language": "en", "Host": "127.0.0.1"}
    )


def post(client: Client, path: str, body: object) -> tuple[int, dict[str, Any]]:
    response = client.post(path, json.dumps(body), content_type="application/json")
    return response.status_code, response.json()


def test_the_sale_of_the_example_is_booked_once(demo: Client) -> None:
    sent, answer = example("POST /v1/sales")
    sent["occurred_at"] = datetime.now(UTC).isoformat()
    status, got = post(demo, "/v1/sales", sent)
    assert (status, {**got, "order": 1}) == (201, answer)
    status, again = post(demo, "/v1/sales", sent)
    assert (status, again) == (200, {**got, "repeated": True})
    status, both = post(
        demo, "/v1/sales", {"sales": [sent, {**sent, "uid": str(UUID(int=1)), "lines": []}]}
    )
    assert status == 200
    assert [one.get("code") for one in both["answers"]] == [None, "no_lines"]


def test_the_refusal_of_the_example_is_what_is_answered(demo: Client) -> None:
    sent, _ = example("POST /v1/sales")
    sent |= {"occurred_at": datetime.now(UTC).isoformat(), "expected_total_minor": 1200}
    section = text_of("docs/api.md").split("## When it is refused", 1)[1]
    told = json.loads(re.findall(r"```json\n(.+?)```", section, re.DOTALL)[0])
    assert post(demo, "/v1/sales", sent) == (409, told)


@pytest.mark.parametrize("what", ["skus", "records"])
def test_masters_of_the_example_are_put(demo: Client, what: str) -> None:
    sent, answer = example(f"POST /v1/{what}")
    status, got = post(demo, f"/v1/{what}", sent)
    assert status == 200, got
    assert without_ids(got) == without_ids(answer)
    assert post(demo, f"/v1/{what}", sent) == (200, got)


def without_ids(value: Any) -> Any:
    """The same with 0 for every number: ids differ from shop to shop."""
    if isinstance(value, dict):
        return {name: without_ids(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_ids(one) for one in value]
    return 0 if isinstance(value, int) else value


def test_every_field_and_refusal_of_the_api_is_told() -> None:
    told = set(re.findall(r"`([\w.]+)`", text_of("docs/api.md")))
    for kind in (answers.WhoBought, answers.Ltv):
        derived = [n for n in vars(kind) if isinstance(vars(kind)[n], property)]
        assert {*kind.__dataclass_fields__, *derived} <= told
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("orders", "doors/api")
        for path in (ROOT / "src/goen" / folder).glob("*.py")
    )
    assert set(re.findall(r'Refusal\(\s*"(\w+)"', code)) <= told


# the README


def readme_lines() -> list[str]:
    found = []
    for name in ("README.md", "README.ja.md"):
        found += [line.strip() for line in text_of(name).splitlines() if line.startswith("    ")]
    return found


def test_the_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    asked = {line.split()[1] for line in readme_lines() if line.startswith("make ")}
    assert {"up", "test", "status", "down"} <= asked <= targets
    said = re.findall(r"\.venv/bin/goen ([^)\n]+)", "\n".join(readme_lines()))
    assert len(said) >= 12
    for line in said:
        words = shlex.split(line)
        if words[0] == "--shop":
            words = words[2:]
        command: click.Command = loaded(words[0])
        while isinstance(command, click.Group):
            words = words[1:]
            command = command.commands[words[0]]
        command.make_context(words[0], words[1:], resilient_parsing=True)


def test_the_sale_in_the_readme_is_booked(demo: Client) -> None:
    for name in ("README.md", "README.ja.md"):
        said = text_of(name).split("<<END\n", 1)[1].split("    END", 1)[0]
        filled = re.sub(r"\$\(python3 .+?'\)", str(UUID(int=len(name))), said)
        filled = filled.replace("$(date -Iseconds)", datetime.now(UTC).isoformat())
        status, got = post(demo, "/v1/sales", json.loads(filled))
        assert (status, got["total_minor"]) == (201, 324)


def test_the_commands_open_the_help() -> None:
    context = click.Context(main)
    assert {"up", "down", "status", "load", "insight", "audit"} <= set(main.list_commands(context))


# requirements, words, links


def cited() -> dict[str, set[str]]:
    """Which test files cite which requirement."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "tests").rglob("*.py"):
        for one in REQUIREMENT.findall(path.read_text(encoding="utf-8")):
            found.setdefault(one, set()).add(str(path.relative_to(ROOT)))
    return found


def test_requirements_are_told_when_a_test_cites_them_and_only_then() -> None:
    rows = re.findall(r"^\| (\S+) \| .+ \| (.+) \|$", text_of("docs/requirements.md"), re.MULTILINE)
    told = {one: set(re.findall(r"`(.+?)`", files)) for one, files in rows if "-" in one[:-1]}
    told.pop("---", None)
    assert set(told) == set(cited())
    for one, files in told.items():
        assert files <= cited()[one], f"{one} is not cited in {files - cited()[one]}"


def test_every_word_of_the_glossary_is_in_the_code() -> None:
    for path in re.findall(r"^\| .+? \| .+? \| `(.+?)` \|", text_of("GLOSSARY.md"), re.MULTILINE):
        assert resolves(f"goen.{path}"), path


def resolves(path: str) -> bool:
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            found = getattr(found, name, None)
        return found is not None
    return False


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target.partition("#")[0]).exists()
    ]
    assert not broken


def test_files_named_in_the_architecture_exist() -> None:
    for name in re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", text_of("ARCHITECTURE.md")):
        assert (ROOT / "src/goen" / name).is_file(), name


def test_decisions_are_numbered_and_say_their_price() -> None:
    for page in (DOCS / "decisions").glob("*.md"):
        said = page.read_text(encoding="utf-8")
        assert re.match(rf"# 0*{int(page.name[:4])}[.:] ", said), page.name
        for part in ("Context", "Options", "Decision", "Price"):
            assert f"**{part}.**" in said or f"## {part}\n" in said, f"{page.name} lacks {part}"


def test_nothing_depends_on_one_machine() -> None:
    """No path of somebody's machine, no host that packages come from, nothing left undone."""
    parts = (("/wo", "rk/"), ("../sha", "red"), ("py", "pi.org"), ("python", "hosted.org"))
    parts += (("/tmp/br", "ief"), ("TO", "DO"), ("FIX", "ME"))
    unwanted = re.compile("|".join(re.escape(one + two) for one, two in parts))
    for path in tracked():
        if path.suffix in {".png", ".js"} or path == Path(__file__):
            continue
        found = unwanted.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{path.relative_to(ROOT)}: {found}"
