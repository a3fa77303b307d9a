"""Texts about classes in files: read back as they were written, and refused in one line."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle.encoders import subtexts
from crossoracle.encoders.wording import read, written
from crossoracle.errors import InputError

LABELS = dict[str, tuple[str, ...]]
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)


@given(st.dictionaries(TEXTS, st.lists(TEXTS, max_size=3), max_size=3))
def test_lists_are_read_as_they_were_written(found):
    assert tomllib.loads(written(found)) == found


@given(st.dictionaries(TEXTS, st.dictionaries(TEXTS, st.lists(st.lists(TEXTS)), max_size=3), max_size=3))
def test_sets_are_read_as_they_were_written(found):
    assert tomllib.loads(written(found)) == found


@pytest.mark.parametrize(("name", "text"), [("a.toml", 'd = ["x", "y"]'), ("a.json", '{"d": ["x", "y"]}')])
def test_both_kinds_of_files(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert read(str(tmp_path / name), LABELS, "labels") == {"d": ("x", "y")}
    (tmp_path / name).write_text(text.replace('"y"', '"z"'))
    assert read(str(tmp_path / name), LABELS, "labels") == {"d": ("x", "z")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("d = [", "cannot be read"),
        ("d = " + "[" * 3000, "cannot be read"),
        ("d = 3", "d: input should be a valid tuple; expected labels"),
        ('d = ["x", 3]', "d / 1: input should be a valid string"),
    ],
)
def test_what_is_something_else_is_one_line(tmp_path, text, message):
    file = tmp_path / "a.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read(str(file), LABELS, "labels")
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"gone\.toml: found no such file, expected labels"):
        read(str(tmp_path / "gone.toml"), LABELS, "labels")


def test_sub_texts(tmp_path):
    file = tmp_path / "subtexts.toml"
    file.write_text('[d]\na = [["x", "y"], ["z"]]\n[e]\na = [["x", "y"], ["z"]]\nb = [["w"]]\n')
    found = subtexts.read(str(file))
    assert subtexts.of(found, "d", "a", str(file)) == (("x", "y"), ("z",))
    assert subtexts.by_label(found, ("b", "a"), "f") == {"b": (("w",),), "a": (("x", "y"), ("z",))}
    with pytest.raises(InputError, match="found no sub-texts of 'b' of d"):
        subtexts.of(found, "d", "b", str(file))
    with pytest.raises(InputError, match="found no 'c'"):
        subtexts.by_label(found, ("c",), "f")


@pytest.mark.parametrize("text", ["[d]\na = []", "[d]\na = [[]]", '[d]\na = [[""]]', '[d]\na = ["x"]'])
def test_sub_texts_that_are_none(tmp_path, text):
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(InputError, match="d / a"):
        subtexts.read(str(tmp_path / "s.toml"))


def test_two_datasets_that_differ(tmp_path):
    (tmp_path / "s.toml").write_text('[d]\na = [["x"]]\n[e]\na = [["y"]]\n')
    with pytest.raises(InputError, match="in 2 datasets that differ"):
        subtexts.by_label(subtexts.read(str(tmp_path / "s.toml")), ("a",), "f")


def test_sub_texts_are_found_by_names_however_they_are_spelt(tmp_path):
    (tmp_path / "s.toml").write_text('["my set"]\n"brush hair" = [["x", "y"]]\n')
    found = subtexts.read(str(tmp_path / "s.toml"))
    assert subtexts.of(found, "my_set", "Brush_hair", "f") == (("x", "y"),)
