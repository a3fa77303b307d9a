from __future__ import annotations

import json

import pytest

from crossoracle.replies import read_score, read_verify
from crossoracle.replies.read import FLAGS


def reply(importance=(80, 20), important=(0,), **changes):
    """Return a reply in our own style, as an object."""
    segments = [
        {"segment": i, "importance": value, "phase": f"phase {i}", "reason": f"reason {i}"}
        for i, value in enumerate(importance)
    ]
    opening = {"presence": "YES", "confidence": 90, "evidence": "a cup moves"}
    return opening | {"segments": segments, "important": important} | changes


def read(values, n=2, finish="stop"):
    return read_score(values if isinstance(values, str) else json.dumps(values), n, finish=finish)


def test_our_own_style_counts_from_0_and_to_100():
    found = read(reply())
    assert (found.outcome, found.decision, found.confidence) == ("yes", "YES", 0.9)
    assert found.scores == (0.8, 0.2)
    assert found.kept == (True, False)
    assert found.phases == ("phase 0", "phase 1")
    assert found.reasons == ("reason 0", "reason 1")
    assert (found.evidence, found.flags, found.detail) == ("a cup moves", (), None)


@pytest.mark.parametrize(
    ("changes", "scores", "kept", "flags"),
    [
        ({"important": []}, (0.8, 0.2), (False, False), ()),
        ({"important": [1]}, (0.8, 0.2), (False, True), ("disagrees",)),
        ({"important": None}, (0.8, 0.2), (None, None), ("no important set",)),
        ({"important": [7, 0]}, (0.8, 0.2), (True, False), ("unknown segments",)),
        ({"important": [7]}, (0.8, 0.2), (None, None), ("unknown segments", "no important set")),
        ({"important": ["segment 0"]}, (0.8, 0.2), (True, False), ("string ids",)),
        ({"segments": [{"segment": 1, "importance": 20}]}, (None, 0.2), (True, False), ("missing",)),
        (
            {"segments": [{"segment": 0, "importance": -3}, {"segment": 1, "importance": 180}]},
            *((0.0, 1.0), (True, False), ("clipped", "disagrees")),
        ),
        (
            {"segments": [{"segment": 0, "importance": 9}] * 2 + [{"segment": 1, "importance": 3}]},
            *((0.09, 0.03), (True, False), ("duplicate",)),
        ),
        (
            {"segments": [{"segment": 0, "importance": "high"}, {"segment": 1, "importance": 3}]},
            *((None, 0.03), (True, False), ("unreadable", "missing")),
        ),
        (
            {"segments": [{"segment": 0, "importance": 0.9}, {"segment": 1, "importance": 0}]},
            *((0.009, 0.0), (True, False), ("small scale",)),
        ),
        (
            {"segments": [{"importance": 50}, 7, {"segment": True}, {"segment": 1, "importance": 3}]},
            *((None, 0.03), (True, False), ("unreadable", "missing")),
        ),
    ],
)
def test_what_is_wrong_is_flagged_and_nothing_is_made_up(changes, scores, kept, flags):
    found = read(reply(**changes))
    assert found.outcome == "yes"
    assert found.scores == pytest.approx(scores)
    assert (found.kept, found.flags) == (kept, flags)
    assert found.detail == (", ".join(flags) or None)
    assert set(flags) <= FLAGS.keys()


def test_two_scores_of_one_segment_leave_only_the_decision():
    segments = [{"segment": 0, "importance": 10}, {"segment": 0, "importance": 20}]
    found = read(reply(segments=segments))
    assert (found.outcome, found.decision, found.confidence) == ("unparsed", "YES", 0.9)
    assert found.scores == found.kept == found.phases == (None, None)
    assert found.detail == "YES, but segment 0 has importance 10 and 20"


@pytest.mark.parametrize("presence", ["NO", "no", "No.", False])
def test_no_needs_no_scores(presence):
    found = read({"presence": presence, "confidence": 70})
    assert (found.outcome, found.decision, found.confidence) == ("no", "NO", 0.7)
    assert found.scores == (None, None)


def test_the_scores_of_a_no_are_not_scores():
    assert read(reply(presence="SKIP")).scores == (None, None)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (None, "refused"),
        ("", "refused"),
        ("I cannot assist with this video.", "refused"),
        ("Sorry, but no.", "refused"),
        ("As an AI model I do not judge people.", "refused"),
        ("The video shows a cup.", "unparsed"),
        ('{"presence": "MAYBE"}', "unparsed"),
        ('{"presence": null}', "unparsed"),
        ('{"answer": 42}', "unparsed"),
        ("[1, 2, 3]", "unparsed"),
        ('{"presence": "Y', "truncated"),
        ("<think>it may be that", "truncated"),
    ],
)
def test_no_decision_is_told_apart(text, outcome):
    for found in (read_score(text, 2), read_verify(text)):
        assert (found.outcome, found.decision, found.confidence) == (outcome, None, None)
        assert found.detail
        assert "\n" not in found.detail


def test_a_stop_by_the_provider_is_a_refusal_whatever_was_written():
    assert read_score(json.dumps(reply()), 2, finish="refused").outcome == "refused"
    assert read_verify('{"decision": "YES"}', finish="empty").outcome == "refused"
    assert read_verify("", finish="length").outcome == "truncated"


def test_a_reply_that_ran_to_the_limit_gives_its_decision_alone():
    found = read(reply(), finish="length")
    assert (found.outcome, found.decision, found.confidence) == ("truncated", "YES", 0.9)
    assert (found.scores, found.flags) == ((None, None), ("truncated",))
    assert read(reply(presence="NO"), finish="length").outcome == "no"


def test_a_cut_confidence_is_no_confidence():
    assert read_verify('{"decision": "YES", "confidence": 9').confidence is None
    assert read_verify('{"decision": "YES", "confidence": 95, "evid').confidence == 0.95


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        (
            "{'presence': 'YES', 'segments': [{'segment': 0, 'importance': 40,}, {'segment': 1}],}",
            (0.4, None),
        ),
        ('{"presence": "YES", "segments": [{"segment": 0, "importance": 40} {"segment": 1}]}', (0.4, None)),
        ('{presence: "YES", segments: [{segment: 1, importance: 7}]}', (None, 0.07)),
    ],
)
def test_broken_json_is_repaired_only_where_nothing_is_cut(text, scores):
    found = read(text)
    assert (found.outcome, found.scores) == ("yes", scores)
    assert "repaired" in found.flags
    assert read(text, finish="length").scores == (None, None)
    assert read(text[:-1]).scores == (None, None)
    assert read(text[:-1]).outcome == "truncated"


def test_a_missing_first_brace_was_put_into_the_model_s_mouth():
    assert read(json.dumps(reply())[1:]).scores == (0.8, 0.2)


@pytest.mark.parametrize(
    "around",
    [
        "```json\n{}\n```",
        "Here it is:\n\n{}\n\nI hope this helps {{smile}}.",
        '<think>perhaps {{"presence": "NO"}}</think>{}',
        'perhaps {{"presence": "NO"}} after all</think>\n{}',
        'In the form {{"presence": "YES, NO or SKIP"}}: {}',
        '{{"presence": "YES"}}\n{}',
        "[{}]",
        '{{"reply": {}}}',
    ],
)
def test_what_stands_around_an_answer_is_passed_over(around):
    found = read(around.format(json.dumps(reply())))
    assert (found.outcome, found.scores, found.kept) == ("yes", (0.8, 0.2), (True, False))


def test_two_answers_that_contradict_each_other_are_none():
    one, other = json.dumps(reply()), json.dumps(reply(presence="NO"))
    assert read(one + other).outcome == "unparsed"
    assert read(one + other).decision is None
    both = read(one + json.dumps(reply(importance=(1, 2))))
    assert (both.outcome, both.decision, both.scores) == ("unparsed", "YES", (None, None))
    assert read(one + one).scores == (0.8, 0.2)


@pytest.mark.parametrize(("word", "outcome"), [("YES", "yes"), ("no.", "no"), ("**Skip**", "skip")])
def test_a_bare_word_is_a_decision(word, outcome):
    assert read_verify(word).outcome == outcome
    assert read(word).outcome == ("unparsed" if outcome == "yes" else outcome)


@pytest.mark.parametrize(
    ("text", "confidence", "flags"),
    [
        ('{"decision": "YES", "confidence": 95}', 0.95, ()),
        ('{"decision": "YES", "confidence": "95"}', 0.95, ("numbers as text",)),
        ('{"decision": "YES", "confidence": 0.95}', 0.95, ("confidence as fraction",)),
        ('{"decision": "YES", "confidence": 170}', 1.0, ("confidence clipped",)),
        ('{"decision": "YES", "confidence": -1}', 0.0, ("confidence clipped",)),
        ('{"decision": "YES", "confidence": 1, "rationale": ""}', 1.0, ()),
        ('{"decision": "YES", "confidence": NaN}', None, ()),
        ('{"decision": "YES", "confidence": true}', None, ()),
        ('{"decision": "YES"}', None, ()),
    ],
)
def test_confidence(text, confidence, flags):
    found = read_verify(text)
    assert (found.outcome, found.confidence, found.flags) == ("yes", confidence, flags)


def test_texts_can_be_stored_everywhere():
    found = read_score('{"presence": "NO", "evidence": "a\\ud800b\\u0000c"}', 1)
    assert found.evidence == "a?bc"
    assert read_verify("no \ud800\0 answer").detail.encode()


CONFIDENCES = [
    (95, 0.95, ()),
    (0, 0.0, ()),
    (100, 1.0, ()),
    (2, 0.02, ()),
    (1, 1.0, ("confidence as fraction",)),
    (1.0, 1.0, ("confidence as fraction",)),
    (0.5, 0.5, ("confidence as fraction",)),
    (1.5, 0.015, ()),
    ("1", 1.0, ("numbers as text", "confidence as fraction")),
    ("95", 0.95, ("numbers as text",)),
    ("95%", 0.95, ("numbers as text",)),
    (" 95 % ", 0.95, ("numbers as text",)),
    ("1%", 0.01, ("numbers as text",)),
    ("0.5%", 0.005, ("numbers as text",)),
    (250, 1.0, ("confidence clipped",)),
    ("250%", 1.0, ("numbers as text", "confidence clipped")),
    (-3, 0.0, ("confidence clipped",)),
    ("high", None, ()),
    ("%", None, ()),
    (True, None, ()),
    (None, None, ()),
]


@pytest.mark.parametrize(("said", "confidence", "flags"), CONFIDENCES, ids=lambda one: repr(one))
def test_a_confidence_is_of_a_hundred_unless_it_shows_that_it_is_a_fraction(said, confidence, flags):
    """1 is certainty, not one of a hundred."""
    found = read_verify(json.dumps({"decision": "YES", "confidence": said, "evidence": "a cup moves"}))
    assert (found.confidence, found.flags) == (pytest.approx(confidence) if confidence else confidence, flags)
    text = json.dumps({"presence": "YES", "confidence": said, "segments": [{"segment": 0, "importance": 5}]})
    assert read_score(text, 1).confidence == found.confidence


@pytest.mark.parametrize(
    ("said", "confidence"), [(0.4, 0.4), (1, 1.0), ("40%", 0.4), ("1%", 0.01), (40, 1.0)]
)
def test_published_replies_state_fractions(said, confidence):
    found = read_verify(json.dumps({"decision": "YES", "confidence": said, "rationale": "seen"}))
    assert found.confidence == confidence
