"""A refusal is an expected "no": a code, the field it concerns, and the values to explain it.

Verbs answer each request with its result or a `Refusal`; doors put it into words. Bugs are
assertions, never refusals.
"""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was not carried out. `field` is a path such as `lines[2].item`."""

    code: str
    field: str = ""
    detail: Mapping[str, object] = dataclasses.field(default_factory=dict)
