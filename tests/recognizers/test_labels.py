"""Labels to classes: by number, then by normalised name; what has no class is listed."""

from __future__ import annotations

import pytest

from crossoracle.errors import InputError
from crossoracle.recognizers.labels import Label, distinct, mapped, normalised

CLASSES = ("Pouring water", "cutting_bread", "Putting [something] onto something", "a hand")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pouring_Water", "pouring water"),
        ("  pouring--water ", "pouring water"),
        ("STRASSE", "straße"),
        ("ﬁshing", "fishing"),
        ("Putting something onto something", "putting [something] ONTO something"),
    ],
)
def test_names_that_are_the_same(one, other):
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"), [("put on", "put off"), ("café", "cafe"), ("cut 1", "cut 2"), ("ab", "a b")]
)
def test_names_that_are_not(one, other):
    assert normalised(one) != normalised(other)


def test_by_name():
    labels = [Label("d", "pouring_water"), Label("d", "A HAND")]
    assert mapped(labels, CLASSES, "r").index == {labels[0]: 0, labels[1]: 3}


def test_the_number_comes_first():
    label = Label("d", "bread", 1)
    found = mapped([label], CLASSES, "r")
    assert found.index == {label: 1}
    assert found.notes == (
        "d: 1 class found by class_id alone; none of the names is one of the recognizer's: see that both "
        "count alike",
    )


def test_a_number_that_names_confirm_needs_no_note():
    assert mapped([Label("d", "a hand", 3), Label("d", "bread", 1)], CLASSES, "r").notes == ()


def test_a_number_without_a_name():
    assert mapped([Label("d", "", 2)], CLASSES, "r").index == {Label("d", "", 2): 2}


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (Label("d", "a foot"), "d: a foot: no such class"),
        (Label("d"), "d: no label: no such class"),
        (Label("d", "a foot", 4), "a foot (class_id 4): the last class is 3"),
        (Label("d", "a foot", -1), "the last class is 3"),
        (Label("d", "a hand", 1), "'a hand' is class 3"),
    ],
)
def test_what_has_no_class_is_told(label, told):
    with pytest.raises(InputError) as caught:
        mapped([label, Label("d", "a hand")], CLASSES, "tiny")
    assert told in str(caught.value)
    assert "recognizer tiny: found 1 label without one of its 4 classes" in str(caught.value)


def test_all_of_them_are_listed_up_to_ten():
    labels = [Label("d", f"class {i:02}") for i in range(13)]
    with pytest.raises(InputError) as caught:
        mapped(labels, CLASSES, "r")
    assert "13 labels" in str(caught.value)
    assert all(f"class {i:02}" in str(caught.value) for i in range(10))
    assert "and 3 more" in str(caught.value)


def test_two_classes_of_one_name_are_told_apart_by_number():
    with pytest.raises(InputError, match="the name of 2 classes"):
        mapped([Label("d", "a")], ("a", "A"), "r")
    assert mapped([Label("d", "a", 1)], ("a", "A"), "r").index == {Label("d", "a", 1): 1}


def test_names_that_are_compared_alike_are_one_class():
    assert distinct(["brush_hair", "Cut", "brush hair", "cut 1"]) == ["Cut", "brush hair", "cut 1"]
