"""The probe: a trained classifier that is asked and read like a model."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.probe import Probe, against_best, counted, important
from crossoracle.oracles.catalogue import adapter
from crossoracle.oracles.oracle import CallFailed
from crossoracle.provenance import digest


def test_it_is_in_the_catalogue():
    spec = adapter("probe")
    assert spec.load() is Probe
    assert not spec.paid
    assert spec.key is None


def test_scores_are_read_like_any_reply(probe, clip, ask):
    answer, read = ask(probe, "score", clip)
    assert (answer.finish, answer.p_source, answer.cost_usd) == ("stop", "logits", 0.0)
    assert 0 < answer.p_yes < 1
    assert read.outcome == ("yes" if answer.p_yes > 0.5 else "no")
    assert read.confidence == pytest.approx(max(answer.p_yes, 1 - answer.p_yes))


def test_a_score_is_the_probability_of_the_class_in_a_segment(probe, clips, ask):
    for clip in clips.values():
        answer, read = ask(probe, "score", clip)
        scores = np.array([one["importance"] / 100 for one in json.loads(answer.text)["segments"]])
        assert scores.shape == (10,)
        assert ((scores >= 0) & (scores <= 1)).all()
        if read.outcome == "yes":
            np.testing.assert_allclose(read.scores, scores)
            kept = [i for i in range(10) if read.kept[i]]
            assert kept == important(np.array(read.scores), probe.kept_from)
            assert 1 <= len(kept) <= 10


def test_to_verify_and_to_score_measure_the_same_presence(probe, clip, ask):
    scored, read_scores = ask(probe, "score", clip)
    verified, read = ask(probe, "verify", clip)
    assert verified.p_yes == pytest.approx(scored.p_yes)
    assert verified.p_source == "logits"
    assert read.outcome == read_scores.outcome


def test_the_right_class_is_recognised_and_a_wrong_one_is_not(clips, probe, ask):
    told = {}
    for clip in clips.values():
        same = [one.label for one in clips.values() if one.dataset == clip.dataset]
        wrong = next(label for label in same if label != clip.label)
        told[clip] = [ask(probe, "verify", replace(clip, label=one))[0].p_yes for one in (clip.label, wrong)]
    right, wrong = np.array(list(told.values())).T
    assert (right > 0.5).mean() > 0.5
    assert (wrong > 0.5).mean() < 0.25
    assert not ((right > 0.5) & (wrong > 0.5)).any(), "two classes are not both more likely than any other"


@pytest.mark.parametrize("kind", ["score", "verify"])
def test_a_confidence_is_that_of_what_was_decided(probe, clips, ask, kind):
    for clip in clips.values():
        answer, read = ask(probe, kind, clip)
        assert read.confidence == pytest.approx(max(answer.p_yes, 1 - answer.p_yes))


def test_what_is_left_without_the_evidence_convinces_less(clips, edges, ask):
    falls = []
    for clip in clips.values():
        answer, read = ask(edges, "score", clip)
        if read.outcome != "yes":
            continue
        kept = [i for i, one in enumerate(read.kept) if one]
        rest = [i for i in range(10) if i not in kept]
        if rest and kept:
            without = ask(edges, "verify", clip.without(kept, "cut"))[0].p_yes
            with_only = ask(edges, "verify", clip.without(rest, "cut"))[0].p_yes
            falls.append((answer.p_yes - without, with_only - without))
    assert len(falls) > 5
    assert np.mean(falls, axis=0) == pytest.approx(np.clip(np.mean(falls, axis=0), 0.1, 1))


def test_the_same_question_has_the_same_answer(probe, clip, ask):
    assert ask(probe, "score", clip) == ask(replace(probe), "score", clip)


def test_runs_differ_by_the_frames_that_count(probe, clip, ask, describe):
    first, second = (ask(probe, "score", clip, sample)[0] for sample in (0, 1))
    assert first.text != second.text
    assert describe(probe, "score", clip, 0)["sample"] == 0
    assert describe(probe, "score", clip, 0) != describe(probe, "score", clip, 1)
    every = replace(probe, share=1.0)
    assert ask(every, "score", clip, 0) == ask(every, "score", clip, 1)


def test_every_segment_has_a_frame_that_counts(clips):
    segment = None
    for share, run in [(0.0, "a"), (0.3, "b"), (0.75, "c")]:
        for clip in clips.values():
            segment = np.array([frame.segment for frame in clip.frames])
            counts = counted(clip, share, run)
            assert set(segment[counts]) == set(range(len(clip.segments)))
            assert share or counts.sum() == len(clip.segments)
    assert counted(clip, 1.0, "d").all()


def test_about_a_share_of_the_frames_counts(clips):
    found = [counted(clip, 0.75, str(run)).mean() for clip in clips.values() for run in range(20)]
    # of two frames of a segment one counts in any case: 1 - 0.25 + 0.25 ** 2 / 2
    assert np.mean(found) == pytest.approx(0.75 + 0.25**2 / 2, abs=0.02)


def test_a_frame_counts_whatever_is_removed_around_it(clip):
    counts = dict(zip([f.digest for f in clip.frames], counted(clip, 0.75, "0"), strict=True))
    left = clip.without([0, 3, 4, 9], "cut")
    assert all(counts[f.digest] == c for f, c in zip(left.frames, counted(left, 0.75, "0"), strict=True))


def test_descriptions_are_json_and_tell_questions_apart(probe, clip, clips, describe):
    described = describe(probe, "score", clip)
    assert json.loads(json.dumps(described)) == described
    assert described["model"] == digest(probe.model)
    assert probe.model not in json.dumps(described), "the file may lie elsewhere tomorrow"
    others = [
        describe(probe, "verify", clip),
        describe(probe, "score", replace(clip, label="square event")),
        describe(probe, "score", clip.without([2], "cut")),
        describe(replace(probe, share=0.5), "score", clip),
        describe(replace(probe, kept_from=0.5), "score", clip),
        describe(probe, "score", clips["concentrated", "test-0-001"]),
    ]
    assert all(other != described for other in others)


def test_another_model_is_another_key(prepared, clip, describe):
    keys = [
        describe(Probe(str(prepared / "models" / f"{name}.npz")), "score", clip)
        for name in ("edges", "texture")
    ]
    assert keys[0]["model"] != keys[1]["model"]


@pytest.mark.parametrize("change", [{"label": "cross event or so"}, {"dataset": "elsewhere"}, {"label": ""}])
def test_what_it_was_not_trained_on_is_no_answer(edges, clip, ask, change):
    with pytest.raises(CallFailed, match="was not trained on") as failed:
        ask(edges, "score", replace(clip, **change))
    assert not failed.value.transient


def test_a_missing_file_is_told_before_anybody_is_asked(tmp_path, clip, describe):
    with pytest.raises(InputError, match=r"gone\.npz"):
        describe(Probe(str(tmp_path / "gone.npz")), "score", clip)


@pytest.mark.parametrize("name", ["recognizer.npz", "damaged.npz"])
def test_another_file_is_refused(prepared, tmp_path, clip, ask, name):
    file = tmp_path / name
    if name == "recognizer.npz":
        shutil.copy(prepared / "models" / name, file)
    else:
        file.write_bytes((prepared / "models" / "edges.npz").read_bytes()[:-400])
    with pytest.raises(InputError, match="train it again"):
        ask(Probe(str(file)), "score", clip)


@pytest.mark.parametrize("option", ["share", "kept_from"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_share_out_of_range_is_refused(option, value):
    with pytest.raises(InputError, match=rf"probe: {option} = .*, expected a share from 0 to 1"):
        Probe("model.npz", **{option: value})


def test_against_the_best_of_the_others():
    assert against_best(np.array([0.2, 0.6, 0.2]), 1) == pytest.approx(0.75)
    assert against_best(np.array([0.2, 0.6, 0.2]), 0) == pytest.approx(0.25)


def test_equal_scores_are_all_important():
    assert important(np.array([0.3, 0.3, 0.3]), 0.4) == [0, 1, 2]
    assert important(np.array([0.0, 1.0, 0.39, 0.4]), 0.4) == [1, 3]
