"""Batches through the real SDKs: uploaded, started, polled, fetched, and found again when lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from crossoracle.errors import InputError
from crossoracle.oracles.adapters import batch as module
from crossoracle.oracles.adapters.batch import fetch, orphans, poll, submit
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.oracle import CallFailed, Capabilities
from tests.oracles.remote.desk import Desk, GeminiDesk, OpenAIDesk
from tests.oracles.remote.provider import (
    ANTHROPIC,
    GEMINI,
    KEY,
    OPENAI,
    Dialect,
    Provider,
    Reply,
    asked,
    score_question,
    verify_question,
)

Result = TypeVar("Result")
TEXT = '{"decision": "YES", "confidence": 80, "evidence": "it fades"}'
QUESTIONS = {"a" * 64: score_question(), "b" * 64: verify_question(), "c" * 64: score_question(sample=1)}
STUDY = {"study": "pilot & co", "shard": "3"}
DESKS: dict[str, type[Desk]] = {"openai": OpenAIDesk, "gemini": GeminiDesk}


@pytest.fixture(params=[OPENAI, GEMINI], ids=lambda dialect: dialect.name)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    found: Dialect = request.param
    return found


@pytest.fixture
def desk(provider: Provider, dialect: Dialect) -> Any:
    made = DESKS[dialect.name](provider)
    provider.answer = made.serve
    return made


def _adapter(provider: Provider, dialect: Dialect, **options: Any) -> Remote:
    made = dialect.make(provider.url, **options)
    made.recall(Capabilities(logprobs=True, structured=True, native_video=False))
    return made


def _run(adapter: Remote, work: Callable[[], Awaitable[Result]]) -> Result:
    async def once() -> Result:
        try:
            return await work()
        finally:
            await adapter.close()

    return asyncio.run(once())


def _answers(dialect: Dialect) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Answer "a" and the like; "b" fails for good, "c" runs out of time."""

    def openai(line: dict[str, Any]) -> dict[str, Any]:
        key = line["custom_id"]
        if key[0] == "c":
            return {"custom_id": key, "error": {"code": "batch_expired", "message": "not in time"}}
        status = 400 if key[0] == "b" else 200
        body = OPENAI.reply(TEXT) if status == 200 else OPENAI.error(400, f"bad request, {KEY}")
        return {"custom_id": key, "response": {"status_code": status, "request_id": "r9", "body": body}}

    def gemini(line: dict[str, Any]) -> dict[str, Any]:
        key = line["key"]
        if key[0] == "a":
            return {"key": key, "response": GEMINI.reply(TEXT)}
        code = 3 if key[0] == "b" else 4
        return {"key": key, "error": {"code": code, "message": f"no, {KEY}"}}

    return {"openai": openai, "gemini": gemini}[dialect.name]


def test_a_batch_from_submission_to_answers(provider: Provider, dialect: Dialect, desk: Any) -> None:
    adapter = _adapter(provider, dialect)
    (batch,) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    assert (batch.state, batch.keys) == ("working", tuple(QUESTIONS))
    assert batch.metadata == {**STUDY, "part": "0"}
    assert _run(adapter, lambda: fetch(adapter, batch.name)) == {}

    desk.finish(_answers(dialect))
    assert _run(adapter, lambda: poll(adapter, batch.name)).state == "done"
    answers = _run(adapter, lambda: fetch(adapter, batch.name))
    assert set(answers) == set(QUESTIONS)
    good, bad, late = (answers[letter * 64] for letter in "abc")
    assert isinstance(good, str)
    assert adapter.read(good, QUESTIONS["a" * 64]).text == TEXT
    assert isinstance(bad, CallFailed)
    assert isinstance(late, CallFailed)
    assert (bad.transient, late.transient) == (False, True)
    assert KEY not in f"{bad} {late}"


def test_an_answer_of_a_batch_is_a_reply_at_half_price(
    provider: Provider, dialect: Dialect, desk: Any
) -> None:
    adapter = _adapter(provider, dialect, priced_as=dialect.model)
    (batch,) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    desk.finish(_answers(dialect))
    raw = _run(adapter, lambda: fetch(adapter, batch.name))["a" * 64]
    provider.replies(Reply(dialect.reply(TEXT)))
    question = QUESTIONS["a" * 64]
    (alone,) = asked(adapter, question)
    assert isinstance(raw, str)
    one, other = adapter.read(raw, question), adapter.read(alone, question)
    assert json.loads(raw)["headers"]["date"] == "Sat, 21 Nov 2026 10:00:00 GMT"
    assert one.cost_usd is not None
    assert other.cost_usd is not None
    assert one.cost_usd == pytest.approx(other.cost_usd / 2)
    assert (one.text, one.finish, one.input_tokens) == (other.text, other.finish, other.input_tokens)


def test_the_lines_of_a_batch_are_the_requests_of_single_calls(
    provider: Provider, dialect: Dialect, desk: Any
) -> None:
    adapter = _adapter(provider, dialect, service_tier="flex", seed=3)
    _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    (file,) = [name for name in desk.files if "out" not in name]
    lines = desk.lines(file)
    provider.replies(Reply(dialect.reply("{}")))
    asked(adapter, *QUESTIONS.values())
    for line, request in zip(lines, provider.requests[-3:], strict=True):
        single = request.json
        assert single.pop("service_tier", None) or single.pop("serviceTier", None)
        if dialect is OPENAI:
            assert (line["url"], line["body"]) == ("/v1/chat/completions", single)
        else:
            assert _plain(line["request"]) == _plain(single)


def _plain(request: Any) -> Any:
    """Return a request without the choices that JSON leaves open: case of names, alphabet of base64."""
    text = json.dumps(request).replace("mime_type", "mimeType").replace("thinking_level", "thinkingLevel")
    return json.loads(text.replace("-", "+").replace("_", "/").replace("+", "-").replace("/", "-"))


def test_an_orphaned_batch_is_found_by_its_metadata(provider: Provider, dialect: Dialect, desk: Any) -> None:
    adapter = _adapter(provider, dialect)
    one, other = {"k" * 64: score_question()}, {"l" * 64: score_question()}
    (lost,) = _run(adapter, lambda: submit(adapter, one, STUDY))
    _run(adapter, lambda: submit(adapter, other, {**STUDY, "shard": "4"}))
    found = _run(adapter, lambda: orphans(adapter, STUDY))
    assert [batch.name for batch in found] == [lost.name]
    assert len(_run(adapter, lambda: orphans(adapter, {"study": STUDY["study"]}))) == 2
    assert _run(adapter, lambda: orphans(adapter, {"study": "another"})) == []


def test_questions_that_are_too_many_for_one_file_become_several_batches(
    provider: Provider, dialect: Dialect, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART_REQUESTS", 2)
    adapter = _adapter(provider, dialect)
    batches = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    assert [batch.keys for batch in batches] == [tuple(QUESTIONS)[:2], tuple(QUESTIONS)[2:]]
    assert [batch.metadata["part"] for batch in batches] == ["0", "1"]
    monkeypatch.setattr(module, "PART_BYTES", 10)
    assert len(_run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))) == 3


def test_a_batch_that_was_cut_short_still_has_answers(
    provider: Provider, dialect: Dialect, desk: Any
) -> None:
    adapter = _adapter(provider, dialect)
    (batch,) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    desk.finish(_answers(dialect), "expired" if dialect is OPENAI else "BATCH_STATE_EXPIRED")
    assert _run(adapter, lambda: poll(adapter, batch.name)).state == "done"
    assert len(_run(adapter, lambda: fetch(adapter, batch.name))) == 3


def test_a_failed_batch_is_no_orphan(provider: Provider, dialect: Dialect, desk: Any) -> None:
    adapter = _adapter(provider, dialect)
    (batch,) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    desk.finish(_answers(dialect), "failed" if dialect is OPENAI else "BATCH_STATE_FAILED")
    found = _run(adapter, lambda: poll(adapter, batch.name))
    assert found.state == "failed"
    assert "fail" in found.detail.lower()
    assert _run(adapter, lambda: orphans(adapter, STUDY)) == []


def test_what_a_model_can_do_is_probed_before_a_batch(
    provider: Provider, dialect: Dialect, desk: Any
) -> None:
    def answer(request: Any) -> Reply:
        if request.path != dialect.path:
            return desk.serve(request)
        if b"ogprobs" in request.body:
            return Reply(dialect.error(400, "logprobs is not supported"), 400)
        return Reply(dialect.reply(TEXT))

    provider.answer = answer
    adapter = dialect.make(provider.url)
    _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    (file,) = desk.files
    assert b"ogprobs" not in desk.files[file]
    assert b"chema" in desk.files[file]


def test_a_desk_that_is_closed_is_a_failed_call(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.error(503, f"closed, {KEY}"), 503))
    adapter = _adapter(provider, dialect)
    with pytest.raises(CallFailed, match="closed") as caught:
        _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    assert caught.value.transient
    assert KEY not in str(caught.value)


def test_where_there_are_no_batches_it_is_said() -> None:
    adapter = ANTHROPIC.make("http://127.0.0.1:9")
    with pytest.raises(InputError, match="no batches here; expected openai and google"):
        _run(adapter, lambda: poll(adapter, "x"))
