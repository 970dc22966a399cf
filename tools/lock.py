"""Pin every dependency with its hashes, for every system: writes requirements/*.lock.

Uses a pinned uv in an environment that is thrown away afterwards.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

UV = "uv==0.13.9"
FOLDER = Path(__file__).resolve().parents[1] / "requirements"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", UV], check=True)
        for group in ("run", "data", "test"):
            print(f"requirements/{group}.lock")
            subprocess.run(
                [python, "-m", "uv", "pip", "compile", "--quiet", "--universal",
                 "--generate-hashes", "--python-version", "3.11", "--no-emit-index-url",
                 "--no-emit-find-links", "--custom-compile-command", "make lock",
                 # Data sets rest on what Goen runs on, which is pinned there.
                 *(["--no-deps"] if group == "data" else []),
                 f"{group}.in", "-o", f"{group}.lock"],
                cwd=FOLDER,
                check=True,
            )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
