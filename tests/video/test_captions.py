"""Captions of generated videos say what is to be seen, frame by frame, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crossoracle.video.synthetic import REGIMES, captioned, regime, subtexts
from crossoracle.video.synthetic.captions import COLOURS, EMPTY, STRIPES, captions
from crossoracle.video.synthetic.generating import Take
from crossoracle.video.synthetic.regime import ACTORS
from crossoracle.video.synthetic.script import Look, Script

SEED = 5


def takes(name, numbers=6):
    one = regime(name)
    return [Take(one, "train", label, i, SEED) for label in range(len(one.classes)) for i in range(numbers)]


@pytest.mark.parametrize("name", [one.name for one in REGIMES])
def test_what_is_shown_is_said(name):
    for take in takes(name):
        script = take.script()
        said = captions(take.regime, script)
        assert len(said) == len(script.looks)
        for look, caption in zip(script.looks, said, strict=True):
            if look is None:
                assert caption == EMPTY
                continue
            assert caption.startswith("grey " if look.colour is None else f"{COLOURS[look.colour]} ")
            assert ("blob" if look.shape is None else ACTORS[look.shape]) in caption
            assert ("plain" if look.stripes is None else f"{STRIPES[look.stripes]} stripes") in caption


@pytest.mark.parametrize(
    ("label", "expected"),
    list(enumerate(["moving right", "moving left", "moving down", "moving up", "circling"])),
)
def test_movements_are_those_of_the_class(label, expected):
    one = replace(regime("concentrated"), lies=0.0, missing=0.0, strangers=0)
    take = Take(one, "train", label, 0, SEED)
    said = [caption for caption in captions(one, take.script()) if caption != EMPTY]
    assert len(said) > 5
    assert all(caption.endswith(f", {expected}") for caption in said)


def test_what_cannot_be_seen_to_move_stands_still():
    one = replace(regime("redundant"), lies=0.0, missing=1.0)
    said = set(captions(one, Take(one, "train", 0, 0, SEED).script()))
    assert said == {EMPTY, "grey blob, plain, standing still"}


def test_the_order_of_movements_is_told_where_it_makes_the_class():
    for take in takes("ordered"):
        first, then = take.regime.classes[take.label].split(" then ")
        moves = [
            caption.split(", ")[2] for caption in captions(take.regime, take.script()) if caption != EMPTY
        ]
        assert list(dict.fromkeys(moves)) == [
            f"moving {first} then elsewhere",
            f"moving elsewhere then {then}",
        ]


def test_another_actor_is_no_movement():
    places = [Look(0, 0, 0, x, 0.5, 0.2, 1.0) for x in (0.1, 0.13, 0.8, 0.77)]
    said = captions(regime("concentrated"), Script(tuple(places), (False,) * 4, None))
    assert [caption.split(", ")[2] for caption in said] == ["moving right"] * 2 + ["moving left"] * 2


def test_captions_do_not_depend_on_how_many_videos_there_are():
    few, many = captioned(seed=SEED, training=1), captioned(seed=SEED, training=2)
    assert few.items() <= many.items()
    assert len(few) == sum(len(one.classes) for one in REGIMES)
    assert captioned(seed=SEED + 1, training=1) != few


@pytest.mark.parametrize("one", REGIMES, ids=lambda one: one.name)
def test_sub_texts_speak_in_the_words_of_captions(one):
    known = {
        word
        for said in captioned(seed=SEED, training=4, regimes=[one.name]).values()
        for caption in said
        for word in caption.replace(",", "").split()
    }
    found = subtexts(one)
    assert list(found) == list(one.classes)
    for label, sets in found.items():
        assert len(sets) >= 3
        assert {word for texts in sets for text in texts for word in text.replace(",", "").split()} <= known
        assert all(label not in texts for texts in sets)
