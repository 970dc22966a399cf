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
        2,
        {"ja": "顧客LTV（実績）", "en": "Customer lifetime value, realised"},
        {"ja": "円・お一人あたり", "en": "money per person"},
        {
            "ja": "わかる方の（税抜売上 − 原価 − ポイント払い）の合計 ÷ わかる方の人数。"
            "クーポンと値引きは売上から引いてあり、返品は差し引きます。",
            "en": "Σ (net sales − cost − paid with points) of identified people ÷ their number."
            " Coupons and discounts are off sales already; returns are taken off.",
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
    "ltv_expected": Metric(
        "ltv_expected",
        1,
        {"ja": "顧客LTV（見込み）", "en": "Customer lifetime value, expected"},
        {"ja": "円・お一人あたり", "en": "money per person"},
        {
            "ja": "お一人ごとに、これから1年に購入する日数の見込み × 1日あたりの粗利の見込み。"
            "日数は購入日から（BG/NBD・MBG/NBD・Pareto/NBDのうち答え合わせで最もよいもの）、"
            "粗利はGamma-Gammaで、返品のあとに残る割合を掛けます。",
            "en": "For each person, purchase days expected within a year × profit expected of one."
            " Days come from their purchase days (the best of BG/NBD, MBG/NBD and Pareto/NBD in"
            " the back-test), profit from Gamma-Gamma, times what returns leave.",
        },
        {
            "ja": "幅（80%）と一緒に見てください。お一人の見込みは大きく外れることがありますが、"
            "順番と合計は頼りになります。当たり方は「LTVと見込み」で毎回公開しています。",
            "en": "Read it with its 80 % range. For one person it may be far off; the order and"
            " the sum can be relied on. How good it was is published under LTV and forecast.",
        },
        _HQ,
        "goen.insight.forecast.outlook:outlook",
    ),
    "customer_equity": Metric(
        "customer_equity",
        1,
        {"ja": "顧客資産", "en": "Customer equity"},
        {"ja": "円", "en": "money"},
        {
            "ja": "わかる方全員の見込み（これから1年の粗利）の合計。先月末からの動きを、"
            "新しい方・増減・離れた方に分けます。離れた方＝来てくださる見込みが五分を下回った方。",
            "en": "The sum of what is expected of everybody within a year. Its move since the last"
            " month's end is split into new, changed and lost: those whose chance to be a"
            " customer fell below even.",
        },
        {
            "ja": "売上が伸びていても減ることがあります。その月の値引きで、"
            "これからのお客様を失っていないかを見てください。",
            "en": "It can fall while sales grow: see whether this month's sales cost you next"
            " year's customers.",
        },
        _HQ,
        "goen.insight.equity:bridge",
    ),
    "measure_effect": Metric(
        "measure_effect",
        1,
        {"ja": "施策の効果", "en": "Effect of a measure"},
        {"ja": "円・お一人あたり（95%区間）", "en": "money per person (95 % interval)"},
        {
            "ja": "届けた方全員の粗利の平均 − 送らなかった方全員の粗利の平均。買わなかった方は0、"
            "全チャネルの購入、クーポン・値引き・ポイント払いは引いた後。数える日は始めたときに決めます。"
            "途中は何度見てもよい区間、終わりは1回の区間。前の同じ日数の粗利で補正します（CUPED）。",
            "en": "Mean gross profit of everybody treated less that of everybody left out: who"
            " bought nothing counts with zero, every channel counts; coupons, discounts and"
            " points paid are off, the window is fixed at the launch. While it runs the interval may be looked at"
            " any number of times; at its end once. Adjusted by profit in as many days before"
            " (CUPED).",
        },
        {
            "ja": "区間が0をまたぐ間は、差があるとは言えません。必要な人数を見て決めます。",
            "en": "While the interval holds zero no difference can be claimed. See how many people"
            " it would take before you decide.",
        },
        _HQ,
        "goen.insight.effects_answer:effect",
    ),
    "value_at_risk": Metric(
        "value_at_risk",
        1,
        {"ja": "失いそうな価値", "en": "Value at risk"},
        {"ja": "円", "en": "money"},
        {
            "ja": "いまもお客様である場合の見込み × もう離れている確率。"
            "お客様である確率が10%未満の方は数えません。",
            "en": "What is expected of them if they are still a customer × the chance that they"
            " are not. Nobody counts whose chance to be one is below 10 %.",
        },
        {
            "ja": "大きい方から順に、お声がけや次の一手を考えます。",
            "en": "Begin with the largest when you decide whom to speak to.",
        },
        _HQ,
        "goen.insight.queries:best_persons",
    ),
    "forecast_backtest": Metric(
        "forecast_backtest",
        1,
        {"ja": "見込みの答え合わせ", "en": "Back-test of the forecast"},
        {"ja": "日・%", "en": "days, %"},
        {
            "ja": "過去の最大3つの日に戻り、その日までの購入だけで先を見込み、実際と比べます。"
            "モデルは予測分布の外れ（CRPS）が最も小さいものを選び、合計とお一人の外れ、"
            "幅に入った割合（そのままと、ならしたPIT）を公開します。",
            "en": "On up to three days of the past the future is foretold from what was known then."
            " The model with the least CRPS is used; errors of the total and per person and the"
            " share inside the ranges (plain, and by the randomised PIT) are published.",
        },
        {
            "ja": "合計が大きく外れている間は、金額より順番を頼りにしてください。",
            "en": "While totals are far off, rely on the order rather than the money.",
        },
        _HQ,
        "goen.insight.forecast.choosing:choose",
    ),
    "frequency_and_value": Metric(
        "frequency_and_value",
        1,
        {"ja": "回数と金額の関係", "en": "Frequency and value"},
        {"ja": "相関", "en": "correlation"},
        {
            "ja": "2日以上購入した方の、購入日数と1日あたりの粗利の相関（95%区間つき）。",
            "en": "Correlation of purchase days and profit per day over people who came back, with"
            " its 95 % interval.",
        },
        {
            "ja": "0から大きく離れるほど、回数と金額を別々に見込む計算は粗くなります。",
            "en": "The further from 0, the rougher it is to foretell the two apart.",
        },
        _HQ,
        "goen.insight.forecast.spend:independence",
    ),
}
