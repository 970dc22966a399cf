"""What the simulated shop said to its people lately, why, and how they answered: known truth.

One measure is over and worked (so many of those it reached came once more, nobody of the others),
one goes on, one is a draft without its evidence, and two say different things of one tea: the
SNS one idea, the advertisement only another. Days are counted back from the last day. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from sim.masters import CREWS
from sim.miyabido import ZONE, World
from sim.papers import FLYER, POSTCARD, Paper
from sim.people import PASSES_BY, STORES, key_of
from sim.world import Sku

Good = tuple[str, int]
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/measures")


@dataclass(frozen=True, slots=True)
class Axis:
    """An appeal point. `goods` are its articles, as (department, position); none: any."""

    code: str
    name: Mapping[str, str]
    about: Mapping[str, str]
    goods: tuple[Good, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaks:
    """Where a measure speaks, with its appeal point and what it costs."""

    channel: str
    axis: str
    medium: str
    says: str
    cost_minor: int
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A measure: why, when (days before the last day), to whom, and what it does in truth.

    `comes` is the share of the people reached who come once more because of it. `written`,
    `launched`, `starts` and `ends` count back from the last day; a launch of None is a draft.
    With `birth_months` it is for those born in so many months from the launch on.
    """

    code: str
    title: str
    written: int
    launched: int | None
    starts: int
    ends: int
    channel: str
    conditions: tuple[Mapping[str, object], ...]
    reason: str
    evidence: str
    expected: str
    expected_minor: int
    speaks: tuple[Speaks, ...]
    goods: tuple[Good, ...] = ()
    control_share: float = 0.1
    window_days: int = 28
    birth_months: int = 0
    comes: float = 0.0
    learnt: str = ""
    coupon: str = ""
    """The code of the coupons' kind; `paper` where all copies have one number."""
    paper: Paper | None = None
    stores: tuple[str, ...] = STORES

    @property
    def off_minor(self) -> int:
        """What its coupon takes off, with tax."""
        return self.paper.off_minor if self.paper else COUPON_MINOR

    @property
    def from_minor(self) -> int:
        """What a sale must come to for the coupon."""
        return self.paper.least_minor if self.paper else COUPON_FROM_MINOR

    def scale(self, world: World) -> float:
        """How much more it costs, and brings, than in a shop of 2,000 people."""
        sent = self.channel in {"dm", "mail", "flyer"}
        return max(1.0, len(world.people) / 2_000) if sent else 1.0

    def for_whom(self, world: World) -> list[Mapping[str, object]]:
        """Its conditions, all of which hold for whoever it is for."""
        if not self.birth_months or self.launched is None:
            return list(self.conditions)
        first = (world.end - timedelta(days=self.launched)).month
        months = sorted((first + n - 1) % 12 + 1 for n in range(self.birth_months))
        return [*self.conditions, {"field": "birth_month", "in": months}]

    @property
    def uid(self) -> UUID:
        """The id of the measure."""
        return self.uid_of("measure")

    def uid_of(self, part: str) -> UUID:
        """The id of something that belongs to it."""
        return uuid5(_UIDS, f"{self.code}:{part}")


AXES = (
    Axis(
        "aroma",
        {"ja": "香りと産地", "en": "Aroma and origin"},
        {"ja": "産地の畑と火入れで生まれる香り。", "en": "What the field and the firing give."},
    ),
    Axis(
        "price",
        {"ja": "毎日飲める手頃さ", "en": "Everyday price"},
        {"ja": "一杯いくらで毎日飲めるか。", "en": "What a cup costs, every day."},
    ),
    Axis(
        "gift",
        {"ja": "贈りもの", "en": "A gift"},
        {"ja": "季節のごあいさつに選ばれる品。", "en": "Chosen for the season's greetings."},
    ),
    Axis(
        "birthday",
        {"ja": "あなたの月", "en": "Your month"},
        {"ja": "誕生月のお客様へのお礼。", "en": "Thanks in the month of a birthday."},
    ),
)
OPPOSED = (("aroma", "price"),)
COUPON = "birthday"
COUPON_MINOR, COUPON_FROM_MINOR = 300, 1_500

CARD = Plan(
    code="autumn-card",
    title="秋のお茶だより（はがき）",
    written=82, launched=77, starts=75, ends=62, channel="dm",
    conditions=({"field": "consent", "channel": "dm"}, {"field": "prefecture", "in": ["東京都"]}),
    reason="夏のあいだ来店の間隔が延びたお客様に、秋のお茶を思い出していただくため。",
    evidence="夏のあと来店が戻るのが遅い（両店の店長メモ）。はがきの案内は3年続けていない。",
    expected="はがきが届いた方の来店が増え、粗利がお一人あたり300円増える。",
    expected_minor=90_000,
    speaks=(Speaks("dm", "aroma", "はがき", "新茶とは違う、秋の香り。", 38_000),),
    control_share=0.3, comes=0.55,
    learnt="はがきは店舗の来店を増やした。次は送る先をしぼらず、渡す品を小さくして費用を下げる。",
)  # fmt: skip
BIRTHDAY = Plan(
    code="birthday-mail",
    title="誕生月のお礼メール",
    written=12, launched=10, starts=10, ends=-20, channel="mail",
    conditions=({"field": "consent", "channel": "mail"},),
    reason="誕生月にお礼を伝え、次の来店のきっかけにする。",
    evidence="会員の多くが1回きりで止まっている（分析 › F2）。メールのお礼は出していなかった。",
    expected="クーポンをきっかけに来店が増え、粗利がお一人あたり120円増える。",
    expected_minor=60_000,
    speaks=(Speaks("mail", "birthday", "みやび堂だより", "いつもありがとうございます。", 6_000),),
    goods=tuple(("okashi", n) for n in (4, 6, 7, 16, 17, 21)),
    birth_months=2, comes=0.25, coupon="birthday",
)  # fmt: skip
SNS = Plan(
    code="sencha-sns",
    title="煎茶の産地を伝える投稿",
    written=20, launched=16, starts=15, ends=-14, channel="sns", conditions=(),
    reason="煎茶は同じ方が続けて買う品で、産地を知った方ほど続いている。",
    evidence="産地を聞かれることが増えた（両店の接客メモ）。",
    expected="煎茶を初めて買う方が月に20人増える。",
    expected_minor=30_000,
    speaks=(Speaks("sns", "aroma", "公式アカウント", "霧の深い谷の一番茶です。", 0),),
    goods=(("tea", 0), ("tea", 1)),
)  # fmt: skip
ADVERT = Plan(
    code="sencha-ad",
    title="煎茶ティーバッグの検索広告",
    written=9, launched=6, starts=5, ends=-25, channel="ad", conditions=(),
    reason="検索から来る方は値段で比べているため、一杯あたりの値段を先に伝える。",
    evidence="オンラインストアの検索に「お得」「徳用」が増えた（運用担当の週報）。",
    expected="オンラインストアの新しい購入者が月に15人増える。",
    expected_minor=25_000,
    speaks=(Speaks("ad", "price", "検索広告", "一杯12円、毎日の煎茶。", 45_000),),
    goods=(("tea", 1),),
)  # fmt: skip
GIFT = Plan(
    code="year-end-gift",
    title="お歳暮のご案内",
    written=3, launched=None, starts=-4, ends=-30, channel="mail",
    conditions=({"field": "consent", "channel": "mail"},),
    reason="昨年お歳暮を贈った方に、今年も早めに選んでいただくため。",
    evidence="",
    expected="詰合せの注文が昨年より30件増える。",
    expected_minor=80_000,
    speaks=(Speaks("mail", "gift", "みやび堂だより", "今年のお礼を、早めに。", 8_000),),
    goods=(("tea", 14), ("okashi", 20)),
)  # fmt: skip
LEAFLET = Plan(
    code="autumn-flyer",
    title="元町・鎌倉の秋の折込チラシ",
    written=27, launched=22, starts=20, ends=-6, channel="flyer", conditions=(),
    reason="横浜元町店と鎌倉店を、近くにお住まいでもご存じない方に知っていただくため。",
    evidence="両店の会員は店のすぐ近くの方に偏っている。折込は2年ぶり。",
    expected="チラシの番号を使った会計で、両店の粗利がチラシの費用を上回る。",
    expected_minor=40_000,
    speaks=(
        Speaks("flyer", "gift", "新聞折込", "秋の手みやげ、そろいました。", 18_000, "motomachi"),
        Speaks("flyer", "gift", "新聞折込", "秋の手みやげ、そろいました。", 14_000, "kamakura"),
    ),
    coupon=FLYER.kind, paper=FLYER,
)  # fmt: skip
WINTER = Plan(
    code="winter-card",
    title="冬じたくのはがき",
    written=19, launched=16, starts=14, ends=-10, channel="dm",
    conditions=({"field": "consent", "channel": "dm"}, {"field": "prefecture", "in": ["神奈川県"]}),
    reason="秋のはがきは東京の方だけだった。神奈川の方にも冬の品をご案内する。",
    evidence="秋のお茶だより（はがき）の学び：はがきは店舗の来店を増やした。",
    expected="はがきの番号で来店が増え、粗利がお一人あたり100円増える。",
    expected_minor=20_000,
    speaks=(Speaks("dm", "gift", "はがき", "お鍋と、あたたかいお茶の季節です。", 15_000),),
    control_share=0.2, comes=0.18, coupon=POSTCARD.kind, paper=POSTCARD,
    stores=("motomachi", "kamakura"),
)  # fmt: skip
PLANS = (CARD, SNS, BIRTHDAY, ADVERT, GIFT, LEAFLET, WINTER)
ACCEPTED = (SNS, ADVERT)
"""The two that say different things of one tea; the shop accepted it for a while, and why:"""
ACCEPTED_WHY = "広告は初めての方、SNSはなじみの方に向けたもの。受け手が重ならないか月末に見直す。"
ACCEPTED_DAYS = 9
SOON_DAYS = 8
"""How long somebody who answers waits, on average."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that happened because of a measure: what was bought, and whether with its coupon."""

    uid: UUID
    source: str
    source_no: str
    key: str
    place_code: str
    channel_code: str
    staff_code: str | None
    at: datetime
    items: tuple[tuple[str, int, int], ...]
    with_coupon: bool
    off_minor: int = COUPON_MINOR

    @property
    def total_minor(self) -> int:
        """Before the coupon, tax included."""
        return sum(qty * price for _, qty, price in self.items)


def shelf(world: World, goods: Sequence[Good]) -> list[Sku]:
    """Articles by their place in the catalogue."""
    departments: dict[str, list[Sku]] = {}
    for sku in world.skus:
        departments.setdefault(sku.category_code, []).append(sku)
    return [departments[department][n] for department, n in goods]


def answers(world: World, plan: Plan, reached: Sequence[tuple[str, str]]) -> Iterator[Visit]:
    """Who of those reached, as (source, key), came once more because of it, and what they bought.

    Actors of the stories do not answer, and nobody does outside the days of the world.
    """
    actors = {key_of(n, person) for person in range(world.cast.size) for n in range(2)}
    for source, key in reached:
        rng = Random(f"{world.seed}:{plan.code}:{key}")
        if key in actors or rng.random() >= plan.comes:
            continue
        span = plan.starts - plan.ends + plan.window_days - 2
        days = int(rng.expovariate(1 / SOON_DAYS)) % span
        at = _moment(world, rng, plan.starts - 1 - days)
        if not world.start < at.date() <= world.end:
            continue
        yield _visit(world, plan, rng, source, key, at)


def _visit(world: World, plan: Plan, rng: Random, source: str, key: str, at: datetime) -> Visit:
    online = source == "ec"
    eatable = [sku for sku in world.on_sale(at.date()) if sku.category_code in {"tea", "okashi"}]
    chosen = rng.sample(eatable, rng.choice((2, 2, 3, 4)))
    items = tuple((sku.code, rng.choice((1, 1, 2)), _price(sku, at)) for sku in chosen)
    near = dict(zip(STORES, PASSES_BY, strict=True))
    weights = [near[store] for store in plan.stores]
    place = "web" if online else rng.choices(plan.stores, weights)[0]
    total = sum(qty * price for _, qty, price in items)
    return Visit(
        uid=plan.uid_of(f"visit:{key}"),
        source=source,
        source_no=f"{plan.code}-{key}",
        key=key,
        place_code=place,
        channel_code="ec" if online else "store",
        staff_code=None if online else rng.choice(CREWS[place]),
        at=at,
        items=items,
        with_coupon=bool(plan.coupon) and total >= plan.from_minor,
        off_minor=plan.off_minor,
    )


def _moment(world: World, rng: Random, days_ago: int) -> datetime:
    day = world.end - timedelta(days=days_ago)
    return datetime.combine(day, time(rng.randint(10, 18), rng.randint(0, 59)), ZONE)


def _price(sku: Sku, at: datetime) -> int:
    return [dated.value for dated in sku.prices if dated.valid_from <= at.date()][-1]
