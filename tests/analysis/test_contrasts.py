"""Which comparisons the conditions allow."""

from __future__ import annotations

import pytest

from crossoracle.analysis.catalogue import CONTRASTS, comparisons, find
from crossoracle.errors import InputError, UnknownNameError

EVERY = [
    "bottom",
    "budget@0.3",
    "budget@1",
    "full",
    "full+shuffled",
    "inverted@0",
    "led@0",
    "led@0+shuffled",
    "led@0.5",
    "led@1",
    "threshold@0",
    "threshold@0.6",
    "threshold@0.6+shuffled",
    "uniform",
]


def _found(conditions, *names):
    return [(one.contrast, *one.sides()) for one in comparisons(find(names, conditions), conditions)]


def test_every_contrast_is_found_once():
    assert _found(EVERY) == [
        ("polarity_gap", "led@0", "inverted@0"),
        ("eps", "led@0", "bottom"),
        ("full_gap", "led@0", "full"),
        ("tds", "led@0", "uniform"),
        ("preservation", "led@0.5", "full"),
        ("preservation", "led@1", "full"),
        ("score_gain", "best of 2", "led@0"),
        ("shuffle_damage", "full", "full+shuffled"),
        ("shuffle_damage", "led@0", "led@0+shuffled"),
        ("shuffle_damage", "threshold@0.6", "threshold@0.6+shuffled"),
        ("shuffle_damage_difference", "full - full+shuffled", "led@0 - led@0+shuffled"),
        ("shuffle_damage_difference", "full - full+shuffled", "threshold@0.6 - threshold@0.6+shuffled"),
        ("shuffle_damage_difference", "led@0 - led@0+shuffled", "threshold@0.6 - threshold@0.6+shuffled"),
    ]


def test_what_leaves_everything_is_no_choice():
    (gain,) = [one for one in comparisons(find([], EVERY), EVERY) if one.best]
    assert gain.best == ("threshold@0.6", "budget@0.3")


def test_a_written_contrast_is_canonical():
    assert _found(["led@0.3", "full"], "led@0.30 - full") == [("led@0.3 - full", "led@0.3", "full")]


def test_a_condition_from_elsewhere_can_be_compared():
    assert _found(["vlm-selected", "full"], "vlm-selected - full") == [
        ("vlm-selected - full", "vlm-selected", "full")
    ]


@pytest.mark.parametrize("again", ["led@0 - full", "full - led@0"])
def test_no_comparison_is_made_twice(again):
    assert [name for name, *_ in _found(EVERY, "full_gap", again)] == ["full_gap"]


def test_unknown_names_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'full_gap'"):
        find(["fullgap"], EVERY)
    with pytest.raises(UnknownNameError, match=r"did you mean 'led@0\.5'"):
        find(["full - led@0.55"], EVERY)
    with pytest.raises(InputError, match="same condition twice"):
        find(["full - full"], EVERY)


def test_contrasts_are_explained():
    assert all(
        name == one.name and one.title and one.formula and one.meaning for name, one in CONTRASTS.items()
    )
