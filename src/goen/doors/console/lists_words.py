"""What arms, causes and channels of a list are called."""

ARMS = {
    "treated": ("届ける方", "To be sent"),
    "control": ("対照群（今回は届けない）", "Control: not this time"),
    "holdout": ("保留群（どの施策も届けない）", "Holdout: never"),
    "excluded": ("除いた方", "Left out"),
}
CAUSES = {
    "staff": ("社員", "Staff"),
    "no_address": ("宛先なし", "No address"),
    "lent_address": ("モールの貸し出し宛先のみ", "Only a lent address"),
    "no_consent": ("同意なし", "No consent"),
    "refused": ("お断り", "Refused"),
    "suppressed": ("配信停止の宛先", "Address barred"),
    "already_listed": ("この施策を届け済み", "Already in this measure"),
    "other_store": ("別の店の案内と重なる", "Another store's offer"),
    "over_contacted": ("案内が続いている", "Written to often"),
}
CHANNELS = {
    "mail": ("メール", "Mail"),
    "line": ("LINE", "LINE"),
    "sms": ("SMS", "Text message"),
    "dm": ("DM（郵便）", "Post"),
    "flyer": ("チラシ", "Flyer"),
    "sns": ("SNS", "Social media"),
    "ad": ("広告", "Advertisement"),
    "store": ("店頭", "In store"),
    "ec": ("ECサイト", "Online store"),
    "mall": ("モール", "Marketplace"),
    "app": ("アプリ", "App"),
}
