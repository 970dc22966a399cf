"""Folding keys, and components that a cannot-link keeps apart, against naive oracles."""

from hypothesis import example, given
from hypothesis import strategies as st

from goen.customers import rules

records = st.integers(0, 11)
pairs = st.lists(
    st.tuples(records, records).filter(lambda p: p[0] != p[1]).map(lambda p: (min(p), max(p))),
    max_size=25,
)


def reached(start: int, edges: list[tuple[int, int]]) -> set[int]:
    """Breadth first, from scratch."""
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop(0)
        for a, b in edges:
            for there in ({a, b} - {here}) if here in {a, b} else ():
                if there not in found:
                    found.add(there)
                    waiting.append(there)
    return found


def by_walking(edges: list[tuple[int, int]], cannot: list[tuple[int, int]]) -> dict[int, int]:
    """The oracle: take each edge in turn, give it back if it brings a forbidden pair together."""
    taken: list[tuple[int, int]] = []
    for edge in edges:
        together = reached(edge[0], [*taken, edge])
        if not any(a in together and b in together for a, b in cannot):
            taken.append(edge)
    return {x: min(reached(x, taken)) for edge in edges for x in edge}


@given(pairs)
def test_components_are_what_a_walk_reaches(edges):
    assert rules.components(edges, []) == {
        x: min(reached(x, edges)) for edge in edges for x in edge
    }


@given(pairs, pairs.map(lambda found: found[:6]))
def test_a_cannot_link_beats_every_edge(edges, cannot):
    roots = rules.components(edges, cannot)
    assert roots == by_walking(edges, cannot)
    assert not [(a, b) for a, b in cannot if a in roots and b in roots and roots[a] == roots[b]]


@given(pairs, st.randoms(use_true_random=False))
def test_without_a_cannot_link_the_order_of_edges_does_not_matter(edges, rng):
    shuffled = rng.sample(edges, len(edges))
    assert rules.components(edges, []) == rules.components(shuffled, [])


letters = st.sampled_from("髙高﨑崎邊辺齋斎斉あアｱﾊﾞばーｶﾞヴaＡ０1-−－ 　・")


@example("ｶ-ﾞ")
@given(st.text(letters, max_size=12))
def test_folding_twice_is_folding_once(text):
    for fold in (rules.fold_name, rules.fold_kana, rules.fold_mail, rules.fold_code):
        assert fold(fold(text)) == fold(text)


def test_widths_variants_and_marks_do_not_matter():
    assert rules.fold_name("髙橋　健") == rules.fold_name("高橋健")
    assert rules.fold_name("渡邊") == rules.fold_name("渡辺") == rules.fold_name("渡邉")
    assert rules.fold_name("斎藤") == rules.fold_name("斉藤")
    assert rules.fold_kana("ﾀｶﾊｼ ｹﾝ") == rules.fold_kana("たかはし　けん") == "タカハシケン"
    assert rules.fold_phone("０９０−１２３４−５６７８") == rules.fold_phone("+81 90 1234 5678")
    assert rules.fold_code("ｇ104-0001 ") == "G1040001"
    assert rules.fold_mail(" Ken@Kaze.example ") == "ken@kaze.example"


def test_only_a_verified_key_of_ones_own_proves_who_one_is():
    assert rules.proves_identity("mail", "ken@kaze.example", verified=True)
    assert rules.proves_identity("card", "G1", verified=True)
    assert not rules.proves_identity("mail", "ken@kaze.example", verified=False)
    assert not rules.proves_identity("mail", "x1@masked.example", verified=True)
    assert not rules.proves_identity("phone", "+819012345678", verified=True)
