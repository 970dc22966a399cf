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
            " points paid are off, the window is fixed at the launch. While it runs the"
            " interval may be looked at any number of times; at its end once. Adjusted by profit"
            " in as many days before (CUPED).",
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
    "late": Metric(
        "late",
        1,
        {"ja": "間があいた方", "en": "Away too long"},
        {"ja": "人・円", "en": "people, money"},
        {
            "ja": "最後の購入からの日数 ＞ ご自身の間隔の中央値 × 倍率（設定）で、かつ、これまでの"
            "いちばん長い間隔より長い方。3日以上買った方だけで判定します。",
            "en": "Days since the last purchase > the median of one's own intervals × a factor"
            " (setting), and longer than any interval before. From three days with a purchase on.",
        },
        {
            "ja": "惜しい方（1年の粗利の多い方）から順に、理由をうかがってください。",
            "en": "Ask why, beginning with those a year's profit of whom is largest.",
        },
        _HQ,
        "goen.insight.ranks:is_late",
    ),
    "rfm": Metric(
        "rfm",
        1,
        {"ja": "RFM", "en": "RFM"},
        {"ja": "1〜5点", "en": "score 1–5"},
        {
            "ja": "最終購入・購入日数・購入額のそれぞれで、その方より下の方の割合 × 5 の整数部"
            " ＋ 1。",
            "en": "For last purchase, days with a purchase and spend: 1 + ⌊5 × share of people"
            " below⌋.",
        },
        {
            "ja": "よく来ていたのに間があいた方と、最近いらし始めた方から声をかけます。",
            "en": "Begin with those who came often and stay away, and those who have just begun.",
        },
        _HQ,
        "goen.insight.ranks:ranks",
    ),
    "decile": Metric(
        "decile",
        1,
        {"ja": "デシル", "en": "Decile"},
        {"ja": "1〜10", "en": "1–10"},
        {
            "ja": "わかる方を購入額（返品を引く）の多い順に並べ、人数を10等分。"
            "1がいちばん多い方々。",
            "en": "Identified people by spend net of returns, in ten groups of equal size; 1 spends"
            " most.",
        },
        {
            "ja": "上位の方に、値引きではない御礼を。",
            "en": "Thank the first tenth, not with a discount.",
        },
        _HQ,
        "goen.insight.ranks:ranks",
    ),
    "second_purchase": Metric(
        "second_purchase",
        1,
        {"ja": "2回目の購入（F2転換率）", "en": "Second purchase (F2)"},
        {"ja": "%", "en": "%"},
        {
            "ja": "初めて購入した月の方のうち、別の日の購入が90・180・365日以内にあった方の割合。"
            "月の全員の期間が終わるまでは「途中」です。",
            "en": "Of those whose first purchase was in a month, the share with a purchase on"
            " another day within 90, 180, 365 days; going on until everybody's window is over.",
        },
        {
            "ja": "割合の低い月やチャネルの、2回目がまだの方へ。",
            "en": "Write to those who have not come again, where the share is low.",
        },
        _HQ,
        "goen.insight.spread:store_spread",
    ),
    "store_ltv": Metric(
        "store_ltv",
        1,
        {"ja": "店舗のLTV", "en": "A place's LTV"},
        {"ja": "円・お一人あたり", "en": "money per person"},
        {
            "ja": "初めて購入した店（または購入額のいちばん多い店）がその店である方の、全チャネルの"
            "粗利の平均。幅は平均の80%区間。",
            "en": "Mean gross profit over all channels of the people whose first purchase (or"
            " most of whose spend) was there; 80 % interval of the mean.",
        },
        {
            "ja": "店はLTVを育てる入口です。会員のご案内が上手な店のやり方を広げてください。",
            "en": "A place is a door to lifetime value: spread what works where it is highest.",
        },
        _HQ,
        "goen.insight.stores:by_place",
    ),
    "presentation_rate": Metric(
        "presentation_rate",
        1,
        {"ja": "識別率（会計の件数）", "en": "Presentation rate"},
        {"ja": "%", "en": "%"},
        {
            "ja": "どなたのお買い上げかわかる会計 ÷ すべての会計。"
            "週・店舗・チャネル・レジの担当ごと。",
            "en": "Receipts with a known buyer ÷ all receipts, by week, place, channel and staff.",
        },
        {
            "ja": "うまくいっている店と担当の声かけを、ほかへ広げてください。",
            "en": "Spread how the best places and clerks ask for the card.",
        },
        _HQ,
        "goen.insight.presentation:by_week",
    ),
    "considered": Metric(
        "considered",
        1,
        {"ja": "迷った商品", "en": "Considered, not bought"},
        {"ja": "回・人", "en": "purchases, people"},
        {
            "ja": "購入の前（設定した日数）に、その方が見た・かごに入れた・たずねた・手に取った"
            "商品で、"
            "その購入にも、それまでの購入にも入っていないもの。"
            "同じ部門で選ばれた商品に「負けた」と数えます。",
            "en": "What a person viewed, put in a cart, asked for or picked up in the days before"
            " a purchase that is neither on it nor bought in between. It lost to what was bought of"
            " its own department.",
        },
        {
            "ja": "行動の記録がある方だけの数字です。"
            "よく負ける相手との違い（価格・量・説明）を見比べ、"
            "見ただけの方には施策でお声がけできます。",
            "en": "Of people whose behaviour is known. Compare price, size and wording with what it"
            " loses to; those who only looked can be spoken to.",
        },
        _HQ,
        "goen.insight.considered:losses",
    ),
    "reasons_known": Metric(
        "reasons_known",
        1,
        {"ja": "理由がわかる割合", "en": "Purchases with a reason"},
        {"ja": "%", "en": "%"},
        {
            "ja": "理由がある購入 ÷ すべての購入（12か月）。"
            "ご本人の言葉・スタッフの記録・推定を別々に数えます。",
            "en": "Purchases with a reason ÷ all purchases (12 months), for the shopper's word,"
            " staff notes and inferences apart.",
        },
        {
            "ja": "推定は規則と確かさを添えて別の列に置き、ご本人の言葉とは混ぜません。",
            "en": "Inferences stand apart, with their rule and how sure it is; never mixed with"
            " what shoppers said.",
        },
        _HQ,
        "goen.insight.reasons:coverage",
    ),
    "proposal_lift": Metric(
        "proposal_lift",
        1,
        {"ja": "提案の効果", "en": "Lift of proposals"},
        {"ja": "ポイント", "en": "percentage points"},
        {
            "ja": "終わった提案のうち、期限までにその商品をお求めになり、お返しにならなかった割合。"
            "提案をお見せした群 − お見せしない保留群。",
            "en": "Of proposals that are over, the share whose article was bought in time and not"
            " brought back: those shown proposals less those held out.",
        },
        {
            "ja": "お見せできなかった方も群に入れて数えます。"
            "区間が0をまたぐ間は、効果があったとは言えません。",
            "en": "Everybody of a group counts, shown or not. While the interval holds zero,"
            " nothing can be claimed.",
        },
        _HQ,
        "goen.insight.effect.measuring:measured",
    ),
}
