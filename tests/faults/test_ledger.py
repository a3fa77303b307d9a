"""The ledger under fire: damaged pages, clocks that jump, a provider that is down, all faults at once."""

from __future__ import annotations

import asyncio
import json
import random
import selectors
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from crossoracle.cli import program
from crossoracle.errors import CrossoracleError
from crossoracle.oracles.asking.entries import Context
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.oracle import CallFailed
from tests.faults.faulty import failing
from tests.oracles.runner.labelling import Order
from tests.oracles.runner.scripted import Scripted, oracle, verified, yes
from tests.oracles.runner.server import serving

CONTEXT = Context("o", "0", "d", "v", "score", "direct", 0)
REPLIES = 200


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Return a ledger of some pages."""
    path = tmp_path_factory.mktemp("filled") / "ledger.sqlite"

    async def work(ledger: Ledger) -> None:
        for number in range(REPLIES):
            await asyncio.gather(_one(ledger, number))

    with Ledger(path) as ledger:
        asyncio.run(work(ledger))
    return path


async def _one(ledger: Ledger, number: int) -> None:
    await ledger.sent(f"k{number:04}", CONTEXT)
    await ledger.answered(f"k{number:04}", json.dumps({"text": "x" * 300, "number": number}), 0.1)


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_page_is_an_error_in_words_and_spoils_no_other_reply(filled, tmp_path, seed):
    path = tmp_path / "ledger.sqlite"
    content, drawn = bytearray(filled.read_bytes()), random.Random(seed)
    at = 4096 * drawn.randrange(1, len(content) // 4096) + drawn.randrange(2000)
    content[at : at + 120] = drawn.randbytes(120)
    path.write_bytes(content)
    told = _told(path)
    if told is not None:
        assert "ledger" in told
        assert "\n" not in told


def _told(path: Path) -> str | None:
    """Read all of a ledger, and return what the command line says of it, if it cannot be read."""
    try:
        with Ledger(path) as ledger:
            found = [ledger.find(f"k{number:04}") for number in range(REPLIES)]
    except sqlite3.DatabaseError as error:
        return program._damaged(error)
    except CrossoracleError as error:
        return str(error)
    assert sum(entry is not None for entry in found) >= REPLIES - 60
    return None


def test_clocks_that_jump_change_neither_order_nor_patience(tmp_path, monkeypatch):
    """The clock of the wall is only written down: it goes back a day and on a year in the middle of a run."""
    real, jumps = time.time, iter([-86_400, 3e7, -3e7, 0] * 1000)
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))
    later = CallFailed("HTTP 429", transient=True, status=429, retry_after_s=0.01)
    adapter = Scripted.of(later, later, yes())
    began = time.monotonic()
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        asked = oracle(ledger, adapter, Limits(patience_s=30, wait_s=0.001))
        found = asyncio.run(verified(asked, ["a", "b", "c"]))
        total = ledger.totals()["o"]
    assert [one.read.outcome for one in found] == ["yes"] * 3
    assert time.monotonic() - began < 30
    assert (total.answered, total.possibly_paid) == (3, 0)


class Simulated(asyncio.SelectorEventLoop):
    """A loop whose waits are over at once: its clock jumps to where the next timer ends.

    Threads work in real time; so it waits a moment for them before it jumps.
    """

    def __init__(self) -> None:
        super().__init__(selectors.DefaultSelector())
        self.now_s = time.monotonic()
        real = self._selector.select

        def select(timeout: float | None = None) -> list[object]:
            found = real(0 if timeout == 0 else 0.02)
            if not found and timeout and not self._ready:
                self.now_s += timeout
            return found

        self._selector.select = select

    def time(self) -> float:
        return self.now_s


def simulated(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    loop = Simulated()
    monkeypatch.setattr(time, "monotonic", loop.time)
    return loop


HOUR_S = 3600.0


@pytest.mark.parametrize("told", [HOUR_S, None], ids=["it says when", "it says nothing"])
def test_a_provider_that_is_down_for_an_hour(tmp_path, monkeypatch, told):
    """Nothing is paid for twice, who was not answered is asked again, and an hour later all are."""
    loop = simulated(monkeypatch)
    up_at = loop.time() + HOUR_S

    def answer(question):
        if loop.time() >= up_at:
            return yes()
        return CallFailed("nobody listens", transient=True, status=None, retry_after_s=told)

    adapter = Scripted(answer)
    limits = Limits(patience_s=2 * HOUR_S if told else 600.0)
    videos = [f"v{number}" for number in range(6)]
    rounds = 0
    try:
        with Ledger(tmp_path / "ledger.sqlite") as ledger:
            asked = oracle(ledger, adapter, limits)
            outcomes: set[str] = set()
            while outcomes != {"yes"}:
                rounds += 1
                found = loop.run_until_complete(verified(asked, videos))
                outcomes = {one.read.outcome for one in found}
                assert outcomes <= {"yes", "error"}
                loop.now_s += 600  # whoever runs it looks again ten minutes later
            total = ledger.totals()["o"]
    finally:
        loop.close()
    assert (total.answered, total.lost, total.possibly_paid) == (len(videos), 0, 0)
    assert rounds == 1 if told else 2 <= rounds <= 8
    assert len(adapter.asked) <= len(videos) * (limits.attempts * rounds + 1)


def _labelled(order: Order) -> list[list[object]]:
    done = subprocess.run(order.command(), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(Path(order.rows).read_text())


def said(rows: list[list[object]]) -> dict[str, tuple[object, object]]:
    """Return what each video came to; how often it was asked for that is another matter."""
    return {row[0]["video_id"]: (row[0]["outcome"], row[1]) for row in rows}


def mixed(directory: Path, videos: int, share: float) -> dict[str, int]:
    """Label against a server that fails in many ways, until every video is labelled; return what it took."""
    names = (str(directory / name) for name in ("ledger.sqlite", "done", "rows.json"))
    with serving(directory / "calm.log", 0) as server:
        apart = (str(directory / f"calm.{name}") for name in ("sqlite", "done", "json"))
        expected = said(_labelled(Order(server.url, *apart, videos, 8)))
    runs = 0
    with failing(directory / "log", 0, share) as server:
        order = Order(server.url, *names, videos, 8, resend=True)
        found: dict[str, tuple[object, object]] = {}
        while found != expected:
            runs += 1
            assert runs <= 20, "it does not come to an end"
            found = said(_labelled(order))
        requests, replies = server.counts("in").total(), server.counts("out").total()
    with Ledger(order.ledger, read_only=True) as ledger:
        total = ledger.totals()["o"]
    assert total.answered == videos
    assert replies <= videos + total.possibly_paid, "a reply that came was asked for again"
    return {
        "videos": videos,
        "runs": runs,
        "requests": requests,
        "replies": replies,
        "possibly_paid": total.possibly_paid,
        "lost": videos - total.answered,
    }


def test_three_calls_of_ten_fail_in_every_way(tmp_path):
    came = mixed(tmp_path, 60, 0.3)
    assert came["requests"] > came["videos"]
    assert came["lost"] == 0
