"""What is typed of a company, a place or a till: right, or refused before anything is written.

Promises: pure; the first thing that is wrong is named by its field. A registration number is T and
13 digits, of which the first checks the rest (National Tax Agency: 9 less the remainder of the
other twelve, weighted 1 and 2 from the right, divided by 9).
"""

import re
from collections.abc import Mapping

from stdnum.jp import cn

from goen.kit.refusals import Refusal

LONGEST = 200
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_PHONE = re.compile(r"\+?[0-9][0-9() -]{6,22}[0-9]")


def name(texts: Mapping[str, str]) -> Refusal | None:
    """A name in both languages."""
    for language in ("ja", "en"):
        text = texts.get(language, "").strip()
        if not text or len(text) > LONGEST:
            return Refusal("master_unnamed", f"name_{language}", {"most": LONGEST})
    return None


def code(text: str) -> Refusal | None:
    """A short code that stays for ever: files and tills know the place by it."""
    return None if _CODE.fullmatch(text) else Refusal("bad_code", "code", {"given": text})


def registration_no(text: str) -> Refusal | None:
    """The number on invoices; empty for a company that is not registered."""
    digits = text.removeprefix("T")
    if not text or (text.startswith("T") and len(digits) == 13 and cn.is_valid(digits)):
        return None
    return Refusal("bad_registration_no", "registration_no", {"given": text})


def phone(text: str) -> Refusal | None:
    """A telephone number as people write it; empty is none."""
    if not text or _PHONE.fullmatch(text):
        return None
    return Refusal("bad_phone", "phone", {"given": text})


def day_change_hour(text: str) -> int | Refusal:
    """The hour at which the business day turns: 0 to 11."""
    if text.isascii() and text.isdecimal() and int(text) <= 11:
        return int(text)
    return Refusal("bad_hour", "day_change_hour", {"least": 0, "most": 11})
