"""The narrative, looked up: captions that are consistent in time, read without a picture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crossoracle.encoders import codebook
from crossoracle.encoders.captioning import looked_up
from crossoracle.encoders.encoder import encoder
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.narrative import Narrative
from crossoracle.oracles.adapters.probe import against_best
from crossoracle.oracles.catalogue import adapter
from crossoracle.oracles.oracle import CallFailed
from tests.oracles.literature.painted import CAPTIONS, CLASSES, clip
from tests.oracles.putting import ask, describe

__all__ = ["ask", "describe"]
LONG = [None, None, None, "red", "red", None, None, None]


@pytest.fixture
def oracle(tower, captions):
    return Narrative(tower, {"painted": CLASSES}, captions=captions)


@pytest.fixture(scope="module")
def book(tower, tmp_path_factory):
    """A codebook of clips that show everything."""
    reads = encoder(tower)
    shown = [clip([None, "red", "green", "blue"] * 2, "red event", seed=seed) for seed in range(4)]
    rows = np.concatenate([reads.frames([frame.pixels() for frame in one.frames]) for one in shown])
    file = tmp_path_factory.mktemp("book") / "codebook.npz"
    codebook.learn(rows, 4).save(file, reads.describe())
    return str(file)


def test_it_is_in_the_catalogue():
    assert adapter("narrative").load() is Narrative
    assert not adapter("narrative").paid


def test_it_tells_what_is_seen_and_when(oracle):
    assert oracle.narrative(clip(LONG, "red event")).splitlines() == [
        "The account:",
        "- 0.00 s to 1.50 s (segments 0 to 2): empty place",
        "- 1.50 s to 2.50 s (segments 3 to 4): red square",
        "- 2.50 s to 4.00 s (segments 5 to 7): empty place",
    ]


def test_what_it_looks_up_finds_where_the_action_is(oracle, ask):
    answer, read = ask(oracle, "score", clip(LONG, "red event"))
    assert (read.outcome, answer.p_source, answer.cost_usd) == ("yes", "logits", 0.0)
    assert list(read.scores) == [0, 0, 0, 1, 1, 0, 0, 0]
    assert [i for i, one in enumerate(read.kept) if one] == [3, 4]
    assert list(read.reasons[2:4]) == ["empty place", "red square"]


def test_another_action_is_not_there(oracle, ask):
    seen = {label: ask(oracle, "verify", clip(LONG, label))[0].p_yes for label in CLASSES}
    assert seen["red event"] > 0.5
    assert max(seen["green event"], seen["blue event"]) < 0.5


def test_presence_is_read_from_the_words_alone(oracle, tower, ask):
    reads = encoder(tower)
    said = [CAPTIONS[1] if 6 <= i < 10 else CAPTIONS[0] for i in range(16)]
    classes = reads.texts([f"a video of {label}" for label in CLASSES])
    expected = against_best(looked_up(reads.texts(said), classes, reads.scale), 0)
    assert ask(oracle, "verify", clip(LONG, "red event"))[0].p_yes == pytest.approx(expected, rel=1e-6)


def test_a_codebook_of_other_videos_serves_as_well(oracle, book, ask):
    with_book = replace(oracle, codebook=book)
    shown = clip(LONG, "red event")
    assert with_book.narrative(shown) == oracle.narrative(shown)
    assert ask(with_book, "score", shown)[1].scores == ask(oracle, "score", shown)[1].scores


def test_a_codebook_of_another_encoder_is_refused(oracle, book, tmp_path, ask):
    other = tmp_path / "other.npz"
    codebook.read(Path(book), encoder(oracle.model).describe()).save(other, {"family": "other"})
    with pytest.raises(InputError, match="learned with another encoder"):
        ask(replace(oracle, codebook=str(other)), "score", clip(LONG, "red event"))


def test_without_captions_classes_are_what_can_be_told(tower, ask):
    oracle = Narrative(tower, {"painted": CLASSES})
    told = oracle.narrative(clip(["red", "red", "green", "green"], "red event"))
    assert "(segments 0 to 1): a video of red event" in told
    assert "(segments 2 to 3): a video of green event" in told


def test_a_high_penalty_tells_one_thing_alone(oracle):
    told = replace(oracle, switch=50.0).narrative(clip(LONG, "red event"))
    assert told.splitlines()[1:] == ["- 0.00 s to 4.00 s (segments 0 to 7): empty place"]


def test_one_segment_and_equal_segments(oracle, ask):
    _, read = ask(oracle, "score", clip(["red"], "red event"))
    assert (list(read.scores), list(read.kept)) == ([1.0], [True])
    _, read = ask(oracle, "score", clip(["red"] * 4, "red event"))
    assert set(read.scores) == {1.0}


def test_the_same_question_has_the_same_answer(oracle, ask, describe):
    shown = clip(LONG, "red event")
    assert ask(oracle, "score", shown) == ask(replace(oracle), "score", shown)
    assert describe(oracle, "score", shown, 0) == describe(oracle, "score", shown, 1)


def test_descriptions_are_json_and_tell_questions_apart(oracle, book, captions, tmp_path, describe):
    shown = clip(LONG, "red event")
    told = describe(oracle, "score", shown)
    assert json.loads(json.dumps(told)) == told
    assert captions not in json.dumps(told)
    changes = ({"tokens": 3}, {"switch": 0.3}, {"seed": 1}, {"kept_from": 0.2}, {"codebook": book})
    others = [describe(replace(oracle, **change), "score", shown) for change in changes]
    other_words = tmp_path / "captions.txt"
    other_words.write_text("red square\nempty place\n")
    others.append(describe(replace(oracle, captions=str(other_words)), "score", shown))
    assert all(other != told for other in others)


def test_an_unknown_class_is_no_answer(oracle, ask):
    with pytest.raises(CallFailed, match="none of the 3 classes") as failed:
        ask(oracle, "score", clip(LONG, "black event"))
    assert not failed.value.transient


@pytest.mark.parametrize("option", ["captions", "codebook"])
def test_a_missing_file_is_told_before_anybody_is_asked(oracle, tmp_path, describe, option):
    with pytest.raises(InputError, match=rf"narrative: {option}: found no file .*gone"):
        describe(replace(oracle, **{option: str(tmp_path / "gone")}), "score", clip(LONG, "red event"))


@pytest.mark.parametrize(("option", "value"), [("tokens", 0), ("switch", -0.1), ("switch", np.nan)])
def test_an_option_out_of_range_is_refused(option, value):
    with pytest.raises(InputError, match=rf"narrative: {option} = .*or more; change it"):
        Narrative("tower.npz", {}, **{option: value})
