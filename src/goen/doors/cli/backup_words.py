"""What stands in the way of a backup, an export or a restore, in words."""

import subprocess
from collections.abc import Mapping

import psycopg

from goen.doors.cli.steps import tell
from goen.kit.backups import Unfit
from goen.kit.databases import NoProgram, NotWritten

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "not_writable": (
        "{folder} に書き込めません（{why}）。書き込めるフォルダを指定してください。",
        "{folder} cannot be written to ({why}). Name a folder that can.",
    ),
    "not_readable": (
        "控えのファイル {file} を読めません（{why}）。控えを取った利用者で実行してください。",
        "The backup's file {file} cannot be read ({why}). Run this as the user who took it.",
    ),
    "disk_full": (
        "{folder} の空きが足りません（空き {free}、必要 {wanted}）。"
        "空けるか、別の場所を指定してください。",
        "{folder} has too little room ({free} free, {wanted} needed). Make room or name"
        " another place.",
    ),
    "no_backup": (
        "{folder} は控えのフォルダではありません（manifest.json がありません）。",
        "{folder} is no backup: it has no manifest.json.",
    ),
    "damaged": (
        "控えのファイル {file} が、取った時と違います。"
        "別の控えを使ってください。何も変えていません。",
        "The backup's file {file} is not as it was written. Use another backup."
        " Nothing was changed.",
    ),
    "missing": (
        "控えのファイル {file} がありません。別の控えを使ってください。何も変えていません。",
        "The backup's file {file} is missing. Use another backup. Nothing was changed.",
    ),
    "too_new": (
        "この控えは新しい版（{version}）のものです。Goen を新しくしてから戻してください。",
        "This backup is of a newer version ({version}). Update Goen first, then restore.",
    ),
    "too_new_postgres": (
        "この控えは PostgreSQL {theirs} のものですが、ここは {ours} です。"
        "{theirs} 以降で戻してください。",
        "This backup is of PostgreSQL {theirs}, and {ours} runs here."
        " Restore on {theirs} or newer.",
    ),
    "shop_has_data": (
        "店「{shop}」にはデータがあります。入れ替えるには --force を付けてください"
        "（今のデータは別の名前で残ります）。別の店として戻すには --shop NAME を付けてください。",
        "The shop {shop} has data. Add --force to replace it (what is there now is kept under"
        " another name), or restore as another shop with --shop NAME.",
    ),
    "other_counts": (
        "戻した件数が目録と違います（{table}: 目録 {told}、実際 {found}）。何も変えていません。",
        "The restored counts differ from the manifest's ({table}: {told} told, {found} found)."
        " Nothing was changed.",
    ),
    "still_running": (
        "店「{shop}」のプログラムが止まりません。`goen down` のあとで、もう一度お試しください。",
        "The programs of the shop {shop} do not stop. Run `goen down`, then try again.",
    ),
    "not_empty": (
        "{folder} は空ではありません。空のフォルダを指定してください。",
        "{folder} is not empty. Name an empty folder.",
    ),
}
_SIZES = {"free", "wanted"}


def worded(problem: Exception) -> str:
    """The sentence for a problem, in the terminal's language."""
    if isinstance(problem, Unfit):
        about = {k: sized(v) if k in _SIZES else v for k, v in problem.about.items()}
        return tell(*(text.format(**about) for text in _SENTENCES[problem.code]))
    if isinstance(problem, NoProgram):
        program, major = problem.args
        return tell(
            f"{program} {major} 以降が見つかりません。"
            "PostgreSQL のクライアントを PATH に入れてください。",
            f"No {program} of version {major} or newer was found: put PostgreSQL's client on PATH.",
        )
    if isinstance(problem, NotWritten | psycopg.Error):
        said = tell("データベースのプログラムの答え", "The database's program said")
        return f"{said}:\n{problem}"
    assert isinstance(problem, (OSError, subprocess.SubprocessError))
    where = getattr(problem, "filename", None) or ""
    return f"{getattr(problem, 'strerror', None) or problem} {where}".strip()


def sized(count: object) -> str:
    """Bytes as people say them."""
    size = float(str(count))
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    raise AssertionError
