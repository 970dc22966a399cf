"""One gate per place between counting and everything that happens to goods there.

A count compares the book of an instant with the shelf, and what happened before that instant and
is heard of later is absorbed by the count. Nobody may stand in between: having looked for counts
before one was written, and moving goods after it. So whoever moves goods enters beside others
before looking, a count enters alone; everybody leaves at commit. Gates are entered in the order
of places, before anything in the ledger is locked; whatever is read in later statements is true.
"""

_CLASS = 20_571
"""Keeps our advisory locks apart from others'."""

BESIDE = f"pg_advisory_xact_lock_shared({_CLASS}, p.id::int)"
"""SQL for a column of a SELECT on `places_place p`, ordered by p.id."""

ALONE = f"pg_advisory_xact_lock({_CLASS}, p.id::int)"
