"""Django's sessions, kept in the shop's own table so that each can be seen and ended.

Promises: what `goen.places.sessions` promises; a session that has ended is never written again; an
answer that needs no session asks for none.
"""

from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.places import sessions


class SessionStore(SessionBase):
    """The session of one request."""

    def load(self) -> dict[str, Any]:
        at, t = clock.now(), Tx()  # one statement: it needs no transaction around it
        found = sessions.find(t, self.session_key or "", at=at)
        if found is None:
            self._session_key = None
            return {}
        if found.is_seen_long_ago:
            sessions.seen(t, found.id, at=at)
        return dict(found.data)

    def exists(self, session_key: str) -> bool:
        return sessions.exists(Tx(), session_key)

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        write = sessions.begin if must_create else sessions.keep
        with tx() as t:
            done = write(t, self.session_key, data, at=clock.now())
        if not done:
            raise CreateError if must_create else UpdateError

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            with tx() as t:
                sessions.leave(t, key, at=clock.now())

    @classmethod
    def clear_expired(cls) -> None:
        """Nothing: a new session clears the old ones away."""
