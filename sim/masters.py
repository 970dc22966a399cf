"""The company, its places, channels, tills and staff, written by hand."""

from sim.digits import registration_no
from sim.world import Channel, Entity, Place, Source, Staff, Till

ENTITY = Entity(
    code="miyabido",
    name={"ja": "株式会社みやび堂（架空）", "en": "Miyabido Co., Ltd. (fictional)"},
    registration_no=registration_no("999901000123"),
    address="東京都渋谷区神南0-0-0（架空）",
    phone="03-0000-0010",
)
PLACES = (
    Place("shibuya", "store", {"ja": "渋谷店", "en": "Shibuya"}, "東京都渋谷区神南0-0-1（架空）",
          "03-0000-0011"),
    Place("kichijoji", "store", {"ja": "吉祥寺店", "en": "Kichijoji"},
          "東京都武蔵野市吉祥寺本町0-0-2（架空）", "03-0000-0012"),
    Place("motomachi", "store", {"ja": "横浜元町店", "en": "Yokohama Motomachi"},
          "神奈川県横浜市中区元町0-0-4（架空）", "03-0000-0014"),
    Place("kamakura", "store", {"ja": "鎌倉店", "en": "Kamakura"},
          "神奈川県鎌倉市小町0-0-5（架空）", "03-0000-0015"),
    Place("fuchu", "warehouse", {"ja": "府中倉庫", "en": "Fuchu warehouse"},
          "東京都府中市0-0-6（架空）", "03-0000-0016"),
    Place("web", "ec", {"ja": "オンラインストア", "en": "Online store"},
          "東京都府中市0-0-3（架空）", "03-0000-0013"),
)  # fmt: skip
WAREHOUSE = "fuchu"
CHANNELS = (
    Channel("store", "store", {"ja": "店舗", "en": "Stores"}),
    Channel("ec", "ec", {"ja": "みやび堂オンライン", "en": "Miyabido Online"}),
    Channel("mall", "mall", {"ja": "いろどりモール", "en": "Irodori Mall"}),
    Channel("kodachi", "mall", {"ja": "こだち市場", "en": "Kodachi Market"}),
    Channel("sns", "sns", {"ja": "つむぎショップ", "en": "Tsumugi Shop"}),
)
SOURCES = (
    Source("pos", {"ja": "店舗レジ", "en": "Store tills"}, 20),
    Source("ec", {"ja": "みやび堂オンライン", "en": "Miyabido Online"}, 30),
    Source("goen", {"ja": "Goenレジ", "en": "Goen register"}, 25),
    Source("mall", {"ja": "いろどりモール", "en": "Irodori Mall"}, 10),
    Source("kodachi", {"ja": "こだち市場", "en": "Kodachi Market"}, 10),
    Source("sns", {"ja": "つむぎショップ", "en": "Tsumugi Shop"}, 12),
)
ONLINE = (("ec", "EC"), ("mall", "IR"), ("kodachi", "KD"), ("sns", "TS"))
"""Sources whose sales no till rings up, with the letters of their numbers. Each has a channel."""
TILLS = tuple(
    Till(f"{place[:3]}-{n}", place, {"ja": f"レジ{n}", "en": f"Till {n}"})
    for place in ("shibuya", "kichijoji", "motomachi", "kamakura")
    for n in (1, 2)
)
STAFF = (
    Staff("H01", {"ja": "雅 京子", "en": "Kyoko Miyabi"}, "hq", None, "honbu"),
    Staff("H02", {"ja": "小野寺 拓", "en": "Taku Onodera"}, "marketer", None, "hansoku"),
    Staff("H03", {"ja": "水野 志保", "en": "Shiho Mizuno"}, "operations", None, "unei"),
    Staff("P01", {"ja": "高梨 蓮", "en": "Ren Takanashi"}, "partner", None, "partner"),
    Staff("S01", {"ja": "三浦 真琴", "en": "Makoto Miura"}, "store", "shibuya", "shibuya"),
    Staff("S02", {"ja": "大橋 由衣", "en": "Yui Ohashi"}, "store", "shibuya", ""),
    Staff("S03", {"ja": "西田 航", "en": "Wataru Nishida"}, "store", "shibuya", ""),
    Staff("S04", {"ja": "久保 里奈", "en": "Rina Kubo"}, "store", "shibuya", ""),
    Staff("K01", {"ja": "星野 和也", "en": "Kazuya Hoshino"}, "store", "kichijoji", "kichijoji"),
    Staff("K02", {"ja": "平野 千夏", "en": "Chinatsu Hirano"}, "store", "kichijoji", ""),
    Staff("K03", {"ja": "永井 悠", "en": "Yu Nagai"}, "store", "kichijoji", ""),
    Staff("M01", {"ja": "関口 美帆", "en": "Miho Sekiguchi"}, "store", "motomachi", "motomachi"),
    Staff("M02", {"ja": "宮田 陸", "en": "Riku Miyata"}, "store", "motomachi", ""),
    Staff("M03", {"ja": "浜口 沙織", "en": "Saori Hamaguchi"}, "store", "motomachi", ""),
    Staff("C01", {"ja": "鶴見 直人", "en": "Naoto Tsurumi"}, "store", "kamakura", "kamakura"),
    Staff("C02", {"ja": "片桐 杏奈", "en": "Anna Katagiri"}, "store", "kamakura", ""),
    Staff("C03", {"ja": "相沢 恵", "en": "Megumi Aizawa"}, "store", "kamakura", ""),
    Staff("F01", {"ja": "堀内 誠", "en": "Makoto Horiuchi"}, "operations", "fuchu", ""),
    Staff("F02", {"ja": "安藤 千尋", "en": "Chihiro Ando"}, "operations", "fuchu", ""),
)
CREWS = {
    place.code: tuple(one.code for one in STAFF if one.place_code == place.code) for place in PLACES
}
"""Who works where."""
