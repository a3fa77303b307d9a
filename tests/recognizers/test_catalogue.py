"""Families of recognizers by name, from this package and from others, and their sections in study.toml."""

from __future__ import annotations

import sys

import pytest

from crossoracle.errors import InputError, NotInstalledError, UnknownNameError
from crossoracle.recognizers.catalogue import FAMILIES, GROUP, families, family
from crossoracle.recognizers.reaching import chosen, reach, sections
from crossoracle.recognizers.recognizer import RecognizerSpec


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that installs a package with a family of some name."""

    def install(package, name):
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {package}:SPEC\n")
        (tmp_path / f"{package}.py").write_text(
            "from crossoracle.recognizers.recognizer import RecognizerSpec\n"
            f"SPEC = RecognizerSpec('{name}', 'another', 'tests.recognizers.colours:Colours')\n"
        )
        monkeypatch.delitem(sys.modules, package, raising=False)

    monkeypatch.syspath_prepend(tmp_path)
    return install


def test_built_in_families_load_nothing_heavy():
    assert [spec.name for spec in FAMILIES][:3] == ["transformers-video", "clip-zero-shot", "probe"]
    assert all(spec.meaning and ":" in spec.path for spec in FAMILIES)


def test_another_package_brings_one(installed):
    installed("others_family", "of-others")
    assert family("of-others").load()(frames=3).frames == 3
    assert list(families())[: len(FAMILIES) - 1] == [spec.name for spec in FAMILIES][:-1]


def test_two_of_one_name_are_refused(installed):
    installed("first_family", "same")
    installed("second_family", "same")
    with pytest.raises(InputError, match=r"'same': found two \(.*\), expected one; uninstall"):
        families()


def test_a_family_that_nobody_brings():
    with pytest.raises(UnknownNameError, match="did you mean 'probe'"):
        family("prob")


@pytest.mark.parametrize(
    ("extra", "advice"), [(None, "pip install 'no_such_module_at_all'"), ("local", r"crossoracle\[local\]")]
)
def test_a_missing_module_tells_what_to_install(extra, advice):
    spec = RecognizerSpec("needy", "needs more", "no_such_module_at_all:Needy", extra=extra)
    with pytest.raises(NotInstalledError, match=advice):
        spec.load()


@pytest.mark.parametrize(
    ("found", "error", "message"),
    [
        ({"x": 3}, InputError, r"\[recognizers.x\]: found 3"),
        ({"x": {"model": "m"}}, InputError, "found no family"),
        ({"x": {"family": "prob"}}, UnknownNameError, "did you mean 'probe'"),
    ],
)
def test_sections_that_make_no_sense(found, error, message):
    with pytest.raises(error, match=message):
        sections(found, "study.toml")


def test_the_name_of_a_family_is_enough():
    assert sections({"probe": {}}, "study.toml")["probe"].family == "probe"
    assert [one.name for one in chosen({}, ["probe", "probe"])] == ["probe"]
    with pytest.raises(InputError, match="found no recognizer"):
        chosen({}, [])


def test_options_are_checked():
    known = sections({"x": {"family": "colours", "frames": "many"}}, "study.toml")
    with pytest.raises(InputError, match="frames is 'many'"):
        reach(known["x"], None, ())
    known = sections({"x": {"family": "colours", "frame": 3}}, "study.toml")
    with pytest.raises(UnknownNameError, match="did you mean 'frames'"):
        reach(known["x"], None, ())
    assert reach(sections({"x": {"family": "colours", "frames": 3}}, "s")["x"], None, ()).frames == 3
