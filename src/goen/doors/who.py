"""Who is asking: the logged-in member of staff as the actor who writes or the viewer who reads.

Promises: nothing below a door asks for the current user; roles without a reason to know people by
name see masked names.
"""

from django.http import HttpRequest

from goen.kit.actors import Actor, Viewer

MASKED_ROLES = frozenset({"operations"})
"""They keep systems running and see people with masked names and contact data."""


def actor(request: HttpRequest) -> Actor:
    """The member of staff who causes a write."""
    staff = request.user
    assert staff.is_authenticated
    return Actor("staff", staff.code, staff.pk)


def viewer(request: HttpRequest, purpose: str = "service") -> Viewer:
    """The member of staff who looks at people, with the purpose they do it for."""
    staff = request.user
    assert staff.is_authenticated
    return Viewer(staff.code, staff.role, purpose, sees_names=staff.role not in MASKED_ROLES)
