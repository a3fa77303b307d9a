"""Every kind of reply, from every provider, through the real SDK to the outcome that the table names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from crossoracle.oracles.oracle import Answer
from crossoracle.replies import ScoreRead, read_score, read_verify
from tests.oracles.remote.provider import (
    GEMINI,
    OPENAI,
    Dialect,
    Provider,
    Reply,
    asked,
    score_question,
    verify_question,
)


def _score_text(*segments: tuple[Any, Any], important: tuple[int, ...] = (1,), presence: str = "YES") -> str:
    return json.dumps(
        {
            "presence": presence,
            "confidence": 90,
            "evidence": "a hand moves",
            "segments": [
                {"segment": number, "importance": score, "phase": "action", "reason": "seen"}
                for number, score in segments
            ],
            "important": list(important),
        }
    )


WHOLE = _score_text((0, 10), (1, 90), (2, 30))


@dataclass(frozen=True)
class Case:
    """A text that a model wrote, and what it is read as."""

    text: str | None
    outcome: str
    scores: tuple[float | None, ...]
    flag: str | None = None
    finish: str = "stop"


NOTHING = (None, None, None)
CASES = {
    "success": Case(WHOLE, "yes", (0.1, 0.9, 0.3)),
    "no": Case(_score_text(presence="NO", important=()), "no", NOTHING),
    "skip": Case(_score_text(presence="SKIP", important=()), "skip", NOTHING),
    "cut off": Case(WHOLE[:-60], "truncated", NOTHING, finish="length"),
    "cut off before the decision": Case('{"pres', "truncated", NOTHING, finish="length"),
    "thoughts used up the limit": Case(None, "truncated", NOTHING, finish="length"),
    "malformed JSON": Case("{this is no JSON at all", "truncated", NOTHING),
    "malformed JSON, closed": Case('{"presence": "YES", "segments": oops oops}', "unparsed", NOTHING),
    "prose": Case("The person waves at the camera, mostly at the end.", "unparsed", NOTHING),
    "a refusal in words": Case("I'm sorry, but I can't help with that.", "refused", NOTHING),
    "nothing written": Case(None, "refused", NOTHING),
    "too few segments": Case(_score_text((0, 10), (1, 90)), "yes", (0.1, 0.9, None), "missing"),
    "too many segments": Case(
        _score_text((0, 10), (1, 90), (2, 30), (3, 50)), "yes", (0.1, 0.9, 0.3), "unknown segments"
    ),
    "string ids": Case(_score_text(("0", 10), ("1", 90), ("2", 30)), "yes", (0.1, 0.9, 0.3), "string ids"),
    "out of range": Case(_score_text((0, -5), (1, 250), (2, 30)), "yes", (0.0, 1.0, 0.3), "clipped"),
    "duplicates that agree": Case(
        _score_text((0, 10), (1, 90), (1, 90), (2, 30)), "yes", (0.1, 0.9, 0.3), "duplicate"
    ),
    "duplicates that differ": Case(
        _score_text((0, 10), (1, 90), (1, 20), (2, 30)), "unparsed", NOTHING, "conflicting"
    ),
}


def _answered(provider: Provider, dialect: Dialect, body: dict[str, Any]) -> tuple[Answer, ScoreRead]:
    provider.replies(Reply(body))
    adapter, question = dialect.make(provider.url), score_question()
    (raw,) = asked(adapter, question)
    assert json.loads(raw)["body"] == body
    answer = adapter.read(raw, question)
    assert answer == adapter.read(raw, question)
    return answer, read_score(answer.text, 3, finish=answer.finish)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_reply_lands_where_the_table_says(provider: Provider, dialect: Dialect, case: Case) -> None:
    finish = {"stop": dialect.stop, "length": dialect.cut}[case.finish]
    answer, read = _answered(provider, dialect, dialect.reply(case.text, finish))
    assert read.outcome == case.outcome
    assert read.scores == pytest.approx(case.scores)
    assert case.flag is None or case.flag in read.flags
    assert (answer.input_tokens, answer.output_tokens) == (100, 10)


def test_a_refusal_is_refused_and_says_why(provider: Provider, dialect: Dialect) -> None:
    answer, read = _answered(provider, dialect, dialect.refusal)
    assert (answer.finish, read.outcome) == ("refused", "refused")
    assert answer.detail


def test_no_candidates_are_empty_and_count_as_refused(provider: Provider, dialect: Dialect) -> None:
    answer, read = _answered(provider, dialect, dialect.empty)
    assert (answer.finish, answer.text, read.outcome) == ("empty", None, "refused")
    assert answer.p_yes is None


BLOCKS = {
    "openai": ["content_filter"],
    "gemini": ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"],
    "anthropic": ["refusal"],
}


def test_a_reply_that_was_blocked_on_the_way_is_refused(provider: Provider, dialect: Dialect) -> None:
    for block in BLOCKS[dialect.name]:
        answer, read = _answered(provider, dialect, dialect.reply(WHOLE[:50], block))
        assert (answer.finish, read.outcome) == ("refused", "refused")
        assert block in str(answer.detail)


def test_an_end_that_nobody_knows_is_not_taken_for_a_normal_one(provider: Provider, dialect: Dialect) -> None:
    answer, _ = _answered(provider, dialect, dialect.reply(WHOLE[:-60], "OTHER"))
    assert answer.finish == "length"
    assert "OTHER" in str(answer.detail)


def test_missing_logprobs_leave_p_yes_open(provider: Provider, dialect: Dialect) -> None:
    answer, read = _answered(provider, dialect, dialect.reply(WHOLE))
    assert (answer.p_yes, answer.p_source, answer.label_mass) == (None, None, None)
    assert read.confidence == 0.9


TOKENS = [
    ('{"', {}),
    ("decision", {}),
    ('":', {}),
    (' "', {}),
    ("YES", {"YES": -0.1053605, "NO": -2.6592600, "SKIP": -4.6051702, "now": -5.0}),
    ('"}', {}),
]


def test_p_yes_is_read_at_the_decision(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.reply('{"decision": "YES"}', dialect.stop, TOKENS)))
    adapter, question = dialect.make(provider.url), verify_question()
    (raw,) = asked(adapter, question)
    answer = adapter.read(raw, question)
    assert read_verify(answer.text, finish=answer.finish).outcome == "yes"
    if dialect.name == "anthropic":
        assert answer.p_yes is None
    else:
        # 0.90, 0.07 and 0.01 of 0.98
        assert answer.p_yes == pytest.approx(0.90 / 0.98, abs=1e-6)
        assert answer.label_mass == pytest.approx(0.98, abs=1e-6)
        assert answer.p_source == "logprobs"


@pytest.mark.parametrize("dialect", [OPENAI, GEMINI], ids=["openai", "gemini"])
def test_a_low_label_mass_is_flagged(provider: Provider, dialect: Dialect) -> None:
    tokens = [("YES", {"YES": -2.0, "Perhaps": -0.2})]
    provider.replies(Reply(dialect.reply("YES", dialect.stop, tokens)))
    adapter, question = dialect.make(provider.url), verify_question()
    answer = adapter.read(*asked(adapter, question), question)
    assert answer.p_yes == 1.0
    assert "low label mass 0.14" in str(answer.detail)


@pytest.mark.parametrize(
    "body", [{}, {"choices": "x", "candidates": 3, "content": 5, "usage": 7}, [1], None, 3.5]
)
def test_json_that_is_no_reply_has_no_answer(dialect: Dialect, body: Any) -> None:
    raw = json.dumps({"headers": {}, "tier": None, "body": body})
    answer = dialect.make("http://127.0.0.1:9").read(raw, score_question())
    assert (answer.text, answer.finish, answer.p_yes) == (None, "empty", None)


def test_thoughts_are_not_part_of_the_answer(provider: Provider, dialect: Dialect) -> None:
    body = dialect.reply(WHOLE)
    if dialect.name == "gemini":
        body["candidates"][0]["content"]["parts"].insert(0, {"text": "NO, wait", "thought": True})
    elif dialect.name == "anthropic":
        body["content"].insert(0, {"type": "thinking", "thinking": "NO, wait", "signature": "s"})
    else:
        body["choices"][0]["message"]["reasoning_content"] = "NO, wait"
    answer, _ = _answered(provider, dialect, body)
    assert answer.text == WHOLE


@pytest.mark.parametrize("dialect", [OPENAI, GEMINI], ids=["openai", "gemini"])
@pytest.mark.parametrize("odd", [None, "high", [{"token": 3}], [{"text": "YES"}], {"content": 4}])
def test_odd_logprobs_lose_no_answer(provider: Provider, dialect: Dialect, odd: Any) -> None:
    body = dialect.reply(WHOLE)
    if dialect is OPENAI:
        body["choices"][0]["logprobs"] = {"content": odd}
    else:
        body["candidates"][0]["logprobsResult"] = {"chosenCandidates": odd, "topCandidates": odd}
    answer, read = _answered(provider, dialect, body)
    assert answer.p_yes is None
    assert read.outcome == "yes"
