"""What can be asked of the analyst: a metric and its parameters, as one short text."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, urlencode

WINDOWS = ("4w", "12m", "all")


@dataclass(frozen=True)
class Question:
    """A metric and its parameters in a canonical form, so that equal questions are one."""

    metric: str
    params: str

    @staticmethod
    def parse(metric: str, params: str) -> "Question":
        """The question a stored text stands for."""
        if metric != "who_bought":
            return Question(metric, params)
        given = {name: values[0] for name, values in parse_qs(params).items()}
        return WhoBoughtQuestion(
            sku_id=int(given["sku"]),
            window=given["window"],
            first_on=date.fromisoformat(given["first"]) if "first" in given else None,
            last_on=date.fromisoformat(given["last"]) if "last" in given else None,
            place_id=int(given["place"]) if "place" in given else None,
        )


LTV_MODEL = Question("ltv_model", "")
"""Which model foretells what people are worth, and what it says of everybody."""
BACKTEST = Question("backtest", "")
EQUITY = Question("equity", "")


class LtvQuestion(Question):
    """Realised lifetime value of everybody."""

    def __init__(self) -> None:
        super().__init__("ltv", "")


@dataclass(frozen=True, init=False)
class WhoBoughtQuestion(Question):
    """Who bought one SKU, in a window or from a day to a day, in one place or everywhere."""

    sku_id: int
    window: str
    first_on: date | None
    last_on: date | None
    place_id: int | None

    def __init__(
        self,
        *,
        sku_id: int,
        window: str = "4w",
        first_on: date | None = None,
        last_on: date | None = None,
        place_id: int | None = None,
    ) -> None:
        named = {
            "sku": sku_id,
            "window": window,
            "first": first_on,
            "last": last_on,
            "place": place_id,
        }
        params = urlencode({name: value for name, value in named.items() if value is not None})
        super().__init__("who_bought", params)
        for name, value in (
            ("sku_id", sku_id),
            ("window", window),
            ("first_on", first_on),
            ("last_on", last_on),
            ("place_id", place_id),
        ):
            object.__setattr__(self, name, value)


# What the analyst computes for every state of the lake, without being asked.
RFM = Question("rfm", "")
DECILES = Question("deciles", "")
SECOND = Question("second_purchase", "")
SECOND_WINDOWS = (90, 180, 365)
"""Days within which a second purchase counts; a cohort younger than that is in progress."""
STORES = Question("stores", "")
PRESENTATION = Question("presentation", "")
LAPSING = Question("lapsing_items", "")
CONSIDERING = Question("considered", "")
CANDIDATES = Question("candidates", "")
