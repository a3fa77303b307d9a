"""Whatever a model writes: no exception, and no score that does not stand in what it wrote."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crossoracle.replies import read_score, read_verify

OUTCOMES = {"yes", "no", "skip", "refused", "unparsed", "truncated"}
FINISHES = st.sampled_from(["stop", "length", "refused", "empty", "tool_calls"])
WORDS = ["presence", "decision", "segments", "segment", "segment_id", "importance", "important", "YES", "NO"]
PIECES = [*(f'"{word}"' for word in WORDS), *'{}[]:,"\\', "<think>", "</think>", "```", "1", "0.5", "-", "\n"]

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(WORDS) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)
texts = st.text() | st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map("".join)

importances = st.lists(st.integers(0, 100) | st.none(), min_size=1, max_size=6)
styles = st.sampled_from(
    [("presence", "segment", "important", 0), ("decision", "segment_id", "minimum_sufficient_set", 1)]
)
evidence = st.sampled_from(
    ["a cup", 'a "cup" }', "so [ it", "{", "back\\slash", "é \n 𝄞", '{"decision": "NO"}']
)


@st.composite
def replies(draw):
    """Draw a valid reply in either style: its text, and the scores that stand in it."""
    decision, number, important, first = draw(styles)
    values = draw(importances)
    segments = [
        {number: i + first, "importance": value, "reason": draw(evidence)}
        for i, value in enumerate(values)
        if value is not None
    ]
    kept = draw(st.sets(st.integers(0, len(values) - 1)))
    answer = {
        decision: "YES",
        "confidence": draw(st.sampled_from([0.9, 1, 57])),
        "evidence": draw(evidence),
        "segments": segments,
        important: [i + first for i in kept],
    }
    text = json.dumps(answer, indent=draw(st.sampled_from([None, 2])), ensure_ascii=draw(st.booleans()))
    around = draw(st.sampled_from(["{}", "```json\n{}\n```", "<think>hm</think> {}", "Here:\n{}\nDone."]))
    return around.replace("{}", text), values, kept


def well_formed(read, n):
    assert read.outcome in OUTCOMES
    assert len(read.scores) == len(read.kept) == len(read.phases) == len(read.reasons) == n
    assert all(score is None or 0 <= score <= 1 for score in read.scores)
    if read.outcome != "yes":
        assert {*read.scores, *read.kept} <= {None}
    elif n:
        assert read.scores != (None,) * n
    assert read.confidence is None or 0 <= read.confidence <= 1


@given(texts | json_values.map(json.dumps), st.integers(0, 5), FINISHES)
@example('{"presence": ' * 2000, 2, "stop")
@example("{" * 3000, 2, "stop")
@example('{"presence": "YES", "confidence": ' + "9" * 5000 + "}", 2, "stop")
@example('{"presence": "YES", "segments": [{"segment": 1e400, "importance": 1e400}]}', 2, "stop")
@example('{"presence": "YES", "segments": [{"segment": "' + "9" * 5000 + '", "importance": 1}]}', 2, "stop")
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(text, n, finish):
    well_formed(read_score(text, n, finish=finish), n)
    assert read_verify(text, finish=finish).outcome in OUTCOMES


@given(json_values, json_values, json_values, st.integers(0, 4))
@settings(max_examples=300, deadline=None)
def test_any_json_in_the_place_of_segments_is_read(segments, important, confidence, n):
    answer = {"presence": "YES", "confidence": confidence, "segments": segments, "important": important}
    well_formed(read_score(json.dumps(answer), n), n)


@given(st.lists(st.tuples(st.integers(-2, 6), st.integers(-50, 150))), st.integers(1, 5))
def test_a_score_stands_in_the_reply(pairs, n):
    segments = [{"segment": segment, "importance": value} for segment, value in pairs]
    read = read_score(json.dumps({"presence": "YES", "segments": segments, "important": []}), n)
    well_formed(read, n)
    for segment, score in enumerate(read.scores):
        if score is not None:
            assert {min(max(v, 0), 100) / 100 for s, v in pairs if s == segment} == {score}


@given(replies())
def test_a_valid_reply_is_read_as_it_stands(reply):
    text, values, kept = reply
    read = read_score(text, len(values))
    if any(value is not None for value in values):
        assert (read.outcome, read.decision) == ("yes", "YES")
        assert read.scores == tuple(None if value is None else value / 100 for value in values)
        assert read.kept == tuple(segment in kept for segment in range(len(values)))
    else:
        assert (read.outcome, read.decision) == ("unparsed", "YES")


@given(replies())
@settings(max_examples=40, deadline=None)
def test_a_reply_cut_anywhere_gives_its_decision_or_nothing(reply):
    text, values, _ = reply
    whole = read_score(text, len(values))
    end = text.rindex("}") + 1  # behind the answer nothing is lost
    for cut in range(end):
        for finish in ("stop", "length"):
            read = read_score(text[:cut], len(values), finish=finish)
            well_formed(read, len(values))
            assert read.outcome in ("truncated", "refused" if cut == 0 else "truncated", "unparsed")
            assert read.decision in (None, "YES")
            assert read.confidence in (None, whole.confidence)
            assert read_verify(text[:cut], finish=finish).decision in (None, "YES")


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_the_decision_is_read_as_soon_as_it_is_written(finish):
    text = '{"presence": "YES", "confidence": 90, "evidence": "a cup"'
    for cut in range(len('{"presence": "YES"'), len(text)):
        assert read_score(text[:cut], 2, finish=finish).decision == "YES"
    assert re.match("no decision", read_score(text[:15], 2).detail)
