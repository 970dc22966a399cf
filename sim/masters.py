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
    Place("web", "ec", {"ja": "オンライン倉庫", "en": "Online warehouse"},
          "東京都府中市0-0-3（架空）", "03-0000-0013"),
)  # fmt: skip
CHANNELS = (
    Channel("store", "store", {"ja": "店舗", "en": "Stores"}),
    Channel("ec", "ec", {"ja": "みやび堂オンライン", "en": "Miyabido Online"}),
    Channel("mall", "mall", {"ja": "いろどりモール", "en": "Irodori Mall"}),
)
SOURCES = (
    Source("pos", {"ja": "店舗レジ", "en": "Store tills"}, 20),
    Source("ec", {"ja": "みやび堂オンライン", "en": "Miyabido Online"}, 30),
    Source("goen", {"ja": "Goenレジ", "en": "Goen register"}, 25),
    Source("mall", {"ja": "いろどりモール", "en": "Irodori Mall"}, 10),
)
TILLS = tuple(
    Till(f"{place[:3]}-{n}", place, {"ja": f"レジ{n}", "en": f"Till {n}"})
    for place in ("shibuya", "kichijoji")
    for n in (1, 2)
)
STAFF = (
    Staff("H01", {"ja": "雅 京子", "en": "Kyoko Miyabi"}, "hq", None, "honbu"),
    Staff("H02", {"ja": "小野寺 拓", "en": "Taku Onodera"}, "marketer", None, "hansoku"),
    Staff("H03", {"ja": "水野 志保", "en": "Shiho Mizuno"}, "operations", None, "unei"),
    Staff("S01", {"ja": "三浦 真琴", "en": "Makoto Miura"}, "store", "shibuya", "shibuya"),
    Staff("S02", {"ja": "大橋 由衣", "en": "Yui Ohashi"}, "store", "shibuya", ""),
    Staff("S03", {"ja": "西田 航", "en": "Wataru Nishida"}, "store", "shibuya", ""),
    Staff("S04", {"ja": "久保 里奈", "en": "Rina Kubo"}, "store", "shibuya", ""),
    Staff("K01", {"ja": "星野 和也", "en": "Kazuya Hoshino"}, "store", "kichijoji", "kichijoji"),
    Staff("K02", {"ja": "平野 千夏", "en": "Chinatsu Hirano"}, "store", "kichijoji", ""),
    Staff("K03", {"ja": "永井 悠", "en": "Yu Nagai"}, "store", "kichijoji", ""),
)
