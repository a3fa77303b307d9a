"""Test-time adaptation: presence, refined scores and regions, through the adapter on painted clips."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from crossoracle.encoders import embedded as room
from crossoracle.encoders.encoder import encoder
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.test_time import TestTime
from crossoracle.oracles.adapters.probe import against_best
from crossoracle.oracles.catalogue import adapter
from crossoracle.oracles.oracle import CallFailed
from tests.oracles.literature.painted import CLASSES, clip
from tests.oracles.putting import ask, describe

__all__ = ["ask", "describe"]
LONG = [None, None, None, "red", "red", None, None, None]


@pytest.fixture
def oracle(tower):
    return TestTime(tower, {"painted": CLASSES})


def test_it_is_in_the_catalogue():
    assert adapter("test-time").load() is TestTime
    assert not adapter("test-time").paid


def test_it_finds_where_the_action_is(oracle, ask):
    answer, read = ask(oracle, "score", clip(LONG, "red event"))
    assert (read.outcome, answer.p_source, answer.cost_usd) == ("yes", "logits", 0.0)
    assert [i for i, one in enumerate(read.kept) if one] == [3, 4]
    assert min(read.scores[3:5]) > max(read.scores[:2] + read.scores[6:])
    assert (min(read.scores), max(read.scores)) == (0.0, 1.0)


def test_another_action_is_not_there(oracle, ask):
    seen = {label: ask(oracle, "verify", clip(LONG, label))[0].p_yes for label in CLASSES}
    assert seen["red event"] > 0.5
    assert max(seen["green event"], seen["blue event"]) < 0.5
    assert ask(oracle, "score", clip(LONG, "blue event"))[1].outcome == "no"


def test_presence_is_that_of_the_mean_of_the_frames(oracle, tower, ask):
    shown = clip(["red", None, "green", "red"], "green event")
    reads = encoder(tower)
    mean = reads.frames([frame.pixels() for frame in shown.frames]).mean(axis=0)
    texts = reads.texts([f"a video of {label}" for label in CLASSES])
    expected = softmax(3.0 * (texts @ (mean / np.linalg.norm(mean))))
    warm = replace(oracle, scale=3.0)
    assert ask(warm, "verify", shown)[0].p_yes == pytest.approx(against_best(expected, 1), rel=1e-5)
    same = replace(oracle, scale=reads.scale)
    assert ask(oracle, "verify", shown)[0].p_yes == ask(same, "verify", shown)[0].p_yes


def test_to_verify_and_to_score_measure_the_same_presence(oracle, ask):
    shown = clip(LONG, "red event")
    assert ask(oracle, "verify", shown)[0].p_yes == ask(oracle, "score", shown)[0].p_yes


def test_refinement_tells_segments_apart_more_clearly(tower, ask):
    shown = clip(["green", "red", "red", "green", None, None, "red", None], "red event", seed=3)
    plain, refined = (TestTime(tower, {"painted": CLASSES}, steps=steps, smooth_s=0.0) for steps in (0, 40))
    task = plain.task(shown)
    high = np.array([frame.segment in (1, 2, 6) for frame in shown.frames])
    gaps = []
    for one in (plain, refined):
        values, _, _ = one._refined(shown, task)
        gaps.append(values[high].mean() - values[~high].mean())
    assert gaps[1] > gaps[0]


def test_captions_suppress_regions_that_speak_of_another_class(tower, captions, ask):
    shown = clip(["red", "red", None, None, "green", "green", None, None], "red event")
    options = {"classes": {"painted": CLASSES}, "smooth_s": 0.0, "threshold_s": 1.5}
    with_captions = TestTime(tower, captions=captions, **options)
    _, _, left = with_captions._refined(shown, with_captions.task(shown))
    inside = {frame for first, last in left for frame in range(first, last + 1)}
    assert {0, 1, 2, 3} <= inside
    assert not inside & {8, 9, 10, 11}
    _, read = ask(with_captions, "score", shown)
    assert not any(read.kept[4:6])


def test_a_captioner_has_the_last_word(tower, captions, tmp_path, ask, describe):
    shown = clip(["red", "red", None, None, "red", "red", None, None], "red event")
    file = tmp_path / "captioned.jsonl"
    lines = [
        {"dataset": "painted", "video_id": "v", "time_s": 2.2, "caption": "green square"},
        {"dataset": "painted", "video_id": "v", "time_s": 2.6, "caption": "green square"},
        {"dataset": "painted", "video_id": "other", "time_s": 0.2, "caption": "blue square"},
    ]
    file.write_text("\n".join(map(json.dumps, lines)) + "\n")
    options = {"classes": {"painted": CLASSES}, "smooth_s": 0.0, "threshold_s": 1.5, "captions": captions}
    plain, told = TestTime(tower, **options), TestTime(tower, **options, captioned=str(file))
    assert [i for i, one in enumerate(ask(plain, "score", shown)[1].kept) if one] == [0, 1, 4, 5]
    _, read = ask(told, "score", shown)
    assert [i for i, one in enumerate(read.kept) if one] == [0, 1], "nothing is told of the first region"
    assert max(read.scores[4:6]) == 0
    other = replace(shown, video_id="third")
    assert ask(told, "score", other) == ask(plain, "score", other), "of others the list is taken"
    assert describe(told, "score", shown) != describe(plain, "score", shown)


def test_a_suppressed_region_falls_back_to_the_lowest_score(tower, captions, monkeypatch):
    oracle = TestTime(tower, {"painted": CLASSES}, captions=captions)
    shown = clip(LONG, "red event")
    values, found, _ = oracle._refined(shown, oracle.task(shown))
    assert len(found) == 1, "the red segments are one region"
    monkeypatch.setattr(TestTime, "_agreeing", lambda *given: ())
    without, _, left = oracle._refined(shown, oracle.task(shown))
    assert left == ()
    ((first, last),) = found
    assert set(without[first : last + 1]) == {values.min()}


def test_one_segment_is_all_there_is(oracle, ask):
    _, read = ask(oracle, "score", clip(["red"], "red event"))
    assert read.outcome == "yes"
    assert list(read.scores) == [1.0]
    assert list(read.kept) == [True]


def test_equal_segments_have_equal_scores(oracle, ask):
    one = clip(["red"], "red event")
    frames = [replace(one.frames[0], time_s=0.25 + i / 2, segment=i) for i in range(4)]
    borders = tuple((i / 2, (i + 1) / 2) for i in range(4))
    _, read = ask(oracle, "score", replace(one, frames=tuple(frames), segments=borders))
    assert set(read.scores) == {1.0}
    assert all(read.kept)


def test_a_segment_without_frames_has_no_score(oracle, ask):
    shown = clip(LONG, "red event")
    thinned = replace(shown, frames=tuple(frame for frame in shown.frames if frame.segment != 6))
    _, read = ask(oracle, "score", thinned)
    assert read.scores[6] is None
    assert not read.kept[6]


def test_the_same_question_has_the_same_answer_and_a_seed_may_change_it(oracle, ask, describe):
    shown = clip(["green", "red", "red", "green"] * 6, "red event")
    assert ask(oracle, "score", shown) == ask(replace(oracle), "score", shown)
    assert describe(oracle, "score", shown, 0) == describe(oracle, "score", shown, 1)
    hasty = replace(oracle, drawn=2, rate=0.5)
    task = hasty.task(shown)
    one, other = (replace(hasty, seed=seed)._refined(shown, task)[0] for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_descriptions_are_json_and_tell_questions_apart(oracle, tower, captions, tmp_path, describe):
    shown = clip(LONG, "red event")
    told = describe(oracle, "score", shown)
    assert json.loads(json.dumps(told)) == told
    assert tower not in json.dumps(told), "the file may lie elsewhere tomorrow"
    texts = tmp_path / "texts.toml"
    texts.write_text('[painted]\n"red event" = ["red square"]\n')
    others = [
        describe(oracle, "verify", shown),
        describe(oracle, "score", clip(LONG, "green event")),
        describe(oracle, "score", shown.without([2], "cut")),
        *(
            describe(replace(oracle, **change), "score", shown)
            for change in (
                {"steps": 3},
                {"rate": 0.1},
                {"drawn": 3},
                {"smooth_s": 0.5},
                {"threshold_s": 3.0},
                {"contradiction": 0.5},
                {"seed": 1},
                {"kept_from": 0.1},
                {"scale": 3.0},
                {"sentence": "{label}"},
                {"captions": captions},
                {"descriptions": str(texts)},
                {"classes": {"painted": CLASSES[:2]}},
            )
        ),
    ]
    assert all(other != told for other in others)


def test_an_unknown_class_is_no_answer(oracle, ask, describe):
    for wrong in (clip(LONG, "black event"), clip(LONG, "red event", dataset="elsewhere")):
        describe(oracle, "score", wrong)
        with pytest.raises(CallFailed, match="none of the") as failed:
            ask(oracle, "score", wrong)
        assert not failed.value.transient


@pytest.mark.parametrize("option", ["classes", "captions", "captioned", "descriptions", "model"])
def test_a_missing_file_is_told_before_anybody_is_asked(tower, tmp_path, describe, option):
    options = {"model": tower, "classes": {"painted": CLASSES}, option: str(tmp_path / "gone.toml")}
    if option == "model":
        options[option] = str(tmp_path / "gone.npz")
    with pytest.raises(InputError, match=r"gone\.(toml|npz)"):
        describe(TestTime(**options), "score", clip(LONG, "red event"))


@pytest.mark.parametrize(
    ("option", "value"),
    [("steps", -1), ("rate", -0.1), ("drawn", 0), ("smooth_s", -1.0), ("threshold_s", 0.1), ("rate", np.nan)],
)
def test_an_option_out_of_range_is_refused(option, value):
    with pytest.raises(InputError, match=rf"test-time: {option} = .*or more; change it"):
        TestTime("tower.npz", {}, **{option: value})


def test_a_sentence_without_a_label_is_refused():
    with pytest.raises(InputError, match=r"test-time: sentence: .*expected \{label\} in it"):
        TestTime("tower.npz", {}, sentence="a video")


def test_what_a_captioner_said_of_this_video_alone_is_part_of_the_key(tower, tmp_path, describe):
    file = tmp_path / "captioned.jsonl"
    line = {"dataset": "painted", "video_id": "v", "time_s": 2.2, "caption": "green square"}
    shown = clip(LONG, "red event")
    keys = []
    for lines in (
        [line],
        [line, {**line, "video_id": "other"}],
        [{**line, "caption": "red square"}],
        [{**line, "time_s": 1}],
    ):
        file.write_text("\n".join(map(json.dumps, lines)))
        oracle = TestTime(tower, {"painted": CLASSES}, captioned=str(file))
        keys.append(describe(oracle, "score", shown))
    assert keys[0] == keys[1]
    assert keys[2] not in (keys[0], keys[3])
    assert keys[3] != keys[0]
    assert describe(oracle, "score", replace(shown, video_id="third")) not in keys, "the same pictures"


def test_a_bad_file_of_captions_is_told_at_once(tower, tmp_path):
    (tmp_path / "said.jsonl").write_text("{}")
    (tmp_path / "list.txt").write_text("\n")
    for option, name in (("captioned", "said.jsonl"), ("captions", "list.txt")):
        with pytest.raises(InputError, match=f"{name}.*expected"):
            TestTime(tower, {"painted": CLASSES}, **{option: str(tmp_path / name)})


def test_descriptions_of_none_of_the_classes_are_told_at_once(tower, tmp_path):
    (tmp_path / "texts.toml").write_text('[painted]\n"rad event" = ["red square"]\n')
    with pytest.raises(InputError, match=r"painted: found texts of 1 class \(rad event\)"):
        TestTime(tower, {"painted": CLASSES}, descriptions=str(tmp_path / "texts.toml"))


def test_what_was_read_and_embedded_is_let_go(tower, tmp_path, captions, ask):
    file = tmp_path / "tower.npz"
    shutil.copy(tower, file)
    oracle = TestTime(str(file), {"painted": CLASSES}, captions=captions)
    shown = clip(LONG, "red event")
    first = ask(oracle, "score", shown)
    held = len(room._held)
    asyncio.run(oracle.close())
    assert not {"_rows_of_classes", "_rows_of_captions", "_captions", "_told"} & set(vars(oracle))
    assert len(room._held) < held
    assert ask(oracle, "score", shown) == first
