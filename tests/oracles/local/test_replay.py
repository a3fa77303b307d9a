"""Replay: what the tables say comes out of the same path once more, and nothing else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from crossoracle.errors import InputError, TableError
from crossoracle.oracles.adapters.replay import Replay
from crossoracle.oracles.catalogue import adapter
from crossoracle.oracles.oracle import CallFailed
from crossoracle.oracles.reaching import reach
from crossoracle.oracles.settings import settings

KEY = {"dataset": "d", "video_id": "v", "oracle": "it's", "run": "0"}
SCORES = (0.29, None, 1 / 3, 0.29)
KEPT = (False, None, True, True)


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def segments(scores=SCORES, kept=KEPT, **key):
    words = {"phase": "action", "reason": 'it "moves"'}
    return [
        KEY
        | key
        | words
        | {"segment": k, "start_s": k / 2, "end_s": k / 2 + 0.5, "score": score, "kept": flag}
        for k, (score, flag) in enumerate(zip(scores, kept, strict=True))
    ]


def precheck(outcome, **more):
    return KEY | {"outcome": outcome} | more


@pytest.fixture
def replay(tmp_path):
    opened = []

    def from_rows(scores=None, prechecks=None, oracle="it's", run=None):
        files = {
            name: lines(tmp_path / f"{name}.jsonl", rows)
            for name, rows in (("scores", scores), ("prechecks", prechecks))
            if rows is not None
        }
        opened.append(adapter("replay").load()(oracle, run=run, **files))
        return opened[-1]

    yield from_rows
    for oracle in opened:
        asyncio.run(oracle.close())


def test_scores_come_out_as_they_went_in(replay, clip, ask):
    answer, read = ask(replay(segments()), "score", clip)
    assert read.outcome == "yes"
    assert read.scores[1] is None
    found, wanted = ([score for score in scores if score is not None] for scores in (read.scores, SCORES))
    assert found == pytest.approx(wanted, rel=1e-15)
    assert [bool(flag) for flag in read.kept] == [False, False, True, True]
    assert read.phases[0] == "action"
    assert read.reasons[0] == 'it "moves"'
    assert (answer.model, answer.p_yes, answer.p_source) == ("it's, run 0", None, None)


def test_flags_that_are_null_stay_null(replay, clip, ask):
    assert ask(replay(segments(kept=(None,) * 4)), "score", clip)[1].kept == (None,) * 4
    assert ask(replay(segments(kept=(False,) * 4)), "score", clip)[1].kept == (False,) * 4


def test_without_prechecks_every_video_with_scores_is_recognised(replay, clip, ask):
    answer, read = ask(replay(segments()), "verify", clip)
    assert (read.outcome, read.confidence, answer.p_yes) == ("yes", None, None)
    others = [precheck("no", oracle="another")]
    assert ask(replay(segments(), others), "verify", clip)[1].outcome == "yes"


@pytest.mark.parametrize("outcome", ["yes", "no", "skip", "refused", "truncated", "unparsed"])
@pytest.mark.parametrize("kind", ["score", "verify"])
def test_outcomes_come_out_as_they_went_in(replay, clip, ask, outcome, kind):
    oracle = replay(segments(), [precheck(outcome, detail="as it was")])
    answer, read = ask(oracle, kind, clip)
    assert read.outcome == outcome
    assert answer.detail == "as it was"


def test_a_failed_precheck_needs_no_scores(replay, clip, ask):
    _, read = ask(replay(None, [precheck("no")]), "score", clip)
    assert read.outcome == "no"
    assert read.scores == (None,) * 4


@pytest.mark.parametrize(("source", "measured"), [("logits", True), ("samples", True), ("stated", False)])
def test_only_measured_probabilities_are_replayed(replay, clip, ask, source, measured):
    oracle = replay(None, [precheck("yes", p_yes=0.875, p_source=source, confidence=0.75)])
    answer, read = ask(oracle, "verify", clip)
    assert (answer.p_yes, answer.p_source) == ((0.875, source) if measured else (None, None))
    assert read.confidence == 0.75


@pytest.mark.parametrize("confidence", [0.0, 0.004, 0.01, 0.011, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["score", "verify"])
def test_a_confidence_comes_out_as_it_went_in(replay, clip, ask, kind, confidence):
    oracle = replay(segments(), [precheck("yes", confidence=confidence)])
    read = ask(oracle, kind, clip)[1]
    assert read.confidence == pytest.approx(confidence, rel=1e-12)
    assert "confidence as fraction" not in read.flags


def test_the_sample_chooses_the_run_unless_one_is_named(replay, clip, ask):
    rows = segments() + segments((0.5,) * 4, run="1")
    assert ask(replay(rows), "score", clip, 1)[1].scores == (0.5,) * 4
    assert ask(replay(rows, run="1"), "score", clip, 0)[1].scores == (0.5,) * 4


@pytest.mark.parametrize(
    ("rows", "prechecks", "message"),
    [
        (segments(video_id="w"), None, "found neither scores nor a precheck of the video"),
        (segments(), [precheck("yes", video_id="w")], "found no precheck of the video, expected one row"),
        (None, [precheck("yes")], "found no scores of the video, expected one row per segment"),
        (None, [precheck("error", detail="a time-out")], "the table holds an error: a time-out"),
        (segments()[:3], None, "found 3 segments from 0 to 1.5 s, expected the 4 of the clip"),
        (segments()[1:], None, "found 3 segments from 0.5 to 2 s, expected the 4 of the clip"),
        ([row | {"end_s": row["end_s"] + 0.01} for row in segments()], None, "cut by the same step"),
    ],
)
def test_what_the_tables_lack_is_a_failed_call(replay, clip, ask, rows, prechecks, message):
    with pytest.raises(CallFailed) as caught:
        ask(replay(rows, prechecks), "score", clip)
    assert str(caught.value).startswith("replay of it's, run 0, d/v: ")
    assert message in str(caught.value)
    assert not caught.value.transient


def test_edges_within_a_millisecond_are_the_same(replay, clip, ask):
    rows = [row | {"end_s": row["end_s"] + 0.0009} for row in segments()]
    assert ask(replay(rows), "score", clip)[1].outcome == "yes"


def test_descriptions_follow_the_rows_not_the_pictures(replay, clip, describe, tmp_path):
    oracle = replay(segments())
    described = describe(oracle, "score", clip)
    assert json.loads(json.dumps(described)) == described
    assert describe(oracle, "score", clip, 1) != described
    assert describe(oracle, "score", replace(clip, frames=clip.frames[1:])) == described
    assert describe(replay(segments((0.5,) * 4)), "score", clip) != described
    assert str(tmp_path) not in json.dumps(described)


def test_a_replay_without_tables_is_refused():
    with pytest.raises(InputError, match="replay of x: found no table; give scores, prechecks or both"):
        Replay("x")


def test_tables_of_a_section_are_relative_to_the_study(tmp_path, clip, ask):
    lines(tmp_path / "scores.jsonl", segments())
    section = {"adapter": "replay", "oracle": "it's", "scores": "scores.jsonl"}
    known = settings({"oracles": {"again": section}}, "study.toml", tmp_path)
    oracle = reach(known.oracles["again"], tmp_path).adapter
    assert ask(oracle, "score", clip)[1].outcome == "yes"
    asyncio.run(oracle.close())


def test_a_missing_table_is_refused(clip, describe):
    with pytest.raises(TableError, match=r"none\.parquet: found no such file"):
        describe(Replay("x", scores="none.parquet"), "score", clip)
