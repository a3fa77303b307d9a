"""Direct scoring: what a reply says becomes rows, and nothing is worked out behind its back."""

from __future__ import annotations

import asyncio
import json

import pytest

from crossoracle.oracles.direct import direct


def _reply(**changes) -> str:
    segments = [
        {"segment": i, "importance": n, "phase": "action", "reason": f"because {i}"}
        for i, n in enumerate((10, 90, 55))
    ]
    return json.dumps(
        {"presence": "YES", "confidence": 80, "evidence": "a hand", "segments": segments, "important": [2]}
        | changes
    )


def _ask(scripted, clip, reply, sample=0):
    oracle = scripted(lambda shown: 1.0, reply)
    return asyncio.run(direct(oracle, clip(3), sample)), oracle


def test_scores_are_importance_over_100_and_kept_is_the_replys_own_set(scripted, clip):
    found, _ = _ask(scripted, clip, _reply())
    assert [row["score"] for row in found.scores] == [0.10, 0.90, 0.55]
    assert [row["kept"] for row in found.scores] == [False, False, True]  # though segment 1 scores higher
    assert "disagrees" in found.precheck["detail"]
    first = found.scores[0]
    assert first == {
        "dataset": "d",
        "video_id": "v",
        "oracle": "scripted",
        "run": "0",
        "segment": 0,
        "start_s": 0.0,
        "end_s": 1.0,
        "score": 0.10,
        "kept": False,
        "phase": "action",
        "reason": "because 0",
    }


def test_the_precheck_says_what_it_took(scripted, clip):
    found, _ = _ask(scripted, clip, _reply())
    expected = {"outcome": "yes", "p_yes": 0.875, "p_source": "logprobs", "confidence": 0.8, "calls": 1}
    assert expected.items() <= found.precheck.items()
    assert (found.precheck["input_tokens"], found.precheck["output_tokens"]) == (10, 2)
    assert found.precheck["cost_usd"] is None  # an unknown price is not 0


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (_reply(presence="NO"), "no"),
        (_reply(presence="SKIP"), "skip"),
        (_reply()[:-40], "truncated"),
        ("I am sorry, I cannot help with that.", "refused"),
        ("a towel", "unparsed"),
        (None, "refused"),
    ],
)
def test_without_recognition_there_are_no_scores(reply, outcome, scripted, clip):
    found, _ = _ask(scripted, clip, reply)
    assert found.precheck["outcome"] == outcome
    assert found.scores == []


def test_a_run_is_its_sample(scripted, clip):
    found, oracle = _ask(scripted, clip, _reply(), sample=3)
    assert oracle.samples == [3]
    assert {row["run"] for row in (*found.scores, found.precheck)} == {"3"}


def test_segments_left_out_are_null(scripted, clip):
    only = [{"segment": 1, "importance": 40, "phase": "", "reason": ""}]
    found, _ = _ask(scripted, clip, _reply(segments=only, important=[1]))
    assert [row["score"] for row in found.scores] == [None, 0.40, None]
    assert found.scores[1]["phase"] is None
