"""Every refusal in words: what happened, and what to do about it, in both languages.

Promises: a code without a sentence still says which field was refused and with which code; slots
are filled in whole sentences; amounts appear as money, masters' texts in the reader's language.
The machine-readable code goes beside the sentence, never instead of it.
"""

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from goen.doors.say import language, say, text_of
from goen.kit.money import exponent
from goen.kit.refusals import Refusal

_SIGN = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}

SENTENCES: dict[str, tuple[str, str]] = {
    # mistakes of ours
    "broken": (
        "こちらの不具合です。途中まで行われたことはありません。少し待って、同じ内容をもう一度送ってください。",
        "The mistake is ours; nothing is half done. Send the same again in a moment.",
    ),
    # companies, places, tills
    "master_unnamed": (
        "名前を日本語と英語の両方で、{most}文字までで入力してください。",
        "Enter the name in Japanese and in English, up to {most} characters.",
    ),
    "bad_code": (
        "コードは半角の英数字・ハイフン・下線で、32文字までです。あとから変えられません。",
        "A code is letters, digits, - and _, up to 32. It cannot be changed later.",
    ),
    "code_taken": (
        "コード「{given}」はもう使われています。別のコードにしてください。",
        "The code “{given}” is taken. Choose another.",
    ),
    "bad_registration_no": (
        "登録番号はTと13桁の数字です。検査用の数字が合いません。通知書を見て入力してください。",
        "A registration number is T and 13 digits; these do not agree. Copy it from the notice.",
    ),
    "bad_hour": (
        "日付が変わる時刻は{least}時から{most}時までの数字で入力してください。",
        "The hour at which the day turns is a number from {least} to {most}.",
    ),
    "cut_over_traded": (
        "この店には{day}以降の会計がすでにあるため、始める日は動かせません。在庫や入金の数が合わなくなるためです。",
        "There are sales on or after {day}, so this day cannot be moved: books would not agree.",
    ),
    "not_your_place": (
        "「{place}」の在庫や注文を変えられるのは、その場所の担当者と本部です。どちらかに頼んでください。",
        "Goods and orders of {place} are changed by its own staff or head office. Ask one of them.",
    ),
    # scenarios
    "unknown_scenario": (
        "施策{given}にはシナリオがありません。一覧から選び直してください。",
        "Measure {given} has no scenario. Choose one from the list.",
    ),
    "scenario_begun": (
        "シナリオ{number}は始まっているため、流れは変えられません。止めてから、新しく作ってください。",
        "Scenario {number} has begun, so its flow stays as it is. Stop it and make a new one.",
    ),
    "scenario_not_so": (
        "シナリオ{number}はいま「{state}」のため、できません。",
        "Not possible: scenario {number} is “{state}” now.",
    ),
    "unknown_task": (
        "そのお願いは見つかりません。一覧を開き直してください。",
        "There is no such task. Open the list again.",
    ),
    "unknown_step": (
        "その手順はもうありません。画面を開き直してください。",
        "That step is gone. Open the page again.",
    ),
    "step_incomplete": (
        "手順の内容が足りません。空いている欄を入力してください。",
        "The step lacks something. Fill in what is empty.",
    ),
    "steps_missing": (
        "手順がまだありません。少なくとも1つ加えてください。",
        "There is no step yet. Add at least one.",
    ),
    "nobody_hears": (
        "お客様に届く手順がありません。メール・クーポン・提案・スタッフへのお願いのどれかを加えてください。",
        "No step reaches anybody. Add a mail, a coupon, a proposal or a task.",
    ),
    "step_not_later": (
        "手順{step}の分かれ先は、それより後の手順か「終わり」にしてください。",
        "Step {step} must lead to a later step or to the end.",
    ),
    "coupon_kind_missing": (
        "手順{step}のメールにクーポンがありますが、施策にクーポンの種類がありません。",
        "The mail of step {step} has a coupon, but the measure has no kind of coupon.",
    ),
    # what nobody can foretell
    "too_few_people": (
        "見込みを出すには、どなたかわかるお客様が{least_people}人以上必要です。いまは{people}人です。",
        "A forecast takes at least {least_people} customers we know. There are {people}.",
    ),
    "too_few_repeaters": (
        "見込みを出すには、2日以上購入した方が{least_repeaters}人以上必要です。いまは{repeaters}人です。",
        "A forecast takes at least {least_repeaters} people who bought on two days or more."
        " There are {repeaters}.",
    ),
    "too_few_profitable": (
        "見込みを出すには、粗利のある購入が2日以上の方が{least_repeaters}人以上必要です。"
        "いまは{repeaters}人です。",
        "A forecast takes at least {least_repeaters} people whose repeat purchases bring a profit."
        " There are {repeaters}.",
    ),
    "no_profit": (
        "粗利のある購入がまだないため、見込みを出せません。原価か粗利率の仮定を入れてください。",
        "No purchase has brought a profit yet, so nothing can be foretold. Enter costs or an"
        " assumed margin.",
    ),
    "too_short": (
        "見込みを出すには、12週間以上の購入の記録が必要です。記録がそろうと自動で出ます。",
        "A forecast takes purchases of twelve weeks or more. It appears by itself once they are"
        " here.",
    ),
    "nothing_to_check": (
        "購入の記録がまだ短く、過去で答え合わせができません。日がたつと、ここに見込みが出ます。",
        "The record is too short to check a forecast on the past. It will be here after a while.",
    ),
    "no_season": (
        "季節は、1年分以上の購入がないとわかりません。",
        "A season shows only in a year of purchases or more.",
    ),
    # goods
    "unknown_item": (
        "「{given}」は登録のない商品です。バーコードを読み直すか、商品名でさがしてください。",
        "“{given}” is not a product we know. Scan it again or search by name.",
    ),
    "no_price": (
        "「{given}」には{day}の価格がありません。価格を登録してから会計してください。",
        "“{given}” has no price on {day}. Add its price, then sell it.",
    ),
    "no_tax_rate": (
        "「{given}」の{day}の税率がわかりません。税区分を登録してから会計してください。",
        "The tax rate of “{given}” on {day} is not known. Add its tax class, then sell it.",
    ),
    "bad_quantity": (
        "数量は1以上の整数で入力してください（{given}は使えません）。",
        "Enter a quantity of 1 or more; {given} cannot be used.",
    ),
    "bad_amount": (
        "金額は0以上で入力してください（{given}は使えません）。",
        "Enter an amount of 0 or more; {given} cannot be used.",
    ),
    "no_lines": (
        "商品がありません。1点以上入れてください。",
        "There is nothing in it. Add at least one item.",
    ),
    "short": (
        "「{item}」は{wanted}点のうち{free}点しか引き当てられません。数量を減らしてください。",
        "Only {free} of {wanted} “{item}” can be promised. Lower the quantity.",
    ),
    "bad_count": (
        "数は0以上の整数で入力してください（{given}は使えません）。",
        "Enter a number of 0 or more; {given} cannot be used.",
    ),
    "counted_twice": (
        "「{given}」が2回あります。1つの棚卸では、商品ごとに合計の数を1回だけ入れてください。",
        "“{given}” is there twice. In one count, enter each item once with its total.",
    ),
    "unknown_hold_kind": (
        "取り置きの種類「{given}」はありません。使えるもの：{known}。",
        "There is no kind of hold “{given}”. Use one of: {known}.",
    ),
    "holder_missing": (
        "どなたのための取り置きかを入れてください。",
        "Say for whom the goods are held.",
    ),
    "already_over": (
        "期限「{given}」はもう過ぎています。これからの日時にしてください。",
        "The end “{given}” has passed. Choose a later one.",
    ),
    "unknown_exception": (
        "例外「{given}」は見つかりません。例外の一覧から選び直してください。",
        "There is no exception “{given}”. Choose it again from the list.",
    ),
    "already_resolved": (
        "例外「{given}」はもう片付いています（{how}）。一覧を読み直してください。",
        "Exception “{given}” was resolved already ({how}). Read the list again.",
    ),
    "unknown_resolution": (
        "「{given}」という片付け方はありません。使えるもの：{known}。",
        "There is no way “{given}” to resolve it. Use one of: {known}.",
    ),
    "nothing_missing": (
        "例外「{given}」の商品は、もう確保されているか、取り消されています。対応済みにしてください。",
        "The goods of exception “{given}” are kept again or given up by now. Dismiss it.",
    ),
    "not_of_an_order": (
        "この例外「{given}」は注文のものではありません。内容を確かめて、対応済みにしてください。",
        "Exception “{given}” is not about an order. See to it, then dismiss it.",
    ),
    "unknown_hold": (
        "取り置き「{given}」は見つかりません。番号を確かめてください。",
        "There is no hold “{given}”. Check its number.",
    ),
    "hold_gone": (
        "取り置き「{given}」は、もう終わっています（{how}）。",
        "The hold “{given}” has ended ({how}).",
    ),
    "same_place": (
        "「{given}」から同じ場所へは送れません。送り先を選び直してください。",
        "Goods cannot be sent from “{given}” to itself. Choose another place.",
    ),
    "unknown_transfer": (
        "移動「{given}」は見つかりません。番号を確かめてください。",
        "There is no transfer “{given}”. Check its number.",
    ),
    "more_than_sent": (
        "「{item}」で届いていないのは{free}点です。{wanted}点は受け取れません。",
        "Only {free} of “{item}” are still on their way; {wanted} cannot be received.",
    ),
    "unknown_loss": (
        "届かなかった理由「{given}」は使えません。使えるもの：{known}。",
        "“{given}” is no reason why goods did not come. Use one of: {known}.",
    ),
    # programs
    "key_refused": (
        "APIキーがないか、この操作（{scope}）を許されていません。キーを確かめてください。",
        "The API key is missing or may not do this ({scope}). Check the key.",
    ),
    "not_json": (
        "本文をJSONとして読めませんでした。{given}",
        "The body is not JSON: {given}",
    ),
    "invalid": (
        "「{field}」の形が違います。{given}",
        "“{field}” has the wrong form: {given}",
    ),
    "nothing_there": (
        "この住所には何もありません。番号や綴りを確かめてください。",
        "There is nothing at this address. Check the number and the spelling.",
    ),
    "body_too_large": (
        "本文が大きすぎます（{most}バイトまで）。分けて送ってください。",
        "The body is too large; at most {most} bytes. Send it in parts.",
    ),
    "too_often": (
        "送る回数が多すぎます。{seconds}秒たってから、もう一度送ってください。",
        "Too many requests. Send it again in {seconds} s.",
    ),
    "too_many": (
        "一度に送れるのは{most}件までです。分けて送ってください。",
        "At most {most} at once. Send them in parts.",
    ),
    "bad_period": (
        "期間「{given}」には日がありません。始まりを終わりより前にしてください。",
        "The period “{given}” has no days. Let it begin before it ends.",
    ),
    "not_yet": (
        "まだ計算が終わっていません。しばらくしてから、もう一度お試しください。",
        "It is still being computed. Try again in a while.",
    ),
    "bad_day": (
        "「{given}」は日付として読めません。2026-11-20 の形で入力してください。",
        "“{given}” is no date. Enter it like 2026-11-20.",
    ),
    "bad_instant": (
        "「{given}」は日時として読めません。2026-11-20 14:05 の形で入力してください。",
        "“{given}” is no date and time. Enter it like 2026-11-20 14:05.",
    ),
    "name_missing": (
        "コードと名前を入れてください。名前は日本語か英語のどちらかで足ります。",
        "Give a code and a name, in Japanese or English.",
    ),
    "unknown_price_list": (
        "「{given}」という価格表はありません。",
        "There is no price list “{given}”.",
    ),
    "unknown_tax_class": (
        "「{given}」という税区分はありません。使えるのは {known} です。",
        "There is no tax class “{given}”. Known are {known}.",
    ),
    "unknown_credential": (
        "「{given}」という種類の会員証はありません。使えるのは {known} です。",
        "There is no kind of credential “{given}”. Known are {known}.",
    ),
    # people
    "unknown_member": (
        "「{given}」の会員は見つかりません。番号を確かめるか、会員なしで続けてください。",
        "No member has “{given}”. Check the number, or go on without a member.",
    ),
    "unknown_record_key": (
        "選んだお客様の記録「{given}」が見つかりません。さがし直してください。",
        "The customer record “{given}” was not found. Search again.",
    ),
    # money
    "total_changed": (
        (
            "価格が変わりました。正しい合計は{total:money}です（画面は{expected:money}）。"
            "確かめてから、もう一度お会計してください。"
        ),
        (
            "A price has changed. The right total is {total:money}; the screen said "
            "{expected:money}. Check it, then check out again."
        ),
    ),
    "tender_missing": (
        "支払い方法がありません。{total:money}の支払い方法を選んでください。",
        "Choose how the {total:money} is paid.",
    ),
    "tender_too_small": (
        "お預かり{given:money}が、支払う{amount:money}に足りません。",
        "{given:money} was received, but {amount:money} is due.",
    ),
    "tender_total": (
        "支払いの合計{paid:money}が、お会計の{total:money}と合いません。金額を確かめてください。",
        "The payments come to {paid:money}, the sale to {total:money}. Check the amounts.",
    ),
    "change_only_for_cash": (
        "お釣りを出せるのは現金だけです。金額を合計に合わせてください。",
        "Only cash gives change. Make the amount equal to what is due.",
    ),
    "unknown_tender": (
        "「{given}」という支払い方法はありません。使えるもの：{known}。",
        "There is no payment method “{given}”. Use one of: {known}.",
    ),
    "unknown_price_tax": (
        "税込・税抜の指定「{given}」は使えません。使えるもの：{known}。",
        "“{given}” does not say whether prices include tax. Use one of: {known}.",
    ),
    "unknown_currency": (
        "通貨「{given}」は使えません。JPY のような3文字の通貨コードで送ってください。",
        "There is no currency “{given}”. Send a code of three letters, like JPY.",
    ),
    "foreign_currency": (
        "この店舗の価格は{place}です。{given}で売るときは、金額も送ってください。",
        "Prices here are in {place}. To sell in {given}, send the amounts as well.",
    ),
    "too_large": (
        "{given}は大きすぎます。{most}以下で送ってください。",
        "{given} is too large. Send no more than {most}.",
    ),
    # discounts and refunds
    "unknown_discount": (
        "値引きの理由「{given}」は使えません。使えるもの：{known}。",
        "“{given}” is no reason for a discount. Use one of: {known}.",
    ),
    "discount_too_large": (
        "値引き{given:money}は、値引きできる{most:money}を超えています。金額を直してください。",
        "{given:money} off is more than the {most:money} there are. Lower the discount.",
    ),
    "bad_percent": (
        "値引き率は0%から100%までです。万分率（10%は1000）で送ってください。",
        "A percentage lies between 0 and 100. Send it in basis points: 10 % is 1000.",
    ),
    "no_such_line": (
        "値引きする明細が、この伝票にありません。明細を選び直してください。",
        "The line of the discount is not on this document. Choose the line again.",
    ),
    "coupon_twice": (
        "クーポン「{given}」は1回の会計に1枚だけ使えます。1枚外してください。",
        "Coupon “{given}” can be used once per sale. Take one away.",
    ),
    "coupon_alone": (
        "クーポン「{given}」は、ほかのクーポンと一緒に使えません。どちらかを外してください。",
        "Coupon “{given}” cannot be used with others. Take one of them away.",
    ),
    "coupon_least": (
        "クーポン「{given}」は{least:money}以上で使えます（いま{total:money}）。",
        "Coupon “{given}” needs {least:money} or more; this comes to {total:money}.",
    ),
    "unknown_coupon": (
        "クーポン「{given}」が見つかりません。番号を確かめてください。",
        "There is no coupon “{given}”. Check its number.",
    ),
    "coupon_of_another": (
        "クーポン「{given}」は、ほかのお客様のものです。会員を確かめるか、外してください。",
        "Coupon “{given}” belongs to another customer. Check the member or take it away.",
    ),
    "coupon_currency": (
        "クーポン「{given}」は{currency}の会計でだけ使えます。外してください。",
        "Coupon “{given}” is for sales in {currency} only. Take it away.",
    ),
    "coupon_too_early": (
        "クーポン「{given}」は{from}から使えます。外してください。",
        "Coupon “{given}” can be used from {from}. Take it away.",
    ),
    "coupon_over": (
        "クーポン「{given}」は{to}で期限が切れました。外してください。",
        "Coupon “{given}” ended on {to}. Take it away.",
    ),
    "coupon_used_up": (
        "クーポン「{given}」はもう使い切られています。外してください。",
        "Coupon “{given}” has been used up. Take it away.",
    ),
    "coupon_taken": (
        "クーポン番号「{given}」はもうあります。別の番号にしてください。",
        "There is a coupon “{given}” already. Choose another number.",
    ),
    "unknown_coupon_kind": (
        "クーポンの種類「{given}」がありません。先に種類を登録してください。",
        "There is no kind of coupon “{given}”. Add the kind first.",
    ),
    "points_short": (
        "ポイントは{free}ポイントまで使えます（{wanted}ポイントは使えません）。減らしてください。",
        "{free} points can be spent, not {wanted}. Lower the points.",
    ),
    "points_no_account": (
        "ポイントで払うには、ポイント口座のある会員が要ります。会員を読み取ってください。",
        "Paying with points needs a member with a point account. Scan the member.",
    ),
    "points_not_spendable": (
        "この会員はポイントを使えません。ほかの支払い方法を選んでください。",
        "This member cannot spend points. Choose another way to pay.",
    ),
    "points_already_spent": (
        "戻すべき{wanted}ポイントのうち{free}ポイントしか残っていません。担当者が決めてください。",
        "Only {free} of the {wanted} points to go back are left. Somebody must decide.",
    ),
    "currency_has_points": (
        "通貨「{given}」には、もうポイント制度があります。その制度を変更してください。",
        "There is a point programme for “{given}” already. Change that one.",
    ),
    "unknown_programme": (
        "ポイント制度「{given}」がありません。先に登録してください。",
        "There is no point programme “{given}”. Add it first.",
    ),
    "unknown_point_account": (
        "ポイント口座「{given}」がありません。番号を確かめてください。",
        "There is no point account “{given}”. Check its number.",
    ),
    "unknown_record": (
        "顧客の記録「{given}」がありません。番号を確かめてください。",
        "There is no customer record “{given}”. Check its number.",
    ),
    "has_points_elsewhere": (
        "この会員には別の口座にポイントがあります。そのまま別々にお使いください。",
        "This member has points on another account. Keep the two apart.",
    ),
    "last_of_account": (
        "この口座にはほかに誰もいません。ポイントが残らないよう、外せません。",
        "Nobody else is on this account. Its points would be lost, so it stays.",
    ),
    "points_are_kept": (
        "この口座のポイントを使った注文が残っています。お届けか取消が済んでから外してください。",
        "An open order keeps points of this account. Take them off once it is sent or cancelled.",
    ),
    "unknown_choice": (
        "「{given}」は選べません。使えるもの：{known}。",
        "“{given}” is not one of the choices. Use one of: {known}.",
    ),
    "returned_too_many": (
        "お返しできるのは残り{left}点までです（{given}点は受け付けられません）。",
        "{left} can still be returned, not {given}. Lower the quantity.",
    ),
    "not_out_yet": (
        "まだお渡ししていない商品は返品できません。取り消す場合は注文をキャンセルしてください。",
        "What has not left yet cannot be returned. Cancel it in the order instead.",
    ),
    "nothing_out": (
        "この会計の商品は、すべて返品されたか取り消されています。",
        "Everything on this document was returned or cancelled already.",
    ),
    "unknown_condition": (
        "返品の状態「{given}」はありません。使えるもの：{known}。",
        "There is no condition “{given}”. Use one of: {known}.",
    ),
    "reason_missing": (
        "返品の理由を入れてください。あとで見なおすときに使います。",
        "Give the reason of the return. It is read again later.",
    ),
    "joining_reason_missing": (
        "そう決めた理由を入れてください。あとで見なおすときに使います。",
        "Give the reason for it. It is read again later.",
    ),
    "same_record": (
        "別々の会員情報を選んでください。",
        "Choose records that differ.",
    ),
    "said_apart": (
        "{by}が別の方と決めています（{at}）。それでも同じ方にするときは、もう一度決めてください。",
        "{by} said they are two people ({at}). To join them all the same, say so once more.",
    ),
    "household_is_no_person": (
        "世帯の会員情報は、一人の方とまとめられません。",
        "A household's record cannot be joined with a person.",
    ),
    "not_one_person": (
        "選んだ会員情報は、もう一人の方のものではありません。画面を開きなおしてください。",
        "These records are not one person any more. Open the page again.",
    ),
    "nothing_stays": (
        "すべての会員情報を選ぶと、分けるものがありません。分けるものだけを選んでください。",
        "With all records chosen there is nothing to part from. Choose those that part.",
    ),
    "are_one_person": (
        "この二つは、もう同じ方になっています。分けるときは、お客様のページで分けてください。",
        "These two are one person already. Part them on the person's page.",
    ),
    "orders_on_their_way": (
        "まだお渡ししていないご注文が{count}件あります。お届けか取り消しのあとで、消してください。",
        "{count} orders are still on their way. Deliver or cancel them first.",
    ),
    "unknown_person": (
        "このお客様は見つかりません。一覧から開きなおしてください。",
        "There is no such customer. Open the list again.",
    ),
    "not_typed": (
        "確認の番号が違います。画面の番号をそのまま入れてください。",
        "The number typed is another. Type the one on the page.",
    ),
    "unknown_candidate": (
        "この候補はもうありません。一覧を開きなおしてください。",
        "This pair is not there any more. Open the list again.",
    ),
    "decided_already": (
        "この候補は{by}が先に決めました。一覧を開きなおしてください。",
        "{by} decided this pair first. Open the list again.",
    ),
    "nothing_said": (
        "取り消すものがありません。もう取り消されています。",
        "There is nothing to undo. It was undone already.",
    ),
    "no_right": (
        "この操作（{right}）ができるのは{who}です。担当を替えてお試しください。",
        "Only {who} may do this ({right}). Ask one of them to log in.",
    ),
    "refund_over_paid": (
        "返金{given:money}が、返金できる{most:money}を超えています。",
        "A refund of {given:money} is more than the {most:money} still to give back.",
    ),
    "refund_over_tender": (
        "この支払い方法で返せるのは{most:money}までです（{given:money}は返せません）。",
        "Up to {most:money} can go back by this payment, not {given:money}.",
    ),
    "refund_total": (
        "返金の内訳{paid:money}が、返金額{total:money}と合いません。金額を確かめてください。",
        "The parts come to {paid:money}, the refund to {total:money}. Check the amounts.",
    ),
    "no_such_tender": (
        "その支払いは元の伝票にありません。元の支払いから選んでください。",
        "The original document has no such payment. Choose one that it has.",
    ),
    # orders from afar
    "unknown_order": (
        "注文「{given}」は見つかりません。注文番号を確かめてください。",
        "There is no order “{given}”. Check its number.",
    ),
    "unknown_method": (
        "受け取り方法「{given}」は使えません。{known}から選んでください。",
        "“{given}” is not a way of delivery. Choose one of {known}.",
    ),
    "address_missing": (
        "お届け先のお名前と住所を入れてください。",
        "Enter the name and the address that it goes to.",
    ),
    "collect_at_missing": (
        "店舗受け取りには受け取る店舗が必要です。配送のときは外してください。",
        "Name the store where it is collected; leave it out for a shipment.",
    ),
    "before_cut_over": (
        "「{place}」の在庫は{day}にはまだ帳簿にありません。注文は切り替えの日から受けられます。",
        "Goods at “{place}” are not in the books on {day}. Orders begin with its first day.",
    ),
    "unknown_line": (
        "明細「{given}」はこの注文にありません。明細を選び直してください。",
        "The order has no line “{given}”. Choose a line again.",
    ),
    "nothing_open": (
        "この注文に残りはありません（状態：{state}）。",
        "Nothing of this order is open (its state is {state}).",
    ),
    "over_open": (
        "明細{line}の残りは{left}点です。{given}点はできません。",
        "Only {left} of line {line} are open, not {given}.",
    ),
    "kept_elsewhere": (
        "明細{line}の商品は「{place}」に{kept}点しか取り置かれていません。"
        "出荷する場所を変えるか、ほかの場所から振り替えてください。",
        "Only {kept} of line {line} are kept at “{place}”. Choose another place or reroute them.",
    ),
    "kept_there_already": (
        "商品はすでに「{given}」で取り置かれています。",
        "The goods are kept at “{given}” already.",
    ),
    "not_to_collect": (
        "店舗受け取りの注文ではありません。",
        "This order is not to be collected.",
    ),
    "unknown_how": (
        "「{given}」という渡し方はありません。{known}から選んでください。",
        "“{given}” is not a way to hand goods over. Choose one of {known}.",
    ),
    # the document
    "id_reused": (
        "この会計番号は、別の内容ですでに会計が終わっています。レシートを確かめてください。",
        "This sale's id already belongs to a finished sale with other content. Check its receipt.",
    ),
    "till_seq_taken": (
        "同じレジで別の会計が先に終わりました。もう一度お会計してください。",
        "Another sale finished on this till first. Check out again.",
    ),
    "till_seq_missing": (
        "レジの通し番号（till_seq）がありません。",
        "The till's running number (till_seq) is missing.",
    ),
    "till_elsewhere": (
        "レジ「{given}」は、この店舗のレジではありません。店舗とレジを選び直してください。",
        "Till “{given}” does not belong to this place. Choose the place and till again.",
    ),
    "unknown_till": (
        "レジ「{given}」は登録がありません。店舗とレジを選び直してください。",
        "Till “{given}” is not known. Choose the place and till again.",
    ),
    "unknown_place": (
        "店舗「{given}」は登録がありません。",
        "There is no place “{given}”.",
    ),
    "unknown_channel": (
        "販売チャネル「{given}」は登録がありません。",
        "There is no sales channel “{given}”.",
    ),
    "unknown_source": (
        "データの出どころ「{given}」は登録がありません。",
        "There is no source “{given}”.",
    ),
    "unknown_staff": (
        "担当「{given}」は登録がありません。",
        "There is no staff member “{given}”.",
    ),
    "implausible_time": (
        "日時{given}は、未来か古すぎて使えません。端末の時計を確かめてください。",
        "The time {given} is in the future or too old. Check the clock of the device.",
    ),
    "time_without_zone": (
        "日時に時差がありません。2026-11-20T14:05:00+09:00 のように送ってください。",
        "The time has no zone. Send it like 2026-11-20T14:05:00+09:00.",
    ),
    "malformed": (
        "送られた内容を読めませんでした（{why}）。",
        "What was sent could not be read ({why}).",
    ),
    # reasons
    "unknown_dismissal": (
        "見送る理由を一覧から選んでください。",
        "Choose why from the list.",
    ),
    "proposal_over": (
        "この提案はもう終わっています。画面を読み直してください。",
        "This proposal is over. Reload the page.",
    ),
    "message_id_missing": (
        "message_id（送り手が付けた番号）がありません。同じ番号は1件として扱います。",
        "There is no message_id, the sender's own. The same id is one event.",
    ),
    "unknown_event": (
        "行動の種類「{given}」は受け取れません。使えるもの：{known}。",
        "There is no event “{given}”. Known: {known}.",
    ),
    "implausible_event_time": (
        "日時{given}は、未来か{earliest}より前です。端末の時計を確かめてください。",
        "The time {given} is in the future, or before {earliest}. Check the device's clock.",
    ),
    "rule_missing": (
        "推定の理由には規則と確かさが要ります。推定でない理由には付けられません。",
        "An inferred reason needs its rule and confidence; no other has them.",
    ),
    "unknown_reason": (
        "この理由は選べません。一覧から選んでください。",
        "Choose a reason from the list.",
    ),
    "unknown_basis": (
        "理由がどなたの言葉かを選んでください（本人・スタッフ・推定）。",
        "Say whose word the reason is: theirs, a clerk's, or an inference.",
    ),
    "note_missing": (
        "理由を入力してください。",
        "Enter the reason.",
    ),
    "why_missing": (
        "なぜそうするのかを入力してください。あとで見る人が判断に使います。",
        "Enter why. Whoever looks at it later needs it.",
    ),
    "month_over": (
        "{given}はもう終わっています。今月か、これからの月を選んでください。",
        "{given} is over. Choose this month or a later one.",
    ),
    "too_long": (
        "{most}文字までで入力してください。",
        "Enter no more than {most} characters.",
    ),
    # claiming a receipt
    "claimed_already": (
        "このレシートは、もう登録されています。",
        "This receipt is registered already.",
    ),
    "claimed_by_you": (
        "このお買い物は、もうあなたの履歴にあります。",
        "This purchase is in your history already.",
    ),
    "not_claimable": (
        "この伝票は登録できません。お店にお尋ねください。",
        "This document cannot be registered. Please ask the store.",
    ),
    "claim_too_late": (
        "レシートの登録は、お買い物から{days}日以内です。",
        "A receipt can be registered within {days} days of the purchase.",
    ),
    "claim_came_back": (
        "このお買い物は返品されています。登録するものがありません。",
        "All of this purchase came back. There is nothing to register.",
    ),
    # being written to
    "unknown_contact_channel": (
        "連絡手段「{given}」は使えません。使えるもの：{known}。",
        "There is no way of contact “{given}”. Use one of: {known}.",
    ),
    "unknown_way": (
        "同意を受けた方法「{given}」は使えません。使えるもの：{known}。",
        "There is no way to agree called “{given}”. Use one of: {known}.",
    ),
    "bad_purpose": (
        "目的「{given}」は、英小文字と「_」で40文字までで書いてください。",
        "Write the purpose “{given}” in up to 40 small letters and “_”.",
    ),
    "unknown_wording": (
        "同意の文面「{given}」はありません。設定で文面と版を確かめてください。",
        "There is no consent text “{given}”. Check text and version in the settings.",
    ),
    "proof_missing": (
        "同意には証拠が要ります。見せた文面か、受けた状況を添えてください。",
        "A yes needs proof: the text that was shown, or how it was given.",
    ),
    "bad_contact": (
        "「{given}」には送れません。宛先を確かめてください。モールが貸し出した宛先は使えません。",
        "Nothing can be sent to “{given}”. Check it; an address lent out by a mall cannot be used.",
    ),
    "unknown_bar": (
        "送信を止める理由「{given}」は使えません。使えるもの：{known}。",
        "There is no reason to bar an address called “{given}”. Use one of: {known}.",
    ),
    "unknown_request": (
        "お申し出の種類「{given}」は使えません。使えるもの：{known}。",
        "There is no request “{given}”. Use one of: {known}.",
    ),
    "nothing_waits": (
        "このお申し出は、もう対応が済んでいます。",
        "This request was answered already.",
    ),
    "wording_missing": (
        "日本語の文面を入力してください。",
        "Enter the Japanese text.",
    ),
    "bad_phone": (
        "電話番号「{given}」を確かめてください。数字で9桁から15桁です。",
        "Check the telephone number “{given}”: 9 to 15 digits.",
    ),
    "not_proved": (
        "会員番号か生年月日が違うようです。もう一度確かめてください。わからないときは店頭でお尋ねください。",
        "The number or the day of birth does not fit. Check them, or ask in the store.",
    ),
    "tried_too_often": (
        "続けて何度も試されたため、{minutes}分ほどお待ちください。",
        "Too many tries in a row. Please wait about {minutes} minutes.",
    ),
    "link_over": (
        "このリンクはもう使えません。もう一度メールを受け取ってください。",
        "This link cannot be used any more. Ask for another mail.",
    ),
    "not_suppressed": (
        "この宛先は止められていません。",
        "This address is not barred.",
    ),
    # telling other systems
    "bad_address": (
        "「{given}」には送れません。http:// か https:// で始まる住所を送ってください。",
        "“{given}” cannot be called. Send an address that begins with http:// or https://.",
    ),
    "private_address": (
        "「{given}」は内側のネットワークの住所です。外から届く住所を送ってください。",
        "“{given}” is inside the local network. Send an address of the open internet.",
    ),
    "unknown_notice": (
        "「{given}」という知らせはありません。使えるのは {known} です。",
        "There is no notice “{given}”. Known are {known}.",
    ),
    "subscribed_already": (
        "「{given}」には、もう知らせています。変えるときは、先に終わらせてください。",
        "“{given}” is told already. To change it, end it first.",
    ),
    "unknown_webhook": (
        "「{given}」という送り先はありません。",
        "There is no webhook “{given}”.",
    ),
    "wrong_method": (
        "この住所が受け付けるのは {known} だけです。",
        "This address takes {known} only.",
    ),
    # keys and settings
    "unknown_key": (
        "このAPIキーはありません。",
        "There is no such API key.",
    ),
    "unknown_setting": (
        "この設定はありません。",
        "There is no such setting.",
    ),
    "wrong_type": (
        "数字で入力してください。",
        "Enter a number.",
    ),
    # mail
    "subject_missing": (
        "件名を入力してください。受け取った方が最初に読みます。",
        "Enter a subject. It is what people read first.",
    ),
    "mail_empty": (
        "本文がありません。見出しか文章を1つ以上入れてください。",
        "The mail has no content. Add a heading or some text.",
    ),
    "part_incomplete": (
        "{field}が空いています。入力するか、この部品を外してください。",
        "{field} is empty. Fill it in, or take the part out.",
    ),
    "bad_link": (
        "「{given}」には移れません。https:// から始まるアドレスを入れてください。",
        "“{given}” leads nowhere. Enter an address that begins with https://.",
    ),
    "bad_merge_field": (
        "差し込みの書きかたが読めません：{why}。使える項目は一覧にあります。",
        "This merge field is not understood: {why}. The list names those there are.",
    ),
    "mail_changed": (
        "{at}に{who}さんが変更しました。内容を見比べてから保存してください。入力は残っています。",
        "{who} changed this at {at}. Compare, then save. Your input is kept.",
    ),
    "mail_on_its_way": (
        "施策 {number} のメールは送りはじめています。文面は変えられません。",
        "The mail of measure {number} is on its way. Its text cannot be changed.",
    ),
    "mail_missing": (
        "施策 {number} にはまだメールの文面がありません。先に書いてください。",
        "Measure {number} has no mail yet. Write it first.",
    ),
    "picture_too_large": (
        "画像が大きすぎます。1MBまでにしてください。",
        "The picture is too large. Use one of at most 1 MB.",
    ),
    "not_a_picture": (
        "画像として読めません。PNG・JPEG・GIF・WebPを選んでください。",
        "This is not a picture. Choose a PNG, JPEG, GIF or WebP file.",
    ),
    "footer_missing": (
        "広告メールに必要な表示（{what}）がありません。設定で入力すると送れます。",
        "Advertising mail must show {what}. Enter it in the settings, then send.",
    ),
    "sender_missing": (
        "差出人のアドレスがありません。設定の「メール」で入力してください。",
        "There is no address to send from. Enter it in the mail settings.",
    ),
    "nobody_to_send_to": (
        "送れる方が1人もいません。除いた理由を確かめてください。",
        "There is nobody to send to. Look at why people were left out.",
    ),
    "unknown_list": (
        "送り先の一覧「{given}」は見つかりません。",
        "There is no list “{given}”.",
    ),
    "list_not_for_this": (
        "この一覧は施策 {number} のメールのためのものではありません。",
        "This list is not for the mail of measure {number}.",
    ),
    "list_sent_already": (
        "この一覧へはもう送っています。同じ方に二度は送りません。",
        "This list has been sent to. Nobody gets it twice.",
    ),
    "other_number": (
        "送る人数が{before}人から{now}人に変わりました。まだ送っていません。確かめてから、もう一度押してください。",
        "It is {now} people now, not {before}. Nothing was sent. Check, then press again.",
    ),
    "count_not_typed": (
        "人数（{people}）を入力してください。まだ送っていません。",
        "Type the number of people ({people}). Nothing was sent.",
    ),
    "unknown_mail": (
        "このメールは見つかりません。メールから開き直してください。",
        "There is no such mail. Open it from the mail again.",
    ),
    "unknown_run": (
        "送信「{given}」は見つかりません。",
        "There is no sending “{given}”.",
    ),
    "run_not_so": (
        "送信は「{state}」です。この操作はできません。",
        "The sending is “{state}”; this cannot be done now.",
    ),
    "mail_not_so": (
        "このメールは「{state}」です。決めるのは、届いたかわからないメールだけです。",
        "This mail is “{state}”. Only mail whose fate is unclear is decided on.",
    ),
    "not_reached": (
        "いまは記録できません。同じ内容をもう一度送ってください。",
        "This cannot be recorded just now. Send the same again.",
    ),
    "out_of_bounds": (
        "{least}から{most}までで入力してください。",
        "Enter a value from {least} to {most}.",
    ),
    # routines
    "routine_unnamed": (
        "仕事の名前を入力してください。",
        "Enter a name for the work.",
    ),
    "unknown_routine": (
        "その定例の仕事は見つかりません。一覧から選び直してください。",
        "There is no such routine. Choose it again from the list.",
    ),
    "routine_over": (
        "「{name}」は終わりにしたため、変えられません。新しく作ってください。",
        "“{name}” is over and stays as it is. Make a new one.",
    ),
    "owner_missing": (
        "担当を選んでください。担当者、または役割のどちらかです。",
        "Choose who does it: a member of staff, or a role.",
    ),
    "task_not_yours": (
        "これはほかの担当の仕事です。済みにできるのは、担当と本部です。",
        "This is somebody else's task. Its owner and head office can close it.",
    ),
    "routine_task_closed": (
        "この仕事は、もう片づいています。変えるときは、先に取り消してください。",
        "This task is closed. To change it, take it back first.",
    ),
    "excused_too_late": (
        "期限の{day}を過ぎたため、「今回は不要」にできるのは本部だけです。",
        "It was due on {day}; after that only head office can say it is not needed.",
    ),
    "routine_turn_over": (
        "この回は{day}で終わったため、取り消せません。",
        "This turn ended on {day} and stays as it is.",
    ),
    # measures
    "unknown_measure": (
        "施策「{given}」は見つかりません。施策の一覧から選び直してください。",
        "There is no measure “{given}”. Choose it again from the list.",
    ),
    "measure_not_so": (
        "施策{number}は、いまの状態（{state}）ではこの操作ができません。",
        "Measure {number} is {state}; this cannot be done with it now.",
    ),
    "changed_meanwhile": (
        "{by}さんが先に変更しました（{at}）。内容を見比べてから保存してください。入力は残っています。",
        "{by} changed this at {at}. Compare, then save. Your input is kept.",
    ),
    "only_added_to": (
        "施策{number}は始まっているので、この欄は書き換えられません。続きを書き足すか、終わりを早めることができます。",
        "Measure {number} is live: this field is not rewritten. Add to it, or end it earlier.",
    ),
    "title_missing": (
        "施策の名前を入力してください。",
        "Enter a name for the measure.",
    ),
    "unknown_segment": (
        "セグメント「{given}」は見つかりません。選び直してください。",
        "There is no segment “{given}”. Choose it again.",
    ),
    "unknown_placement": (
        "掲出「{given}」は見つかりません。ページを読み直してください。",
        "There is no placement “{given}”. Reload the page.",
    ),
    "unknown_axis": (
        "訴求点「{given}」は登録がありません。先に登録してください。",
        "There is no appeal point “{given}”. Add it first.",
    ),
    "days_missing": (
        "始める日と終える日を入力してください。",
        "Enter the first and the last day.",
    ),
    "days_over": (
        "{given}はもう過ぎています。これからの日にしてください。",
        "{given} has passed. Choose a day to come.",
    ),
    "outside_the_measure": (
        "掲出の日は、施策の期間（{first}〜{last}）の中にしてください。",
        "The days of a placement lie within those of the measure ({first} to {last}).",
    ),
    "text_missing": (
        "内容を入力してください。",
        "Enter some text.",
    ),
    "learning_missing": (
        "学びを入力してください。次の施策を考えるときに読み返します。",
        "Enter what was learnt. The next measure begins with it.",
    ),
    "evidence_missing": (
        "根拠を入力してください。どの数字や声から決めたのかを書きます。",
        "Enter the evidence: the figure or the voice it rests on.",
    ),
    "expected_missing": (
        "見込む効果を入力してください。あとで結果と比べます。",
        "Enter the effect you expect. The result is compared with it.",
    ),
    "placement_missing": (
        "どこで伝えるかを1つ以上入れてください。",
        "Say at least one place where it speaks.",
    ),
    "axis_missing": (
        "訴求点を選んでください。訴求点のない掲出は始められません。",
        "Choose the appeal point. Nothing goes live without one.",
    ),
    "axis_not_valid": (
        "訴求点「{axis}」を使えるのは{valid}です（掲出は{days}）。",
        "Appeal point “{axis}” holds {valid}; the placement runs {days}.",
    ),
    "axis_not_for_product": (
        "訴求点「{axis}」は、この施策の商品には使えません。",
        "Appeal point “{axis}” is not for the products of this measure.",
    ),
    "axis_was_said": (
        "始まった施策{number}がこの訴求点を使っています。名前と商品は変えられません。別の訴求点を作ってください。",
        "Measure {number} went live with this point: its name and products stay. Make another one.",
    ),
    "same_axis": (
        "「{given}」自身とは反対にできません。別の訴求点を選んでください。",
        "“{given}” cannot contradict itself. Choose another point.",
    ),
    "clash_open": (
        "施策{number_a}の「{axis_a}」と施策{number_b}の「{axis_b}」が、お客様にわかりにくくなります。片方を直すか、理由と期限を付けて認めてください。",
        (
            "“{axis_a}” of measure {number_a} and “{axis_b}” of measure {number_b} are "
            "unclear to the customer. Change one, or accept it with a reason and an end."
        ),
    ),
    "unknown_cause": (
        "できごと「{given}」は見つかりません。一覧を読み直してください。",
        "There is no event “{given}”. Read the list again.",
    ),
    "unknown_finding": (
        "矛盾「{given}」は見つかりません。一覧を読み直してください。",
        "There is no contradiction “{given}”. Read the list again.",
    ),
    "accepting_needs_why": (
        "認める理由を入力してください。記録に残ります。",
        "Enter why it is accepted. It stays on record.",
    ),
    "too_far": (
        "{most}日以内の日にしてください。",
        "Choose a day within {most} days.",
    ),
    # conditions, segments, lists
    "conditions_unreadable": (
        "条件を読み取れません（{field}）。画面から選び直してください。",
        "These conditions cannot be read ({field}). Choose them again on the page.",
    ),
    "condition_unknown": (
        "「{given}」という条件はありません（{field}）。一覧から選んでください。",
        "There is no condition “{given}” ({field}). Choose one from the list.",
    ),
    "condition_value_unknown": (
        "この条件に「{name}」という項目はありません（{field}）。",
        "This condition takes no “{name}” ({field}).",
    ),
    "condition_value_missing": (
        "条件の「{name}」が入っていません（{field}）。入力してください。",
        "“{name}” of a condition is missing ({field}). Enter it.",
    ),
    "condition_value_wrong": (
        "条件の「{name}」に「{given}」は使えません（{field}）。",
        "“{given}” cannot be used as “{name}” of a condition ({field}).",
    ),
    "conditions_too_many": (
        "条件は{most}個までです。まとめられるものをまとめてください。",
        "At most {most} conditions can be used. Merge some of them.",
    ),
    "conditions_too_deep": (
        "条件の入れ子は{most}段までです。",
        "Conditions can be nested at most {most} deep.",
    ),
    "segment_unnamed": (
        "セグメントの名前を入力してください。一覧や施策でこの名前を使います。",
        "Enter a name for the segment. Lists and measures use it.",
    ),
    "segment_archived": (
        "「{name}」は片付けられています。元に戻してから変えてください。",
        "“{name}” is put away. Bring it back before you change it.",
    ),
    "not_your_segment": (
        "「{name}」は{owner}だけのセグメントです。写しを作って使ってください。",
        "“{name}” belongs to {owner} alone. Make a copy of it.",
    ),
    "segment_changed": (
        "「{name}」は{owner}が変更しました。内容を見比べてから保存してください。入力は残っています。",
        "{owner} changed “{name}” meanwhile. Compare, then save. Your input is kept.",
    ),
    "still_counting": (
        "お客様を数えている途中です。少し待ってから、もう一度お試しください。",
        "The people are still being counted. Wait a moment and try again.",
    ),
    "nobody_found": (
        "条件にあてはまる方がいません。条件を見直してください。",
        "Nobody fulfils the conditions. Look at them again.",
    ),
    "bad_control_share": (
        "対照群の割合は{least}%から{most}%の間で入力してください。",
        "Enter a control share from {least} to {most} percent.",
    ),
    # staff and how they sign in
    "login_shape": (
        "ログインIDは3〜60文字の半角の英小文字・数字と . _ @ + - で入力してください。",
        "A login has 3 to 60 small letters, digits or . _ @ + -",
    ),
    "login_taken": (
        "このログインIDは、すでに使われています。別のものにしてください。",
        "This login is taken. Choose another one.",
    ),
    "staff_code_taken": (
        "この職員番号は、すでに使われています。別のものにしてください。",
        "This staff number is taken. Choose another one.",
    ),
    "staff_name_missing": (
        "名前を入力してください。ほかの担当者にもこの名前で見えます。",
        "Enter a name. It is how others see this person.",
    ),
    "unknown_role": (
        "役割を選んでください。",
        "Choose a role.",
    ),
    "place_missing": (
        "店舗の担当者は、働く店舗を選んでください。",
        "Choose the store that this person works in.",
    ),
    "mail_shape": (
        "メールアドレスの形を確かめてください（例 yamada@example.jp）。",
        "Check the mail address (such as yamada@example.com).",
    ),
    "own_login": (
        "自分の役割を変えたり、自分を止めたりはできません。本部のほかの担当者に頼んでください。",
        "Nobody changes their own role or switches themselves off. Ask someone of head office.",
    ),
    "last_of_head_office": (
        "本部でログインできる方がいなくなるため、変えられません。先に本部の担当者を招いてください。",
        "Nobody of head office could sign in any more. Invite somebody of head office first.",
    ),
    "staff_off": (
        "この担当者は止めてあります。先に使えるように戻してください。",
        "This login is switched off. Switch it on first.",
    ),
    "staff_link_over": (
        "このリンクはもう使えません。本部の担当者に、新しいリンクを頼んでください。",
        "This link cannot be used any more. Ask head office for a new one.",
    ),
    "password_short": (
        "パスワードは{least}文字以上にしてください。好きな言葉をいくつか並べると覚えやすくなります。",
        "Use at least {least} characters. A few words in a row are easy to remember.",
    ),
    "password_long": (
        "パスワードは{most}文字以内にしてください。",
        "Use at most {most} characters.",
    ),
    "password_common": (
        "よく使われるパスワードなので、すぐに当てられます。別のものにしてください。",
        "This password is common and quickly guessed. Choose another one.",
    ),
    "password_like_you": (
        "名前・ログインID・店の名前に似ています。別のものにしてください。",
        "It is too much like your name, your login or the shop's name. Choose another one.",
    ),
    "passwords_differ": (
        "2つのパスワードが違います。同じものを2回入力してください。",
        "The two passwords differ. Type the same one twice.",
    ),
    "wrong_password": (
        "いまのパスワードが違います。もう一度入力してください。",
        "This is not your present password. Try again.",
    ),
    "wrong_code": (
        "コードが違うか、もう使われています。アプリの次のコードを入力してください。",
        "This code is wrong or was used already. Type the next one that the app shows.",
    ),
    "too_many_tries": (
        "間違いが続きました。{minutes}分たってから、もう一度入力してください。",
        "Too many wrong ones. Try again in {minutes} minutes.",
    ),
    "no_authenticator": (
        "認証アプリが登録されていません。最初からやり直してください。",
        "There is no authenticator. Begin again.",
    ),
    "authenticator_on": (
        "認証アプリは、すでに登録されています。",
        "An authenticator is on already.",
    ),
    "authenticator_unreadable": (
        "認証アプリの登録を読めません。回復コードを使うか、本部の担当者に解除を頼んでください。",
        "The authenticator cannot be read. Use a recovery code, or ask head office to reset it.",
    ),
    "factor_required": (
        "この店では、パスワードのほかに認証アプリが必要です。解除できません。",
        "This shop asks for an authenticator beside the password. It cannot be turned off.",
    ),
    "passkey_not_right": (
        "このパスキーではログインできませんでした。もう一度試すか、パスワードを使ってください。",
        "This passkey did not let you in. Try again, or use your password.",
    ),
    "passkey_copied": (
        "このパスキーは写しかもしれないため、使えません。本部の担当者に知らせてください。",
        "This passkey may have been copied and cannot be used. Tell head office.",
    ),
    "passkey_known": (
        "このパスキーは、すでに登録されています。",
        "This passkey is registered already.",
    ),
    "too_many_passkeys": (
        "パスキーは{most}個までです。使わないものを外してください。",
        "There can be {most} passkeys. Remove one that is not used.",
    ),
    "unknown_option": (
        "「{given}」は選べません。一覧から選んでください。",
        "“{given}” cannot be chosen. Choose from the list.",
    ),
}
OTHERWISE = (
    "この内容では進めません（{code}）。{field}を確かめてください。",
    "This cannot go on ({code}). Check {field}.",
)


class _Sentence(Formatter):
    """Fills named slots; `{total:money}` shows minor units as money; a missing slot is a dash."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "—")

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "money" and isinstance(value, int):
            return _money(value, self.currency)
        return text_of(value) if isinstance(value, Mapping) else str(value)


def sentence(refusal: Refusal, *, currency: str = "JPY") -> str:
    """The refusal in the reader's language."""
    ja, en = SENTENCES.get(refusal.code, OTHERWISE)
    slots = {
        **refusal.detail,
        "code": refusal.code,
        "field": refusal.field or say("内容", "the content"),
    }
    chosen = en if language() == "en" else ja
    return _Sentence(str(refusal.detail.get("currency") or currency)).vformat(chosen, (), slots)


def as_json(refusal: Refusal, *, currency: str = "JPY") -> dict[str, Any]:
    """The refusal for a program: code, field, values, and the sentence to show."""
    return {
        "code": refusal.code,
        "field": refusal.field,
        "detail": {key: _plain(value) for key, value in refusal.detail.items()},
        "message": sentence(refusal, currency=currency),
    }


def _money(minor: int, currency: str) -> str:
    places = exponent(currency)
    sign = "−" if minor < 0 else ""
    return f"{sign}{_SIGN.get(currency, currency + ' ')}{abs(minor) / 10**places:,.{places}f}"


def _plain(value: object) -> Any:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else str(value)
