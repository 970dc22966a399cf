"""How long work looks in a terminal: named steps with a bar, plain lines where there is no tty.

Promises: nothing but the standard library and Python's own modules (the installer uses this before
anything is installed); a step says its name at once and its time at the end; without a terminal a
long step still says something every fifteen seconds.
"""

import os
import shutil
import sys
import time
import unicodedata
from types import TracebackType

_BAR = 24
_LABEL = 26
_SAYS_SOMETHING_EVERY_S = 15


def tell(ja: str, en: str) -> str:
    """The sentence in the terminal's language: Japanese when the locale is."""
    spoken = next((os.environ[key] for key in ("LC_ALL", "LANG") if os.environ.get(key)), "")
    return ja if spoken.startswith("ja") else en


class Step:
    """One named step: `with Step("Packages", total=49) as step: step.advance(12)`."""

    def __init__(self, label: str, *, total: int | None = None) -> None:
        self.label = label
        self.total = total
        self.done = 0
        self.note = ""
        self._live = sys.stdout.isatty()
        self._since = self._said = time.monotonic()

    def __enter__(self) -> "Step":
        if self._live:
            self._draw()
        else:
            print(f"  {self.label} …", flush=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        took = f"{time.monotonic() - self._since:.1f} s"
        if kind is None:
            outcome = " · ".join(part for part in (took, self.note) if part)
        else:
            outcome = tell(f"失敗（{took}）", f"failed after {took}")
        if self._live:
            mark = "✓" if kind is None else "✗"
            print(f"\r\x1b[2K  {mark} {padded(self.label)} {outcome}", flush=True)
        else:
            print(f"  {self.label}: {outcome}", flush=True)

    def advance(self, done: int, total: int | None = None, note: str = "") -> None:
        """So many are done; `note` is a few words on what is happening."""
        self.done, self.total = done, total if total is not None else self.total
        self.note = note
        self.tick()

    def tick(self) -> None:
        """Nothing new, but still alive."""
        now = time.monotonic()
        if self._live:
            self._draw()
        elif now - self._said > _SAYS_SOMETHING_EVERY_S:
            self._said = now
            share = f"{self.percent} %" if self.percent is not None else ""
            took = f"{now - self._since:.0f} s"
            print("   ", *filter(None, (self.label, share, took, self.note)), flush=True)

    @property
    def percent(self) -> int | None:
        """Whole percent, where the total is known."""
        return min(100, self.done * 100 // self.total) if self.total else None

    def _draw(self) -> None:
        took = f"{time.monotonic() - self._since:4.0f} s"
        if self.percent is None:
            bar = " " * _BAR + "     "
        else:
            full = self.percent * _BAR // 100
            bar = "━" * full + "╌" * (_BAR - full) + f" {self.percent:3d}%"
        room = shutil.get_terminal_size().columns - _LABEL - _BAR - 18
        note = self.note[: max(0, room // 2 if not self.note.isascii() else room)]
        print(f"\r\x1b[2K    {padded(self.label)} {bar} {took} {note}", end="", flush=True)


def width(text: str) -> int:
    """The columns a text takes; a full-width character takes two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def padded(text: str, room: int = _LABEL) -> str:
    """Fill up with blanks."""
    return text + " " * max(0, room - width(text))
