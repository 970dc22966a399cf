"""A new password as it is typed, twice."""

from django.http import HttpRequest

from goen.kit.refusals import Refusal


def typed_twice(request: HttpRequest) -> str | Refusal:
    """The password, if both fields hold the same."""
    password = request.POST.get("password", "")[:1000]
    if password != request.POST.get("again", "")[:1000]:
        return Refusal("passwords_differ", "again")
    return password
