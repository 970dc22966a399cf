"""Every metric, defined once: name, formula, unit, version, owner and what to do with it.

Screens, the command line and the API show these words and compute by these definitions only.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One definition. `computed_in` is the function that holds the expression."""

    code: str
    version: int
    name: Mapping[str, str]
    unit: Mapping[str, str]
    formula: Mapping[str, str]
    help: Mapping[str, str]
    owner: Mapping[str, str]
    computed_in: str


_HQ = {"ja": "本部", "en": "Head office"}

METRICS: dict[str, Metric] = {
    "ltv_realised": Metric(
        "ltv_realised",
        1,
        {"ja": "顧客LTV（実績）", "en": "Customer lifetime value, realised"},
        {"ja": "円・お一人あたり", "en": "money per person"},
        {
            "ja": "わかる方の（税抜売上 − 原価）の合計 ÷ わかる方の人数。返品は差し引きます。",
            "en": "Σ (net sales − cost) of identified people ÷ identified people, net of returns.",
        },
        {
            "ja": "会員証などでどなたかわかる購入だけで計算します。識別率が低い間は、まず会員証の"
            "ご提示を増やすことが数字を確かにします。原価がない商品は、仮定の粗利率で補います。",
            "en": "Computed on purchases whose buyer is known. While the identified share is low,"
            " more card scans make the figure firmer. Goods without a cost use an assumed margin.",
        },
        _HQ,
        "goen.insight.ltv:summary",
    ),
    "who_bought": Metric(
        "who_bought",
        1,
        {"ja": "誰が買ったか", "en": "Who bought it"},
        {"ja": "点・人・%", "en": "units, people, %"},
        {
            "ja": "期間の販売点数を人ごとに分けます。最多の方の割合＝最も多く買った方の点数"
            " ÷ 全点数。実質人数＝1 ÷ Σ（わかる方の中での割合²）。",
            "en": "Units of the period by person. Top-1 share = the top buyer's units ÷ all units."
            " Effective buyers = 1 ÷ Σ (share among identified units)².",
        },
        {
            "ja": "売れ筋に見えても、お一人の買いだめかもしれません。発注は「最多の方を除いた数」で"
            "見直し、その方には用途をうかがってください。",
            "en": "A bestseller may be one person stocking up. Re-plan orders on the units without"
            " the top buyer, and ask that person what they use it for.",
        },
        _HQ,
        "goen.insight.who_bought:figures",
    ),
    "identified_share": Metric(
        "identified_share",
        1,
        {"ja": "識別率", "en": "Identified share"},
        {"ja": "%", "en": "%"},
        {
            "ja": "どなたの購入かわかる売上 ÷ すべての売上（金額）。",
            "en": "Sales whose buyer is known ÷ all sales, by amount.",
        },
        {
            "ja": "顧客の数字すべての確かさを決めます。"
            "不明な購入を新しい人として数えることはありません。",
            "en": "How firm every customer figure is."
            " An unknown purchase never counts as a person.",
        },
        _HQ,
        "goen.insight.ltv:shares",
    ),
    "cut_candidate": Metric(
        "cut_candidate",
        1,
        {"ja": "見直し候補", "en": "Cut candidate"},
        {"ja": "はい・いいえ", "en": "yes or no"},
        {
            "ja": "売れた商品のうち点数の下位10%。ただし、買った方のお店全体での購入額が"
            "商品の中央値を上回るものは残します。",
            "en": "Lowest tenth of sold products by units, unless what its buyers spend in the"
            " whole shop is above the median product's.",
        },
        {
            "ja": "点数だけで切ると、その商品を目当てに来る方ごと失うことがあります。",
            "en": "Cutting on units alone can lose the people who come for it.",
        },
        _HQ,
        "goen.insight.who_bought:judged",
    ),
}
