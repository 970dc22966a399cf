"""Reading who works here, for the pages of head office."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class StaffShown:
    """Somebody who works here. `state` is on, off, invited (link open), waiting (link over) or
    named (known by a file, without a login to use)."""

    id: int
    login: str
    code: str
    name: Mapping[str, str]
    role: str
    place_id: int | None
    mail: str
    state: str
    last_login: datetime | None
    authenticator: bool
    passkeys: int
    sessions: int


@dataclass(frozen=True, slots=True)
class StaffAsked:
    """What a list of staff is asked for. Empty fields ask nothing."""

    text: str = ""
    role: str = ""
    place_id: int | None = None
    state: str = ""


_STATE = """
CASE WHEN NOT s.is_active THEN 'off'
     WHEN s.password NOT LIKE '!%%' THEN 'on'
     WHEN EXISTS (SELECT 1 FROM places_invitation i WHERE i.staff_id = s.id AND i.used_at IS NULL
                  AND i.withdrawn_at IS NULL AND i.expires_at > %(at)s) THEN 'invited'
     WHEN EXISTS (SELECT 1 FROM places_invitation i WHERE i.staff_id = s.id) THEN 'waiting'
     ELSE 'named' END
"""
_SHOWN = f"""
SELECT s.id, s.login, s.code, s.name, s.role, s.place_id, s.mail, {_STATE} AS state, s.last_login,
       EXISTS (SELECT 1 FROM places_authenticator a
                WHERE a.staff_id = s.id AND a.confirmed_at IS NOT NULL),
       (SELECT count(*) FROM places_passkey p WHERE p.staff_id = s.id),
       (SELECT count(*) FROM places_session e WHERE e.staff_id = s.id AND e.ended_at IS NULL
           AND e.idle_until > %(at)s AND e.until > %(at)s)
  FROM places_staff s
"""
_WHERE = """
 WHERE (%(text)s = '' OR s.login ILIKE %(like)s OR s.code ILIKE %(like)s OR s.name::text ILIKE
        %(like)s OR s.mail ILIKE %(like)s)
   AND (%(role)s = '' OR s.role = %(role)s)
   AND (%(place)s::bigint IS NULL OR s.place_id = %(place)s)
"""


def page(
    tx: Tx, asked: StaffAsked, *, at: datetime, limit: int, start: int
) -> tuple[list[StaffShown], int]:
    """Those who fit, and how many there are of them. Without a state, who has no login is left
    out: head office looks for people who can come in."""
    which = "state = %(state)s" if asked.state else "state <> 'named'"
    slots = {
        "at": at, "text": asked.text, "like": f"%{_plain(asked.text)}%", "role": asked.role,
        "place": asked.place_id, "state": asked.state, "limit": limit, "start": start,
    }  # fmt: skip
    inner = f"SELECT * FROM ({_SHOWN}{_WHERE}) x WHERE {which}"
    rows = tx.rows(
        f"{inner} ORDER BY array_position(ARRAY['hq','marketer','store','operations','partner'],"
        " role), code LIMIT %(limit)s OFFSET %(start)s",
        slots,
    )
    total = tx.value(f"SELECT count(*) FROM ({inner}) y", slots)
    return [_shown(row) for row in rows], int(total)


def one(tx: Tx, staff_id: int, *, at: datetime) -> StaffShown | None:
    """One member of staff."""
    row = tx.row(f"{_SHOWN} WHERE s.id = %(id)s", {"at": at, "id": staff_id})
    return _shown(row) if row else None


def by_login(tx: Tx, login: str) -> int | None:
    """The member of staff with a login."""
    found = tx.value("SELECT id FROM places_staff WHERE login = %s", [login])
    return None if found is None else int(found)


def reached_by(tx: Tx, given: str, *, most: int = 5) -> list[int]:
    """Who signs in by a password and has this login or mail address, and an address to write to."""
    rows = tx.rows(
        """
        SELECT id FROM places_staff WHERE (login = %s OR lower(mail) = lower(%s)) AND mail <> ''
          AND is_active AND password NOT LIKE '!%%' ORDER BY id LIMIT %s
        """,
        [given, given, most],
    )
    return [row[0] for row in rows]


def language_of(tx: Tx, staff_id: int) -> str:
    """The language somebody chose to read; empty where they did not."""
    return str(tx.value("SELECT language FROM places_staff WHERE id = %s", [staff_id]) or "")


def someone_of_head_office(tx: Tx) -> bool:
    """Whether anybody of head office can sign in."""
    return (
        tx.value(
            "SELECT 1 FROM places_staff WHERE role = 'hq' AND is_active AND password NOT LIKE '!%%'"
            " LIMIT 1"
        )
        is not None
    )


def _shown(row: tuple[object, ...]) -> StaffShown:
    return StaffShown(*row)  # type: ignore[arg-type]


def _plain(text: str) -> str:
    """The text with nothing in it that LIKE would take for a sign of its own."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
