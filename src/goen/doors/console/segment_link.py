"""From any list or chart to the people behind it: as a segment, or as a draft of a measure.

Promises: an address says everything (it can be kept, sent and opened again) and nothing about
anybody; what arrives in it is parsed as strictly as what is typed in a form.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

Condition = Mapping[str, Any]
"""One condition, as the words of a segment: `{"field": "bought_sku", "sku_id": 7, …}`."""

LONGEST_FROM = 300
LONGEST_EVIDENCE = 1_000


def href(conditions: Condition | Sequence[Condition], *, made_from: str) -> str:
    """Where these people are shown as a segment not yet saved.

    `conditions` is `{"all": […]}` or the list within; `made_from` the address of the page one
    comes from, path and query.
    """
    return f"/segments/new?{urlencode({'c': compact(conditions), **_from(made_from)})}"


def measure_href(
    conditions: Condition | Sequence[Condition], *, made_from: str, evidence: str = ""
) -> str:
    """Where a measure for these people is drafted; `evidence` is the page's figures in words."""
    given = {"c": compact(conditions), **_from(made_from)}
    if evidence:
        given["evidence"] = evidence[:LONGEST_EVIDENCE]
    return f"/measures/new?{urlencode(given)}"


def compact(conditions: Condition | Sequence[Condition]) -> str:
    """Conditions as the shortest JSON, always the same for the same conditions."""
    whole = conditions if isinstance(conditions, Mapping) else {"all": list(conditions)}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _from(made_from: str) -> dict[str, str]:
    return {"made_from": made_from[:LONGEST_FROM]} if made_from else {}
