"""Which drawings become samples, against loops that say the same slowly."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from semihard.datasets._glyph_choice import ALIKE, SHARED, choose_characters, choose_drawings

DRAWN = st.dictionaries(
    st.sampled_from("abcdefghijkl"),
    st.dictionaries(st.sampled_from("FGHIJ"), st.sampled_from([bytes([n]) for n in range(6)]), min_size=1),
)


def slowly(drawn, least):
    """Character → the glyphs that may be chosen, from the rules one by one."""
    fonts = {font for by_font in drawn.values() for font in by_font}
    rest = {c: dict(by_font) for c, by_font in drawn.items()}
    for font in fonts:
        for glyph in {by_font.get(font) for by_font in drawn.values()} - {None}:
            like = [c for c in drawn if drawn[c].get(font) == glyph]
            if len(like) > SHARED:
                for c in like:
                    del rest[c][font]
    kept = []
    for c in sorted(rest):
        for other in kept:
            both = [font for font in fonts if font in rest[c] and font in rest[other]]
            same = [font for font in both if rest[c][font] == rest[other][font]]
            if same and len(same) >= ALIKE * len(both):
                break
        else:
            kept.append(c)
    rest = {c: set(rest[c].values()) for c in kept}
    alone = {c: {g for g in rest[c] if not any(g in rest[other] for other in kept if other != c)} for c in kept}
    return {c: glyphs for c, glyphs in alone.items() if len(glyphs) >= least}


@given(DRAWN, st.integers(1, 3), st.integers(0, 2))
def test_the_rules(drawn, least, more):
    chosen = choose_drawings(drawn, least, least + more)
    expected = slowly(drawn, least)
    assert set(chosen) == set(expected)
    for character, fonts in chosen.items():
        glyphs = [drawn[character][font] for font in fonts]
        assert set(glyphs) <= expected[character]
        assert len(glyphs) == len(set(glyphs)) == min(len(expected[character]), least + more)


@given(DRAWN, st.randoms())
def test_the_order_is_of_no_matter(drawn, random):
    characters = random.sample(list(drawn), len(drawn))
    shuffled = {c: {font: drawn[c][font] for font in random.sample(list(drawn[c]), len(drawn[c]))} for c in characters}
    assert choose_drawings(shuffled, 1, 2) == choose_drawings(drawn, 1, 2)


@given(DRAWN, st.permutations("FGHIJ"))
def test_whose_drawing_it_is_changes_no_class(drawn, names):
    renamed = {
        c: {names["FGHIJ".index(font)]: glyph for font, glyph in by_font.items()} for c, by_font in drawn.items()
    }
    assert set(choose_drawings(renamed, 2, 3)) == set(choose_drawings(drawn, 2, 3))


@given(DRAWN)
def test_no_two_samples_are_equal(drawn):
    chosen = choose_drawings(drawn, 1, 5)
    glyphs = {c: {drawn[c][font] for font in fonts} for c, fonts in chosen.items()}
    assert not any(glyphs[one] & glyphs[other] for one, other in combinations(glyphs, 2))


def test_characters_that_most_fonts_have_come_first():
    fonts = {chr(97 + n): n for n in range(20)}
    assert choose_characters({"Latin": fonts}, fonts, 3) == ["r", "s", "t"]
    assert choose_characters({"Latin": list(fonts)[:9]}, fonts, 3) == []  # too few for a script
