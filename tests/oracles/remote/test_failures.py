"""Calls that bring no reply: what is said, whether to try again, when, and whether it may have been paid."""

from __future__ import annotations

import socket
import time
import traceback
from email.utils import formatdate

import pytest

from crossoracle.oracles.oracle import CallFailed
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


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
def test_what_may_pass_is_transient_and_not_paid(provider: Provider, dialect: Dialect, status: int) -> None:
    failure = _failure(provider, dialect, Reply(dialect.error(status, "busy"), status))
    assert (failure.transient, failure.status, failure.possibly_paid) == (True, status, False)
    assert f"HTTP {status}" in str(failure)
    assert "busy" in str(failure)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [502, 504])
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


def test_the_retry_info_of_google(provider: Provider) -> None:
    body = GEMINI.error(429, "slow down")
    kind = "type.googleapis.com/google.rpc.RetryInfo"
    body["error"]["details"] = [{"@type": kind, "retryDelay": "17.5s"}]
    assert _failure(provider, GEMINI, Reply(body, 429)).retry_after_s == 17.5


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


def test_other_servers_need_no_key(
    provider: Provider, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.replies(Reply(dialect.reply("{}")))
    asked(dialect.make(provider.url, api_key_env="NO_SUCH_KEY"), score_question())
    assert KEY not in "".join(provider.requests[0].headers.values())
