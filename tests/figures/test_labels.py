"""Labels: one line, no mathematics, only characters that the font has, and never two alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crossoracle.figures.labels import label, labels, shorten


def test_dollars_are_no_mathematics():
    assert label("a$b$c") == r"a\$b\$c"


def test_a_long_name_keeps_both_ends():
    assert label("start-" + "x" * 300 + "-end", 13) == "start-…xx-end"
    assert len(label("x" * 300, 24)) == 24


def test_line_breaks_become_spaces():
    assert label("a\nb\t c") == "a b c"


def test_a_character_that_the_font_lacks_is_shown_by_its_code_point():
    assert label("a\u4e2d\u0007") == "a⟨4E2D⟩⟨0007⟩"


def test_names_that_look_the_same_are_numbered_by_their_place_in_the_study():
    names = ["x" * 100 + "b" + "x" * 100, "x" * 100 + "a" + "x" * 100, "short"]
    found = labels(names, 10)
    assert found["short"] == "short"
    assert found[names[1]].endswith(" (2)")
    assert found[names[0]].endswith(" (3)")


def test_shorten_leaves_short_texts_alone():
    assert shorten("abc", 3) == "abc"
    assert shorten("abcd", 3) == "a…d"
    assert shorten("abcd", 1) == "…"


@given(st.lists(st.text(max_size=40), unique=True, max_size=8), st.integers(8, 30))
def test_labels_are_distinct_and_short(names, width):
    found = labels(names, width)
    assert len(set(found.values())) == len(names)
    assert all(len(text.replace("\\$", "$")) <= width + 4 and "\n" not in text for text in found.values())
