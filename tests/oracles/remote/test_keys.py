"""The ledger's key holds all that an answer depends on; a provider's key is to be seen nowhere."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.oracle import CallFailed, Question
from tests.oracles.remote.provider import KEY, OPENAI, Dialect, Provider, Reply, asked, clip, score_question

URL = "http://127.0.0.1:9"


def _unreadable() -> bytes:
    raise AssertionError("a description needs no picture")


def test_a_description_is_json_with_sorted_keys_and_needs_no_picture(dialect: Dialect) -> None:
    frames = tuple(replace(frame, load=_unreadable) for frame in clip().frames)
    question = replace(score_question(), clip=replace(clip(), frames=frames))
    described = dialect.make(URL).describe(question)
    assert json.loads(json.dumps(described)) == described
    assert list(described) == sorted(described)
    assert described["clip"] == clip().digest
    assert described == dialect.make(URL).describe(score_question())


def _frame(frame: Frame, **changed: Any) -> Clip:
    return replace(clip(), frames=(replace(frame, **changed), *clip().frames[1:]))


QUESTIONS = {
    "prompt": replace(score_question(), prompt="other"),
    "prompt_digest": replace(score_question(), prompt_digest="other"),
    "kind": replace(score_question(), kind="verify"),
    "schema": replace(score_question(), schema={"type": "object"}),
    "sample": replace(score_question(), sample=1),
    "picture": replace(score_question(), clip=_frame(clip().frames[0], digest="other")),
    "time": replace(score_question(), clip=_frame(clip().frames[0], time_s=0.001)),
    "segment": replace(score_question(), clip=_frame(clip().frames[0], segment=1)),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_what_is_asked_changes_the_key(dialect: Dialect, question: Question) -> None:
    adapter = dialect.make(URL)
    assert adapter.describe(question) != adapter.describe(score_question())


OPTIONS: dict[str, Any] = {
    "model": "other",
    "temperature": 0.5,
    "max_output_tokens": 7,
    "reasoning_effort": "high",
    "structured": False,
    "base_url": "http://127.0.0.1:10/v1",
}
INDIFFERENT: dict[str, Any] = {
    "api_key_env": "OTHER",
    "timeout_s": 5.0,
    "service_tier": "flex",
    "priced_as": "free",
}


@pytest.mark.parametrize("option", OPTIONS)
def test_options_that_answers_depend_on_change_the_key(dialect: Dialect, option: str) -> None:
    adapter = dialect.make(URL)
    other = replace(adapter, **{option: OPTIONS[option]})
    assert other.describe(score_question()) != adapter.describe(score_question())


@pytest.mark.parametrize("option", INDIFFERENT)
def test_how_a_model_is_paid_does_not(dialect: Dialect, option: str) -> None:
    adapter = dialect.make(URL)
    other = replace(adapter, **{option: INDIFFERENT[option]})
    assert other.describe(score_question()) == adapter.describe(score_question())


def test_the_order_of_the_schema_changes_the_key() -> None:
    one, two = ({"properties": dict(order)} for order in ([("a", 1), ("b", 2)], [("b", 2), ("a", 1)]))
    first, second = (OPENAI.make(URL).describe(replace(score_question(), schema=s)) for s in (one, two))
    assert first != second


def test_names_and_passwords_in_an_address_are_left_out() -> None:
    quoted = quote(KEY, safe="")
    adapter = OpenAI(model="m", base_url=f"http://me:{quoted}@127.0.0.1:9/v1/?token={quoted}")
    assert adapter.describe(score_question())["base_url"] == "http://127.0.0.1:9/v1"
    with pytest.raises(CallFailed) as caught:
        asked(adapter, score_question())
    assert "planted" not in str(caught.value)


def test_a_planted_key_is_nowhere(
    provider: Provider, dialect: Dialect, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The server tells the key to everybody: in a header of its reply, and in the body of every error."""
    adapter, question = dialect.make(provider.url), score_question()
    provider.replies(Reply(dialect.reply("{}"), headers={"x-your-key": KEY}))
    seen = [
        *asked(adapter, question),
        repr(adapter),
        repr(adapter.wire()),
        json.dumps(adapter.describe(question)),
    ]
    # The SDKs log headers of replies when they debug, but none that they sent.
    caplog.set_level(logging.DEBUG)
    echoes = [
        Reply(dialect.error(status, f"Incorrect API key provided: {KEY}"), status)
        for status in (400, 401, 429, 500)
    ]
    for reply in (*echoes, Reply(KEY, 500), Reply(f"<html>{KEY}</html>"), Reply({}, delay_s=9)):
        provider.replies(reply)
        with pytest.raises(CallFailed) as caught:
            asked(replace(adapter, timeout_s=0.3), question)
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=False)
        seen += [repr(caught.value), str(vars(caught.value)), *shown.format(chain=True)]
        assert caught.value.__context__ is None
    seen += [record.getMessage() for record in caplog.records]
    seen += capfd.readouterr()
    assert not [text for text in seen if KEY in text]
    assert KEY in "".join(provider.requests[0].headers.values())


def test_pictures_that_a_server_echoes_are_left_out(provider: Provider, dialect: Dialect) -> None:
    picture = base64.b64encode(clip().frames[0].jpeg()).decode()
    provider.replies(Reply(dialect.error(400, f"cannot read '{picture}' as JPEG"), 400))
    with pytest.raises(CallFailed, match=r"cannot read '\[\.\.\.\]' as JPEG"):
        asked(dialect.make(provider.url), score_question())


@pytest.mark.parametrize("before", range(370, 400, 3))
def test_no_half_of_a_key_is_left_where_a_message_is_cut(
    provider: Provider, dialect: Dialect, before: int
) -> None:
    for reply in (
        Reply(dialect.error(400, "x " * (before // 2) + KEY), 400),
        Reply("x " * (before // 10) + KEY),
    ):
        provider.replies(reply)
        with pytest.raises(CallFailed) as caught:
            asked(dialect.make(provider.url), score_question())
        assert KEY[:6] not in str(caught.value)
