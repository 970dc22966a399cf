"""What every page of the console shows around its content."""

from typing import Any
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    return {}
