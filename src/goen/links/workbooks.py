"""How big a workbook is inside, found out by a process that may die of it.

A few bytes can say that a sheet has seventeen thousand million cells; whoever opens it asks for
that much memory and is ended by the system. So a program of its own opens it first, with a limit.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from goen.kit.refusals import Refusal

MOST_CELLS = 20_000_000
"""Of one sheet, from its first cell to its last: a full one of Excel's with nineteen columns."""
_MEMORY = 2 << 30
_WITHIN_S = 120
_LOOK = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from python_calamine import CalamineError, CalamineWorkbook
try:
    with CalamineWorkbook.from_path(sys.argv[1]) as book:
        found = {}
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            found[name] = [sheet.total_height, sheet.total_width]
    print(json.dumps({"sheets": found}))
except CalamineError as error:
    print(json.dumps({"why": str(error)[:200]}))
"""


def heights(path: Path) -> Mapping[str, int] | Refusal:
    """The rows of each sheet, from the first of all; refuses what cannot be opened unharmed."""
    command = [sys.executable, "-c", _LOOK, str(path), str(_MEMORY)]
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_WITHIN_S
        )
    except subprocess.TimeoutExpired:
        return Refusal("file_swells", "file")
    if done.returncode != 0:
        return Refusal("file_swells", "file")
    answer = json.loads(done.stdout)
    if "why" in answer:
        return Refusal("file_unreadable", "file", {"why": answer["why"]})
    sheets: dict[str, list[int]] = answer["sheets"]
    if any(height * width > MOST_CELLS for height, width in sheets.values()):
        return Refusal("file_swells", "file")
    return {name: height for name, (height, _) in sheets.items()}
