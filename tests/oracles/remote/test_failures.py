"""Calls that bring no reply: what is said, whether to try again, when, and whether it may have been paid."""

from __future__ import annotations

import asyncio
import socket
import time
import traceback
from email.utils import formatdate
from typing import Any

import pytest

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.oracles.oracle import CallFailed, Capabilities
from crossoracle.replies import read_score
from tests.oracles.remote.provider import (
    GEMINI,
    KEY,
    OPENAI,
    Dialect,
    Provider,
    Reply,
    asked,
    score_question,
)


def _failure(provider: Provider, dialect: Dialect, *replies: Reply, **options: object) -> CallFailed:
    provider.replies(*replies)
    with pytest.raises(CallFailed) as caught:
        asked(dialect.make(provider.url, **options), score_question())
    shown = "".join(traceback.format_exception(caught.value, chain=True))
    assert KEY not in shown
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert dialect.model in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("status", [409, 425, 429, 500, 503, 521, 529])
def test_what_may_pass_is_transient_and_not_paid(provider: Provider, dialect: Dialect, status: int) -> None:
    failure = _failure(provider, dialect, Reply(dialect.error(status, "busy"), status))
    assert (failure.transient, failure.status, failure.possibly_paid) == (True, status, False)
    assert f"HTTP {status}" in str(failure)
    assert "busy" in str(failure)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [408, 502, 504, 520, 522, 524, 598, 599])
def test_a_gateway_that_gave_up_leaves_it_open_whether_it_was_paid(
    provider: Provider, dialect: Dialect, status: int
) -> None:
    failure = _failure(provider, dialect, Reply("<html>Bad gateway</html>", status))
    assert (failure.transient, failure.possibly_paid) == (True, True)


@pytest.mark.parametrize(
    ("status", "advice"),
    [(400, ""), (401, "check the key in"), (403, "may do"), (404, "base_url"), (413, "fewer")],
)
def test_what_will_not_pass_is_permanent(
    provider: Provider, dialect: Dialect, status: int, advice: str
) -> None:
    failure = _failure(provider, dialect, Reply(dialect.error(status, "wrong"), status))
    assert (failure.transient, failure.possibly_paid) == (False, False)
    assert advice in str(failure)


def test_a_spent_quota_is_permanent_though_it_comes_as_429(provider: Provider) -> None:
    spent = {"error": {"message": "You exceeded your quota", "type": "x", "code": "insufficient_quota"}}
    assert not _failure(provider, OPENAI, Reply(spent, 429)).transient


@pytest.mark.parametrize("seconds", ["7", "7.5", "0"])
def test_retry_after_in_seconds(provider: Provider, dialect: Dialect, seconds: str) -> None:
    reply = Reply(dialect.error(429, "slow down"), 429, {"Retry-After": seconds})
    assert _failure(provider, dialect, reply).retry_after_s == float(seconds)


def test_retry_after_as_a_date_counts_from_the_clock_of_the_server(
    provider: Provider, dialect: Dialect
) -> None:
    then = time.time() + 1000
    headers = {"Retry-After": formatdate(then + 30, usegmt=True), "Date": formatdate(then, usegmt=True)}
    reply = Reply(dialect.error(429, "slow down"), 429, headers)
    assert _failure(provider, dialect, reply).retry_after_s == 30.0


def test_a_retry_after_that_is_neither_is_no_retry_after(provider: Provider, dialect: Dialect) -> None:
    reply = Reply(dialect.error(429, "slow down"), 429, {"Retry-After": "soon"})
    assert _failure(provider, dialect, reply).retry_after_s is None


@pytest.mark.parametrize(
    ("delay", "seconds"), [("17.5s", 17.5), ("3s", 3), ("1.2.3s", None), (".s", None), ("\u0663s", None)]
)
def test_the_retry_info_of_google(provider: Provider, delay: str, seconds: float | None) -> None:
    body = GEMINI.error(429, "slow down")
    kind = "type.googleapis.com/google.rpc.RetryInfo"
    body["error"]["details"] = [{"@type": kind, "retryDelay": delay}]
    assert _failure(provider, GEMINI, Reply(body, 429)).retry_after_s == seconds


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf"])
def test_a_retry_after_that_is_no_time(provider: Provider, dialect: Dialect, seconds: str) -> None:
    reply = Reply(dialect.error(429, "slow down"), 429, {"Retry-After": seconds})
    assert _failure(provider, dialect, reply).retry_after_s is None


def test_a_reply_that_does_not_come_in_time(provider: Provider, dialect: Dialect) -> None:
    failure = _failure(provider, dialect, Reply(dialect.reply("{}"), delay_s=30.0), timeout_s=0.3)
    assert (failure.transient, failure.possibly_paid, failure.status) == (True, True, None)
    assert "within 0.3 s" in str(failure)


@pytest.mark.parametrize("sent", [0, 20])
def test_a_connection_that_breaks_after_the_request_was_sent(
    provider: Provider, dialect: Dialect, sent: int
) -> None:
    failure = _failure(provider, dialect, Reply(dialect.reply("{}"), break_after=sent))
    assert (failure.transient, failure.possibly_paid) == (True, True)
    assert "connection broke" in str(failure)


def test_nobody_listens(dialect: Dialect) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CallFailed, match="no connection") as caught:
            asked(dialect.make(url), score_question())
    assert (caught.value.transient, caught.value.possibly_paid) == (True, False)


def test_a_page_instead_of_a_reply(provider: Provider, dialect: Dialect) -> None:
    failure = _failure(provider, dialect, Reply("<html>Sign in</html>"))
    assert (failure.transient, failure.possibly_paid, failure.status) == (True, True, 200)
    assert "no reply" in str(failure)


def test_an_error_under_status_200(provider: Provider, dialect: Dialect) -> None:
    failure = _failure(provider, dialect, Reply({"error": {"code": 429, "message": "upstream is busy"}}))
    assert (failure.transient, failure.status) == (True, 429)
    assert "upstream is busy" in str(failure)


@pytest.mark.parametrize("code", [500, 502, "upstream_error", None, 1234])
def test_an_error_under_status_200_may_have_been_paid_for(
    provider: Provider, dialect: Dialect, code: object
) -> None:
    """A gateway answered, and nobody knows how far the model behind it came: it is not tried again."""
    failure = _failure(provider, dialect, Reply({"error": {"code": code, "message": "upstream broke"}}))
    assert failure.possibly_paid
    assert "upstream broke" in str(failure)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_key_and_frames_to_another_server(
    provider: Provider, dialect: Dialect, status: int
) -> None:
    with Provider() as other:
        other.replies(Reply(dialect.reply("{}")))
        failure = _failure(provider, dialect, Reply({}, status, {"Location": f"{other.url}/elsewhere"}))
        assert (other.requests, failure.status) == ([], status)
    assert (failure.transient, failure.possibly_paid) == (False, False)
    assert "check `base_url`" in str(failure)


def test_a_redirect_within_a_server_is_followed(provider: Provider, dialect: Dialect) -> None:
    def answer(request: Any) -> Reply:
        moved = request.path.endswith("/there")
        return Reply(dialect.reply("{}")) if moved else Reply({}, 307, {"Location": "/there"})

    provider.answer = answer
    (raw,) = asked(dialect.make(provider.url), score_question())
    assert dialect.make(provider.url).read(raw, score_question()).text == "{}"
    assert [one.path for one in provider.requests] == [dialect.path, "/there"]


def test_what_an_sdk_stumbles_over_is_a_failure(
    provider: Provider, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stumble(*_: object) -> None:
        raise ValueError(f"no such thing as {KEY}")

    monkeypatch.setattr(dialect.adapter, "_send", stumble)
    failure = _failure(provider, dialect, Reply({}))
    assert "the SDK gave up (ValueError: no such thing as" in str(failure)
    assert (failure.transient, failure.possibly_paid) == (False, True)


def test_a_refused_temperature_says_what_to_do(provider: Provider, dialect: Dialect) -> None:
    said = dialect.error(400, "Unsupported value: 'temperature' does not support 0.0 with this model.")
    failure = _failure(provider, dialect, Reply(said, 400), temperature=0.0)
    assert "take `temperature` out" in str(failure)
    assert not failure.transient


def test_a_missing_key_names_the_variable(dialect: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("MY_KEY", "")
    adapter = dialect.adapter(model="m", api_key_env="MY_KEY")
    with pytest.raises(CallFailed, match="set the environment variable MY_KEY") as caught:
        asked(adapter, score_question())
    assert not caught.value.transient


def test_a_key_that_is_named_must_be_there_for_any_server(provider: Provider, dialect: Dialect) -> None:
    with pytest.raises(CallFailed, match="set the environment variable NO_SUCH_KEY"):
        asked(dialect.make(provider.url, api_key_env="NO_SUCH_KEY"), score_question())
    assert not provider.requests


def test_other_servers_need_no_key_and_get_none_that_is_not_named_for_them(
    provider: Provider, dialect: Dialect
) -> None:
    provider.replies(Reply(dialect.reply("{}")))
    asked(dialect.make(provider.url, api_key_env=None), score_question())
    sent = provider.requests[0].headers
    assert KEY not in "".join(sent.values())
    assert "none" in {value.removeprefix("Bearer ") for value in sent.values()}


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_wants_a_key_after_all_is_given_one_by_naming_it(
    provider: Provider, dialect: Dialect, status: int
) -> None:
    reply = Reply(dialect.error(status, "who are you?"), status)
    failure = _failure(provider, dialect, reply, api_key_env=None)
    assert 'name its variable, api_key_env = "NAME"' in str(failure)
    assert "name its variable" not in str(_failure(provider, dialect, reply))


HOSTS = {
    "openai": [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://mine.openai.azure.com/openai/v1/", True),
        ("https://mine.services.ai.azure.com/openai/v1/", True),
        ("https://evil-api.openai.com.example/v1", False),
        ("https://api.openai.com@127.0.0.1/v1", False),
        ("https://notapi.openai.com/v1", False),
        ("https://openrouter.ai/api/v1", False),
        ("http://localhost:8000/v1", False),
        ("http://api.openai.com/v1", False),  # anybody on the way could read it
    ],
    "gemini": [
        ("https://generativelanguage.googleapis.com", True),
        ("https://other.googleapis.com", False),
        ("http://[::1]:80", False),
        ("http://generativelanguage.googleapis.com", False),
    ],
    "anthropic": [
        ("https://api.anthropic.com", True),
        ("https://api.anthropic.com.example", False),
        ("http://127.0.0.1", False),
        ("http://api.anthropic.com", False),
    ],
}


def test_the_usual_key_is_for_the_servers_of_its_provider(dialect: Dialect) -> None:
    for url, own in [(None, True), *HOSTS[dialect.name]]:
        adapter = dialect.adapter(model="m", base_url=url)
        assert adapter.key_env == (dialect.adapter.usual_key_env if own else None), url
        assert (adapter.wire().key == KEY) == own, url
        assert dialect.adapter(model="m", base_url=url, api_key_env="MINE").key_env == "MINE"


@pytest.mark.parametrize("url", ["localhost:8000/v1", "api.openai.com/v1", "ftp://x/v1", "http:///v1", "//x"])
def test_an_address_is_looked_at_before_anything_is_asked(dialect: Dialect, url: str) -> None:
    with pytest.raises(InputError, match=r"base_url = .*expected an address that begins with http://"):
        dialect.adapter(model="m", base_url=url)


def test_a_password_in_a_wrong_address_is_not_shown(dialect: Dialect) -> None:
    with pytest.raises(InputError) as caught:
        dialect.adapter(model="m", base_url=f"me:{KEY}@host/v1")
    assert KEY not in str(caught.value)


FILTERS = {
    "Azure": (
        400,
        {
            "error": {
                "message": "The response was filtered due to the prompt triggering a policy.",
                "type": None,
                "param": "prompt",
                "code": "content_filter",
                "status": 400,
                "innererror": {
                    "code": "ResponsibleAIPolicyViolation",
                    "content_filter_result": {"violence": {"filtered": True, "severity": "medium"}},
                },
            }
        },
    ),
    "Azure, inside alone": (
        400,
        {"error": {"message": "no", "code": None, "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
    ),
    "OpenAI": (400, {"error": {"message": "Not allowed", "code": "content_policy_violation"}}),
    "LiteLLM": (400, {"error": {"message": "litellm.ContentPolicyViolationError: no", "code": "400"}}),
    "OpenRouter": (
        403,
        {
            "error": {
                "code": 403,
                "message": "Input was flagged",
                "metadata": {"reasons": ["violence"], "flagged_input": "fading"},
            }
        },
    ),
    "a gateway that names nothing": (
        403,
        {"error": {"code": 403, "message": "The model requires moderation on its host. Input was flagged."}},
    ),
}


@pytest.mark.parametrize(("status", "body"), FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("hidden", [False, True], ids=["by status", "under status 200"])
def test_filtered_content_is_a_reply_that_refuses(
    provider: Provider, dialect: Dialect, status: int, body: dict[str, Any], hidden: bool
) -> None:
    said = {"error": body["error"] | {"trace": f"sent with {KEY}"}}
    provider.replies(Reply(said, 200 if hidden else status))
    adapter, question = dialect.make(provider.url), score_question()
    (raw,) = asked(adapter, question)
    answer = adapter.read(raw, question)
    assert KEY not in raw
    assert len(provider.requests) == 1
    assert (answer.text, answer.finish) == (None, "refused")
    assert str(answer.detail).startswith("blocked: HTTP ")
    assert read_score(answer.text, 3, finish=answer.finish).outcome == "refused"
    assert (answer.input_tokens, answer.output_tokens) == (0, 0)


def test_what_azure_takes_for_filtered_content_is_not_known(provider: Provider) -> None:
    """Its pricing says that filtered prompts are charged; its error does not say how much."""
    provider.replies(Reply(FILTERS["Azure"][1], 400))
    (raw,) = asked(OPENAI.make(provider.url), score_question())
    azure = OpenAI(model="mine", base_url="https://mine.openai.azure.com/openai/v1/", priced_as="gpt-4o")
    answer = azure.read(raw, score_question())
    assert (answer.finish, answer.input_tokens, answer.cost_usd) == ("refused", None, None)


def test_filtered_content_says_nothing_of_what_a_model_can_do(provider: Provider) -> None:
    provider.replies(Reply(FILTERS["Azure"][1], 400))
    adapter = OPENAI.make(provider.url)

    async def probe() -> None:
        try:
            await adapter.probe()
        finally:
            await adapter.close()

    with pytest.raises(CallFailed, match="blocked: HTTP 400"):
        asyncio.run(probe())
    assert adapter.capabilities == Capabilities()


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_other_errors_are_no_refusals(provider: Provider, dialect: Dialect, status: int) -> None:
    _failure(provider, dialect, Reply(dialect.error(status, "the filter of contents is down"), status))


def test_a_filter_that_is_out_of_order_is_no_refusal(provider: Provider, dialect: Dialect) -> None:
    said = "The content_filter service is temporarily unavailable, try again"
    down = {"error": {"code": "content_filter_unavailable", "message": said}}
    assert _failure(provider, dialect, Reply(down, 503)).transient
    provider.replies(Reply({"error": {"code": "content_filter", "message": "no"}}, 500))
    (raw,) = asked(dialect.make(provider.url), score_question())
    assert dialect.make(provider.url).read(raw, score_question()).finish == "refused"


def test_gemini_does_not_take_aiohttp_where_that_is_installed(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its errors would be read as those of nobody."""
    monkeypatch.setattr("google.genai._api_client.has_aiohttp", True)
    failure = _failure(provider, GEMINI, Reply(GEMINI.reply("{}"), break_after=20))
    assert "connection broke" in str(failure)
    provider.replies(Reply(GEMINI.reply("{}")))
    adapter = GEMINI.make(provider.url)
    asked(adapter, score_question())
    assert adapter._line.carrier.is_closed
