"""Batches through the real SDKs: uploaded, started, polled, fetched, and found again when lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeVar

import pytest

from crossoracle.errors import InputError
from crossoracle.oracles.adapters import batch as module
from crossoracle.oracles.adapters.batch import Batch, every, fetch, keys_of, parts, poll, start, upload
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


async def submit(adapter: Remote, questions: Any, metadata: Any) -> list[tuple[Batch, tuple[str, ...]]]:
    """Submit questions; return every batch with its keys."""
    found = []
    async with aclosing(parts(adapter, questions)) as files:
        async for part in files:
            source = await upload(adapter, part.file)
            found.append((await start(adapter, source, metadata), part.keys))
    return found


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
    ((batch, _),) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    assert (batch.state, batch.metadata) == ("working", STUDY)
    assert _run(adapter, lambda: fetch(adapter, batch)).answers == {}

    desk.finish(_answers(dialect))
    done = _run(adapter, lambda: poll(adapter, batch.name))
    assert done.state == "done"
    answers = _run(adapter, lambda: fetch(adapter, done)).answers
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
    ((batch, _),) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    desk.finish(_answers(dialect))
    done = _run(adapter, lambda: poll(adapter, batch.name))
    raw = _run(adapter, lambda: fetch(adapter, done)).answers["a" * 64]
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
    ((lost, _),) = _run(adapter, lambda: submit(adapter, one, STUDY))
    _run(adapter, lambda: submit(adapter, other, {**STUDY, "shard": "4"}))
    found = _run(adapter, lambda: every(adapter, STUDY))
    assert [batch.name for batch in found] == [lost.name]
    assert len(_run(adapter, lambda: every(adapter, {"study": STUDY["study"]}))) == 2
    assert _run(adapter, lambda: every(adapter, {"study": "another"})) == []


def test_questions_that_are_too_many_for_one_file_become_several_batches(
    provider: Provider, dialect: Dialect, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART_REQUESTS", 2)
    adapter = _adapter(provider, dialect)
    batches = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    assert [keys for _, keys in batches] == [tuple(QUESTIONS)[:2], tuple(QUESTIONS)[2:]]
    monkeypatch.setattr(module, "PART_BYTES", 10)
    assert len(_run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))) == 3


def test_a_batch_that_was_cut_short_still_has_answers(
    provider: Provider, dialect: Dialect, desk: Any
) -> None:
    adapter = _adapter(provider, dialect)
    ((batch, _),) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    desk.finish(_answers(dialect), "expired" if dialect is OPENAI else "BATCH_STATE_EXPIRED")
    found = _run(adapter, lambda: poll(adapter, batch.name))
    assert found.state == "done"
    assert len(_run(adapter, lambda: fetch(adapter, found)).answers) == 3


def test_an_answer_with_breaks_of_its_own_and_a_line_that_is_none(
    provider: Provider, dialect: Dialect, desk: Any
) -> None:
    """Lines end with a line feed alone: other separators may stand in a string as they are."""
    adapter = _adapter(provider, dialect)
    ((batch, _),) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    desk.finish(_answers(dialect))
    done = _run(adapter, lambda: poll(adapter, batch.name))
    for file in done.files:
        odd = desk.files[file].replace(b"it fades", "it\u2028fades\x85".encode())
        desk.files[file] = odd + b'{"half\n[]\n{}\n'
    answers = _run(adapter, lambda: fetch(adapter, done)).answers
    assert set(answers) == set(QUESTIONS)
    (good,) = [answer for answer in answers.values() if isinstance(answer, str)]
    assert "it\u2028fades\x85" in str(adapter.read(good, QUESTIONS["a" * 64]).text)


def test_what_is_in_a_batch_can_be_read_from_its_file(
    provider: Provider, dialect: Dialect, desk: Any
) -> None:
    adapter = _adapter(provider, dialect)
    _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    (found,) = _run(adapter, lambda: every(adapter, STUDY))
    shown = tuple(QUESTIONS) if dialect is OPENAI else None
    assert _run(adapter, lambda: keys_of(adapter, found)) == shown
    desk.files.clear()
    real = desk.serve
    gone = Reply(dialect.error(404, "no such file"), 404)
    provider.answer = lambda request: gone if "files" in request.path else real(request)
    assert _run(adapter, lambda: keys_of(adapter, found)) is None


def test_looking_costs_nothing_and_starting_may(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.error(504, "late"), 504))
    adapter = _adapter(provider, dialect)
    for call, possibly_paid in (
        (lambda: poll(adapter, "batches/b"), False),
        (lambda: every(adapter, STUDY), False),
        (lambda: start(adapter, "files/f", STUDY), True),
    ):
        with pytest.raises(CallFailed, match="504") as caught:
            _run(adapter, call)
        assert caught.value.possibly_paid == possibly_paid


def test_a_failed_batch_is_found_as_failed(provider: Provider, dialect: Dialect, desk: Any) -> None:
    adapter = _adapter(provider, dialect)
    ((batch, _),) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    desk.finish(_answers(dialect), "failed" if dialect is OPENAI else "BATCH_STATE_FAILED")
    found = _run(adapter, lambda: poll(adapter, batch.name))
    assert found.state == "failed"
    assert "fail" in found.detail.lower()
    assert [batch.state for batch in _run(adapter, lambda: every(adapter, STUDY))] == ["failed"]


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


def test_a_question_that_a_filter_refused_is_answered_and_not_failed(provider: Provider) -> None:
    desk = OpenAIDesk(provider)
    provider.answer = desk.serve
    adapter = _adapter(provider, OPENAI)
    ((batch, _),) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    error = {"error": {"code": "content_filter", "message": "The prompt was filtered."}}
    filtered = {"status_code": 400, "request_id": "r1", "body": error}
    desk.finish(lambda line: {"custom_id": line["custom_id"], "response": filtered})
    done = _run(adapter, lambda: poll(adapter, batch.name))
    answers = _run(adapter, lambda: fetch(adapter, done)).answers
    assert set(answers) == set(QUESTIONS)
    for key, raw in answers.items():
        assert isinstance(raw, str)
        assert adapter.read(raw, QUESTIONS[key]).finish == "refused"


def _spoilt(desk: Desk, batch: Batch, spoil: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the lines of the answers that a batch has."""
    for file in batch.files:
        desk.files[file] = b"\n".join(spoil(desk.files[file].splitlines()))


def test_a_line_that_breaks_off_is_counted(provider: Provider, dialect: Dialect, desk: Any) -> None:
    adapter = _adapter(provider, dialect)
    one = {"a" * 64: score_question()}
    ((batch, _),) = _run(adapter, lambda: submit(adapter, one, STUDY))
    desk.finish(_answers(dialect))
    done = _run(adapter, lambda: poll(adapter, batch.name))
    _spoilt(desk, done, lambda lines: [lines[0][:-20]])
    found = _run(adapter, lambda: fetch(adapter, done))
    assert (found.answers, found.unread) == ({}, 1)
    assert not found.accounts_for(0)


def test_an_answer_that_is_laid_out_otherwise_is_kept_as_it_is(provider: Provider) -> None:
    desk = OpenAIDesk(provider)
    provider.answer = desk.serve
    adapter = _adapter(provider, OPENAI)
    ((batch, _),) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    desk.finish(
        lambda line: {"custom_id": line["custom_id"], "response": {"status_code": 200, "odd": "said"}}
    )
    done = _run(adapter, lambda: poll(adapter, batch.name))
    found = _run(adapter, lambda: fetch(adapter, done))
    assert (set(found.answers), found.unread) == (set(QUESTIONS), 0)
    for key, raw in found.answers.items():
        assert isinstance(raw, str)
        assert json.loads(raw)["body"]["response"]["odd"] == "said"
        assert adapter.read(raw, QUESTIONS[key]).finish == "empty"


def test_what_was_answered_is_told_by_the_provider(provider: Provider, dialect: Dialect, desk: Any) -> None:
    """OpenAI counts; of Gemini one that succeeded without a file has answers that are not there yet."""
    adapter = _adapter(provider, dialect)
    ((batch, _),) = _run(adapter, lambda: submit(adapter, QUESTIONS, STUDY))
    desk.finish(_answers(dialect))
    assert _run(adapter, lambda: poll(adapter, batch.name)).completed == 0
    if dialect is OPENAI:
        desk.batches[batch.name]["request_counts"] = {"total": 3, "completed": 1, "failed": 2}
        assert _run(adapter, lambda: poll(adapter, batch.name)).completed == 1
        del desk.batches[batch.name]["request_counts"], desk.batches[batch.name]["output_file_id"]
        del desk.batches[batch.name]["error_file_id"]
    else:
        del desk.batches[batch.name]["metadata"]["output"]
    bare = _run(adapter, lambda: poll(adapter, batch.name))
    assert (bare.state, bare.files, bare.completed) == ("done", (), 1)
