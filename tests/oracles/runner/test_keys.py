"""A key is in no ledger, log, row, error or traceback; the real SDK meets a server that shouts it back."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.asking.underway import TurnedAway
from tests.oracles.runner.labelling import clip, prompt_for

KEY = "planted/7d20+be==-secret"


class Shouting(BaseHTTPRequestHandler):
    """Answers with the key that it was given, in errors of every kind."""

    statuses = (401, 500, 429, 400)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append(self.headers["authorization"])
        status = self.statuses[len(self.server.seen) % len(self.statuses)]
        body = json.dumps({"error": {"message": f"no good: {self.headers['authorization']}"}}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def shouting():
    with HTTPServer(("127.0.0.1", 0), Shouting) as server:
        server.seen = []
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_keys_are_nowhere(tmp_path, shouting, monkeypatch, caplog, capfd):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    async def work() -> None:
        url = f"http://127.0.0.1:{shouting.server_port}/v1"
        adapter = OpenAI(model="m", base_url=url, api_key_env="OPENAI_API_KEY", logprobs=False)
        with Ledger(tmp_path / "ledger.sqlite") as ledger:
            asked = Asked("o", adapter, prompt_for, ledger, Limits(attempts=3, wait_s=0.001))
            for video in "abcde":
                try:
                    found = await asked.verify(clip(video))
                except TurnedAway:
                    told.append(traceback.format_exc())
                else:
                    assert found.read.outcome == "error"
                    told.append(repr(asdict(found.read)) + repr(found))
            try:
                await adapter.ask(asked._question("score", clip("x"), 0))
            except Exception:
                told.append(traceback.format_exc())
            told.append(
                repr(vars(asked)) + repr(asked._post.adapter.describe(asked._question("score", clip("x"), 0)))
            )
            files = [path.read_bytes() for path in tmp_path.iterdir()]
            told.append(repr(files))
        await adapter.close()

    asyncio.run(work())
    assert len(shouting.seen) > 5
    assert all(KEY in header for header in shouting.seen), "the server did get the key"
    told += [repr([path.read_bytes() for path in tmp_path.iterdir()]), caplog.text, *capfd.readouterr()]
    told += [repr(vars(record)) for record in caplog.records]
    assert not [text for text in told if KEY in text]
