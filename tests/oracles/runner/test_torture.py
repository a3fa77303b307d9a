"""A run is killed again and again, and no reply is lost, paid for twice, or counted wrongly."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from crossoracle.oracles.asking.ledger import Ledger
from tests.oracles.runner.labelling import Order
from tests.oracles.runner.server import Serving, serving

IN_FLIGHT = 8
DELAY_S = 0.05


@dataclass
class Outcome:
    """What the torture came to; the long form records it."""

    videos: int
    kills: int = 0
    handed_over: int = 0
    possibly_paid: int = 0
    most_lost_in_a_kill: int = 0
    requests: int = 0
    replies: int = 0
    rows: list[object] = field(default_factory=list, repr=False)


def _labelled(order: Order) -> list[object]:
    done = subprocess.run(order.command(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(Path(order.rows).read_text())


def _killed(order: Order, server: Serving, requests: int, after_s: float) -> bool:
    """Label until so many requests came in, and a moment longer; return whether it was killed in time."""
    wanted = server.counts("in").total() + requests
    with subprocess.Popen(order.command(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begun\n"
        while process.poll() is None and server.counts("in").total() < wanted:
            time.sleep(0.002)
        time.sleep(after_s)
        process.kill()
        return process.wait() == -signal.SIGKILL


def _torture(directory: Path, server: Serving, videos: int, kills: int, seed: int) -> Outcome:
    drawn, outcome = random.Random(seed), Outcome(videos)
    order = Order(
        server.url,
        *(str(directory / name) for name in ("ledger.sqlite", "done", "rows.json")),
        videos,
        IN_FLIGHT,
    )
    left = videos
    for number in range(kills):
        # never so late that the remaining kills have nothing to interrupt
        requests = drawn.randint(0, int(1.6 * left / (kills - number + 1)))
        after_s = drawn.uniform(0, DELAY_S)
        assert _killed(order, server, requests, after_s), "it ended before it was killed"
        outcome.kills += 1
        left = _check(order, server, outcome)
    rows = _labelled(replace(order, resend=True))
    _check(order, server, outcome)
    assert len(rows) == videos
    outcome.rows = rows
    return outcome


def _check(order: Order, server: Serving, outcome: Outcome) -> int:
    """Hold the ledger against what process and server have written down; return how many are left to ask."""
    handed_over = set(Path(order.done).read_text().split()) if Path(order.done).exists() else set()
    came, went = server.counts("in"), server.counts("out")
    with Ledger(order.ledger) as ledger:  # from now on, what was under way is lost
        found = dict(ledger.select("SELECT video_id, state FROM calls"))
        total = ledger.totals().get("o")
    answered = {video for video, state in found.items() if state == "answered"}
    possibly_paid = total.possibly_paid if total else 0
    assert handed_over <= answered
    assert set(came) <= set(found), "the server saw a question that the ledger does not know"
    assert "sent" not in found.values()
    lost = possibly_paid - outcome.possibly_paid
    assert lost <= IN_FLIGHT
    assert came.total() <= len(answered) + possibly_paid
    assert went.total() <= len(answered) + possibly_paid
    again = {video: times - 1 for video, times in came.items() if times > 1}
    assert sum(again.values()) <= possibly_paid
    outcome.handed_over, outcome.possibly_paid = len(handed_over), possibly_paid
    outcome.most_lost_in_a_kill = max(outcome.most_lost_in_a_kill, lost)
    outcome.requests, outcome.replies = came.total(), went.total()
    return order.videos - len(found)


def compare(directory: Path, videos: int, kills: int, seed: int) -> Outcome:
    for name in ("calm", "storm"):
        (directory / name).mkdir()
    with serving(directory / "calm" / "log", DELAY_S) as server:
        names = (str(directory / "calm" / name) for name in ("ledger.sqlite", "done", "rows.json"))
        calm = _labelled(Order(server.url, *names, videos, IN_FLIGHT))
        assert server.counts("in") == Counter({f"v{number:05d}": 1 for number in range(videos)})
    with serving(directory / "storm" / "log", DELAY_S) as server:
        outcome = _torture(directory / "storm", server, videos, kills, seed)
        again = server.counts("in")
        assert outcome.requests <= videos + outcome.possibly_paid
    assert outcome.rows == calm
    assert sum(again.values()) == outcome.requests
    return outcome


def test_a_run_is_killed_five_times(tmp_path: Path) -> None:
    outcome = compare(tmp_path, videos=150, kills=5, seed=20)
    assert outcome.kills == 5
    assert outcome.handed_over == 150


@pytest.mark.slow
def test_a_run_is_killed_fifty_times(tmp_path: Path) -> None:
    outcome = compare(tmp_path, videos=1000, kills=50, seed=21)
    assert outcome.kills == 50
    assert outcome.possibly_paid > 0
    print(outcome)
