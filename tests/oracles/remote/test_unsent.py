"""What goes wrong before a request leaves costs nothing, and what the environment holds stays at home."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import traceback
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crossoracle.oracles.adapters.failures import Wire
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.oracle import CallFailed
from tests.oracles.remote.provider import OPENAI, Dialect, Provider, Reply, asked, score_question
from tests.oracles.runner.labelling import clip, prompt_for

SECRET = "plain/KEYab+cd==topsecret"
ENVIRONMENTS = {
    "a proxy that needs a library": ("ALL_PROXY", "socks5://127.0.0.1:1"),
    "a proxy of an unknown kind": ("HTTP_PROXY", f"ftp://me:{SECRET.replace('/', '')}@x"),
    "certificates that are not there": ("SSL_CERT_FILE", "/nonexistent/certificates.pem"),
}


def _unsent(adapter: Remote, match: str = "") -> CallFailed:
    with pytest.raises(CallFailed, match=match) as caught:
        asked(adapter, score_question())
    shown = "".join(traceback.format_exception(caught.value, chain=True))
    assert "topsecret" not in shown
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert not caught.value.possibly_paid
    assert "\n" not in str(caught.value)
    assert adapter.model in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("name", "value"), ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_an_environment_in_which_no_client_can_be_made(
    provider: Provider, dialect: Dialect, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    for other in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    failure = _unsent(dialect.make(provider.url), match=r"no client could be made .*SSL_CERT_FILE")
    assert not failure.transient
    assert not provider.requests


def test_a_question_that_cannot_be_laid_out(provider: Provider, dialect: Dialect) -> None:
    frames = tuple(replace(frame, load=lambda: 1 / 0) for frame in score_question().clip.frames)
    shown = replace(score_question().clip, frames=frames)
    with pytest.raises(CallFailed, match=r"could not be made \(ZeroDivisionError") as caught:
        asked(dialect.make(provider.url), replace(score_question(), clip=shown))
    assert (caught.value.transient, caught.value.possibly_paid) == (False, False)


def test_a_server_to_which_there_is_no_connection_in_time_was_not_paid(dialect: Dialect) -> None:
    """Its line of callers is full, and so it answers no more of them."""
    with closing(socket.socket()) as full, closing(socket.socket()) as one, closing(socket.socket()) as two:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for caller in (one, two):
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        adapter = dialect.make(f"http://127.0.0.1:{full.getsockname()[1]}", timeout_s=0.9)
        assert _unsent(adapter, match="no connection").transient


@pytest.mark.parametrize("end", ["\n", "\r\n", "  "])
def test_the_end_of_a_line_is_no_part_of_a_key(
    provider: Provider, dialect: Dialect, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setenv("MINE", SECRET + end)
    provider.replies(Reply(dialect.reply("{}")))
    asked(dialect.make(provider.url, api_key_env="MINE"), score_question())
    assert SECRET in {value.removeprefix("Bearer ") for value in provider.requests[0].headers.values()}


@pytest.mark.parametrize(
    "key", ["k\xe9y-topsecret", "one\ntopsecret", "one\x00topsecret", "topsecret\u2028b"]
)
def test_what_can_be_no_key_is_named_by_its_variable_and_not_sent(
    provider: Provider, dialect: Dialect, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    if "\x00" in key:
        monkeypatch.setattr("os.environ", {"MINE": key})
    else:
        monkeypatch.setenv("MINE", key)
    adapter = dialect.make(provider.url, api_key_env="MINE")
    assert not _unsent(adapter, match="variable MINE holds characters that no key has").transient
    assert not provider.requests


@pytest.mark.parametrize("key", [SECRET, "k\xe9y-topsecret", "one\ntopsecret", "sk/a b+topsecret"])
def test_a_key_is_cleaned_away_however_it_is_spelled(key: str) -> None:
    wire = Wire("w", "MINE", key)
    for said in (key, repr(key), repr(f"Bearer {key}".encode()), json.dumps(key), f"x{key.split()[-1]}x"):
        assert "topsecret" not in wire.clean(f"Illegal header value {said}")
    assert "KEYab" not in Wire("w", None).clean(f"Bearer {SECRET}")


HEADERS = {
    "OPENAI_CUSTOM_HEADERS": "X-Mine: topsecret\nAuthorization: Bearer topsecret",
    "ANTHROPIC_CUSTOM_HEADERS": "X-Mine: topsecret",
    "ANTHROPIC_AUTH_TOKEN": "topsecret",
    "OPENAI_ORG_ID": "topsecret-organisation",
    "OPENAI_PROJECT_ID": "topsecret-project",
}


def test_headers_of_the_environment_go_to_no_foreign_server(
    provider: Provider, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HEADERS.items():
        monkeypatch.setenv(name, value)
    provider.replies(Reply(dialect.reply("{}")))
    asked(dialect.make(provider.url, api_key_env=None), score_question())
    assert "topsecret" not in repr(provider.requests[0].headers)
    monkeypatch.setattr(dialect.adapter, "at_home", True)  # no server here speaks https
    asked(dialect.make(provider.url), score_question())
    assert ("topsecret" in repr(provider.requests[1].headers)) == (dialect.name != "gemini")


ODD: list[dict[str, Any]] = [
    {"model": "gpt-\ud83d"},
    {"usage": {"prompt_tokens": 2**70, "completion_tokens": 5}},
    {"usage": {"prompt_tokens": 2**63, "completion_tokens": -5}},
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_field_in_a_reply_loses_nothing(
    provider: Provider, tmp_path: Path, odd: dict[str, Any]
) -> None:
    """Four replies come at about the same time, and one of them has what no database takes."""
    usual = OPENAI.reply('{"presence": "YES", "confidence": 0.9}')
    provider.replies(Reply(usual | odd), Reply(usual))

    async def work() -> list[str]:
        adapter = OPENAI.make(provider.url, logprobs=False, priced_as="free")
        with Ledger(tmp_path / "ledger.sqlite") as ledger:
            one = Asked("o", adapter, prompt_for, ledger, Limits(attempts=1, in_flight=4))
            found = await asyncio.gather(*(one.verify(clip(video)) for video in "abcd"))
        await adapter.close()
        return [each.read.outcome for each in found]

    assert asyncio.run(work()) == ["yes"] * 4
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as kept:
        rows = kept.execute("SELECT state, measured, input_tokens, model FROM calls").fetchall()
    assert {row[:2] for row in rows} == {("answered", 1)}
    assert sorted(row[2] or 0 for row in rows) == ([100] * 4 if "model" in odd else [0, 100, 100, 100])
    assert ("gpt-?" in {row[3] for row in rows}) == ("model" in odd)
