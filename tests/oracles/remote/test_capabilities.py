"""What a model can do is found out by asking, remembered, and never a reason to lose a run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.oracle import CallFailed, Capabilities
from tests.oracles.remote.provider import (
    ANTHROPIC,
    GEMINI,
    OPENAI,
    Dialect,
    Provider,
    Reply,
    Request,
    asked,
    score_question,
)

SKIP = '{"decision": "SKIP", "confidence": 90, "evidence": "all grey"}'
TOKENS = [('{"decision": "', {}), ("SKIP", {"SKIP": -0.1}), ('"}', {})]
ASKS_LOGPROBS = {
    "openai": lambda request: "logprobs" in request.json,
    "gemini": lambda request: "responseLogprobs" in request.json["generationConfig"],
    "anthropic": lambda request: False,
}
ASKS_SCHEMA = {
    "openai": lambda request: "response_format" in request.json,
    "gemini": lambda request: "responseJsonSchema" in request.json["generationConfig"],
    "anthropic": lambda request: "format" in request.json.get("output_config", {}),
}
REFUSALS = {
    "openai": ("logprobs is not supported with this model", "response_format is not supported"),
    "gemini": ("Logprobs is not enabled for this model", "responseJsonSchema is not supported"),
    "anthropic": ("logprobs?", "output_config.format: not supported by this model"),
}


def _probed(adapter: Remote) -> Capabilities:
    async def once() -> Capabilities:
        try:
            return await adapter.probe()
        finally:
            await adapter.close()

    return asyncio.run(once())


def _choosy(dialect: Dialect, *, logprobs: bool, structured: bool) -> Callable[[Request], Reply]:
    """Return a server that refuses, with 400, what the model cannot do."""

    def answer(request: Request) -> Reply:
        if not logprobs and ASKS_LOGPROBS[dialect.name](request):
            return Reply(dialect.error(400, REFUSALS[dialect.name][0]), 400)
        if not structured and ASKS_SCHEMA[dialect.name](request):
            return Reply(dialect.error(400, REFUSALS[dialect.name][1]), 400)
        tokens = TOKENS if ASKS_LOGPROBS[dialect.name](request) else ()
        return Reply(dialect.reply(SKIP, dialect.stop, tokens))

    return answer


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize("logprobs", [True, False])
def test_what_a_server_refuses_is_a_capability_that_is_missing(
    provider: Provider, dialect: Dialect, logprobs: bool, structured: bool
) -> None:
    provider.answer = _choosy(dialect, logprobs=logprobs, structured=structured)
    adapter = dialect.make(provider.url)
    found = _probed(adapter)
    assert found.logprobs == (logprobs and dialect.name != "anthropic")
    assert found.structured == structured
    assert adapter.capabilities == found
    provider.requests.clear()
    asked(adapter, score_question())
    assert len(provider.requests) == 1
    assert ASKS_SCHEMA[dialect.name](provider.requests[0]) == structured


def test_a_question_is_put_again_without_what_was_refused(provider: Provider, dialect: Dialect) -> None:
    provider.answer = _choosy(dialect, logprobs=False, structured=False)
    adapter = dialect.make(provider.url)
    first, second = asked(adapter, score_question(), score_question())
    refused = 1 if dialect.name == "anthropic" else 2
    assert len(provider.requests) == refused + 2
    assert first == second


def test_what_was_demanded_is_not_given_up(provider: Provider, dialect: Dialect) -> None:
    provider.answer = _choosy(dialect, logprobs=True, structured=False)
    with pytest.raises(CallFailed, match="HTTP 400"):
        asked(dialect.make(provider.url, structured=True), score_question())
    assert len(provider.requests) == 1


def test_logprobs_that_are_silently_left_out_are_no_capability(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.reply(SKIP)))
    assert _probed(dialect.make(provider.url)).logprobs is False


def test_prose_in_spite_of_the_schema_is_no_capability(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.reply("All grey, so SKIP.")))
    assert _probed(dialect.make(provider.url)).structured is False


def test_what_was_found_earlier_is_recalled(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.reply(SKIP)))
    adapter = dialect.make(provider.url)
    adapter.recall(Capabilities(logprobs=False, structured=False))
    asked(adapter, score_question())
    (request,) = provider.requests
    assert not ASKS_LOGPROBS[dialect.name](request)
    assert not ASKS_SCHEMA[dialect.name](request)


def test_what_was_found_changes_no_key(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.reply(SKIP)))
    adapter = dialect.make(provider.url)
    before = adapter.describe(score_question())
    _probed(adapter)
    assert adapter.describe(score_question()) == before


@pytest.mark.parametrize("takes", [True, False])
def test_native_video_is_tried(provider: Provider, takes: bool) -> None:
    def answer(request: Request) -> Reply:
        if b"video_url" in request.body and not takes:
            return Reply(OPENAI.error(400, "unknown content part video_url"), 400)
        return Reply(OPENAI.reply(SKIP))

    provider.answer = answer
    assert _probed(OPENAI.make(provider.url)).native_video is takes


def test_gemini_is_tried_with_an_mp4(provider: Provider) -> None:
    provider.replies(Reply(GEMINI.reply(SKIP)))
    assert _probed(GEMINI.make(provider.url)).native_video is True
    assert b"video/mp4" in provider.requests[-1].body


def test_anthropic_takes_no_video(provider: Provider) -> None:
    provider.replies(Reply(ANTHROPIC.reply(SKIP)))
    assert _probed(ANTHROPIC.make(provider.url)).native_video is False
    assert len(provider.requests) == 1


def test_a_probe_that_brings_no_reply_has_found_nothing(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.error(401, "bad key"), 401))
    adapter = dialect.make(provider.url)
    with pytest.raises(CallFailed, match="HTTP 401"):
        _probed(adapter)
    assert adapter.capabilities == Capabilities()
