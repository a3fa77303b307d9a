"""Saliency on painted clips: rated by the words of the label, and asked like every other oracle."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from crossoracle.encoders.embedded import embedded
from crossoracle.encoders.encoder import encoder
from crossoracle.encoders.storyboard import told
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.comparing import per_segment, rescaled
from crossoracle.oracles.adapters.literature.saliency import Saliency
from crossoracle.oracles.oracle import CallFailed
from tests.oracles.literature.painted import CLASSES, clip, train
from tests.oracles.putting import ask, describe

__all__ = ["ask", "describe"]

FILLED = (None, "red", None, None, "red", None)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return train(tmp_path_factory.mktemp("saliency") / "two-tower.npz")


@pytest.fixture
def saliency(model):
    return Saliency(model, {"painted": CLASSES})


def test_segments_that_show_the_class_are_rated_highest(saliency, ask):
    answer, read = ask(saliency, "score", clip(FILLED, "red event"))
    assert read.outcome == "yes"
    scores = np.array(read.scores)
    assert (scores.min(), scores.max()) == (0, 1)
    assert scores[[1, 4]].min() > scores[[0, 2, 3, 5]].max()
    assert [i for i, kept in enumerate(read.kept) if kept] == np.flatnonzero(scores >= 0.5).tolist()
    np.testing.assert_allclose(scores, np.round(scores, 2))
    assert answer.p_source == "logits"
    assert answer.p_yes > 0.5
    assert (answer.cost_usd, answer.input_tokens) == (0.0, 0)


def test_scores_are_their_definition(saliency, model, ask):
    """Mean over words of softmax over frames of scaled cosines, averaged in segments, rescaled."""
    shown = clip(FILLED, "red event")
    one = encoder(model)
    words, frames = one.words("red event"), embedded(one, shown)
    expected = np.zeros(len(frames))
    for word in words:
        powers = np.exp([one.scale * float(word @ frame) for frame in frames])
        expected += powers / powers.sum() / len(words)
    means = expected.reshape(-1, 2).mean(axis=1)
    _, read = ask(saliency, "score", shown)
    np.testing.assert_allclose(read.scores, (means - means.min()) / np.ptp(means), atol=0.0051)


@pytest.mark.parametrize("label", CLASSES)
def test_presence_tells_classes_apart(saliency, ask, label):
    shown = clip((None, label.split()[0], None), label)
    answer, read = ask(saliency, "verify", shown)
    assert (read.outcome, answer.p_yes > 0.5) == ("yes", True)
    for other in set(CLASSES) - {label}:
        answer, read = ask(saliency, "verify", replace(shown, label=other))
        assert (read.outcome, answer.p_yes < 0.5) == ("no", True)


def test_another_class_in_between_is_rated_lower(saliency, model):
    shown = clip((None, "red", "green", "blue", "red"), "red event")
    one, own = encoder(model), told(encoder(model), "red event")
    scores = per_segment(saliency.weigh(own, embedded(one, shown), one.scale), shown)
    assert min(scores[1], scores[4]) > max(scores[0], scores[2], scores[3])


def test_one_segment_and_segments_that_are_all_alike_count_fully(saliency, ask):
    _, read = ask(saliency, "score", clip(("red",), "red event"))
    assert read.scores == (1.0,)
    assert read.kept == (True,)
    shown = clip(("red",) * 3, "red event")
    alike = replace(shown, frames=tuple(replace(shown.frames[0], segment=s, time_s=s) for s in range(3)))
    _, read = ask(saliency, "score", alike)
    assert read.scores == (1.0, 1.0, 1.0)


def test_a_segment_without_frames_has_no_score(saliency, ask):
    shown = clip(FILLED, "red event")
    _, read = ask(saliency, "score", replace(shown, frames=tuple(f for f in shown.frames if f.segment != 2)))
    assert [score is None for score in read.scores] == [False, False, True, False, False, False]


def test_it_answers_the_same_again(saliency, model, ask):
    shown = clip(FILLED, "green event")
    again = Saliency(model, {"painted": CLASSES})
    assert ask(saliency, "score", shown) == ask(again, "score", shown)


@pytest.mark.parametrize("change", [{"label": "gren event"}, {"dataset": "elsewhere"}, {"label": ""}])
def test_a_class_that_it_was_not_given_is_no_answer(saliency, ask, describe, change):
    shown = replace(clip(FILLED, "red event"), **change)
    assert describe(saliency, "score", shown)
    with pytest.raises(CallFailed, match=r"which is none of the [03] classes of") as failed:
        ask(saliency, "score", shown)
    assert not failed.value.transient


def test_a_clip_without_frames_is_no_answer(saliency, ask):
    with pytest.raises(CallFailed, match="found no frames in v"):
        ask(saliency, "verify", replace(clip(FILLED, "red event"), frames=()))


def test_descriptions_are_json_and_tell_questions_apart(saliency, model, describe, tmp_path):
    shown = clip(FILLED, "red event")
    told = describe(saliency, "score", shown)
    assert json.loads(json.dumps(told)) == told
    copy = shutil.copy(model, tmp_path / "elsewhere.npz")
    assert describe(replace(saliency, model=str(copy)), "score", shown) == told
    assert describe(replace(saliency, cache=str(tmp_path)), "score", shown) == told
    others = [
        describe(saliency, "verify", shown),
        describe(saliency, "score", replace(shown, label="blue event")),
        describe(saliency, "score", shown.without([1], "cut")),
        describe(replace(saliency, scale=2.0), "score", shown),
        describe(replace(saliency, kept_from=0.9), "score", shown),
        describe(replace(saliency, classes={"painted": CLASSES[:2]}), "score", shown),
    ]
    assert all(other != told for other in others)


def test_classes_from_a_file(saliency, model, tmp_path, ask):
    file = tmp_path / "classes.toml"
    file.write_text(f"painted = {json.dumps(CLASSES)}\n")
    shown = clip(FILLED, "red event")
    assert ask(Saliency(model, str(file)), "score", shown) == ask(saliency, "score", shown)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "found no such file, expected labels by dataset"),
        ("painted = 3\n", "expected labels by dataset"),
        ('painted = ["a", "a"]\n', "found 2 labels of painted, 1 of them different"),
        ("painted = []\n", "found 0 labels of painted"),
    ],
)
def test_no_classes_is_one_line(model, tmp_path, describe, text, message):
    file = tmp_path / "classes.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        describe(Saliency(model, str(file)), "score", clip(FILLED, "red event"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("option", "value"), [("kept_from", -0.1), ("kept_from", float("nan")), ("scale", 0.0), ("scale", -3.0)]
)
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(InputError, match=f"saliency: {option} = "):
        Saliency("model.npz", {"d": ("a", "b")}, **{option: value})


def test_a_dataset_with_a_single_class_is_no_question(model, ask):
    with pytest.raises(CallFailed, match="expected another one beside it"):
        ask(Saliency(model, {"painted": ("red event",)}), "score", clip(FILLED, "red event"))


def test_weights_of_segments():
    shown = clip((None, "red"), "red event")
    assert per_segment(np.array([0.1, 0.3, 0.2, 0.4]), shown) == pytest.approx([0.2, 0.3])
    assert rescaled([None, 0.4]) == [None, 1.0]
