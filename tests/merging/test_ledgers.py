"""Ledgers into one: every reply is there, and every call is counted once, however often they are joined."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossoracle.errors import InputError
from crossoracle.oracles.asking.batches import Batchbook
from crossoracle.oracles.asking.entries import Context
from crossoracle.oracles.asking.joining import Joined, ahead, join
from crossoracle.oracles.asking.ledger import LARGE, Ledger
from crossoracle.oracles.oracle import Answer, CallFailed

LOST = CallFailed("no reply", transient=True, possibly_paid=True)
FAILED = CallFailed("refused", transient=False, status=400)


def context(key: str) -> Context:
    return Context("o", "0", "d", f"video {key}", "score", "direct", 0)


def put(path: Path, key: str, came: str | CallFailed | None) -> None:
    """Put a question, as a process of its own would; None is one that never comes back."""

    async def work(ledger: Ledger) -> None:
        await ledger.sent(key, context(key))
        if isinstance(came, CallFailed):
            await ledger.failed(key, came, 1.0)
        elif came is not None:
            await ledger.answered(key, came, 1.0)
            ledger.measured(key, Answer(came, model="m", input_tokens=5, output_tokens=1, cost_usd=0.5))

    with Ledger(path) as ledger:
        asyncio.run(work(ledger))


def look(path: Path) -> dict[str, tuple[object, ...]]:
    with Ledger(path, read_only=True) as ledger:
        keys = [key for (key,) in ledger.select("SELECT key FROM calls ORDER BY key")]
        found = {key: ledger.find(key) for key in keys}
    return {key: (one.state, one.attempts, one.possibly_paid, one.raw) for key, one in found.items()}


@pytest.fixture
def place(tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: tmp_path / f"{name}.sqlite"


def test_two_ledgers_become_one_and_again_nothing_changes(place):
    long = "x" * (3 * LARGE)
    put(place("a"), "1", "one")
    put(place("a"), "2", LOST)
    put(place("b"), "3", long)
    put(place("b"), "4", FAILED)
    assert join(place("all"), place("a")) == Joined(2, 1, 0)
    assert join(place("all"), place("b")) == Joined(2, 1, 0)
    expected = {
        "1": ("answered", 1, 0, "one"),
        "2": ("lost", 1, 1, None),
        "3": ("answered", 1, 0, long),
        "4": ("failed", 1, 0, None),
    }
    assert look(place("all")) == expected
    before = {name: look(place(name)) for name in "ab"}
    for name in "abab":
        assert join(place("all"), place(name)) == Joined(0, 0, 0)
    assert look(place("all")) == expected
    assert before == {name: look(place(name)) for name in "ab"}, "what is joined stays as it is"


def test_what_a_reply_took_comes_with_it(place):
    put(place("a"), "1", "one")
    join(place("all"), place("a"))
    with Ledger(place("all"), read_only=True) as ledger:
        mean = ledger.means("o")["score"]
        assert (mean.input_tokens, mean.cost_usd) == (5, 0.5)
        assert ledger.select("SELECT dataset, video_id, kind FROM calls") == [("d", "video 1", "score")]


def test_a_ledger_that_went_on_brings_only_what_is_new(place):
    put(place("a"), "1", LOST)
    join(place("all"), place("a"))
    put(place("a"), "1", LOST)
    put(place("a"), "1", "one")
    put(place("a"), "2", "two")
    assert join(place("all"), place("a")) == Joined(1, 2 - 0, 0)
    assert look(place("all")) == {"1": ("answered", 3, 2, "one"), "2": ("answered", 1, 0, "two")}


def test_calls_of_two_ledgers_for_one_question_add_up(place):
    put(place("a"), "1", LOST)
    put(place("b"), "1", FAILED)
    put(place("b"), "1", "one")
    for name in "abab":
        join(place("all"), place(name))
    assert look(place("all")) == {"1": ("answered", 3, 1, "one")}


def test_the_first_of_two_replies_stays_and_both_calls_count(place):
    put(place("a"), "1", "first")
    put(place("b"), "1", "second")
    join(place("all"), place("a"))
    assert join(place("all"), place("b")) == Joined(0, 0, 1)
    assert look(place("all")) == {"1": ("answered", 2, 0, "first")}


def test_back_and_forth_counts_nothing_twice(place):
    put(place("a"), "1", LOST)
    join(place("b"), place("a"))
    put(place("b"), "1", "one")
    join(place("a"), place("b"))
    join(place("b"), place("a"))
    join(place("a"), place("b"))
    assert look(place("a")) == look(place("b")) == {"1": ("answered", 2, 1, "one")}


def test_what_was_under_way_is_lost_until_its_ledger_says_more(place):
    put(place("a"), "1", None)  # the process died, and nobody has opened the ledger since
    assert look(place("a"))["1"][0] == "sent"
    join(place("all"), place("a"))
    assert look(place("all")) == {"1": ("lost", 1, 1, None)}

    async def late() -> None:
        await ledger.answered("1", "late", 9.0)

    with Ledger(place("a")) as ledger:
        asyncio.run(late())
    join(place("all"), place("a"))
    assert look(place("all")) == {"1": ("answered", 1, 0, "late")}


def test_what_waits_in_a_batch_is_put_by_nobody_else(place):
    async def begin() -> None:
        book = Batchbook(ledger, "o")
        mark = await book.intend({"1": context("1")})
        await book.begun(mark, "batch-1")

    with Ledger(place("a")) as ledger:
        asyncio.run(begin())
    put(place("b"), "1", FAILED)
    join(place("b"), place("a"))
    assert look(place("b")) == {"1": ("batched", 2, 0, None)}
    with Ledger(place("b"), read_only=True) as ledger:
        assert [(one.name, one.state) for one in Batchbook(ledger, "o").all().values()] == [
            ("batch-1", "open")
        ]


def test_only_what_is_wanted_comes(place):
    for key in "12345":
        put(place("a"), key, key)
    join(place("some"), place("a"), lambda dataset, video: (dataset, video) == ("d", "video 3"))
    assert look(place("some")) == {"3": ("answered", 1, 0, "3")}
    assert ahead(place("a"), place("some")) == 4
    assert ahead(place("some"), place("a")) == 0
    assert ahead(place("a"), place("missing")) == 5


def test_a_ledger_in_use_is_not_written(place):
    put(place("a"), "1", "one")
    with Ledger(place("all")), pytest.raises(InputError, match="another process is writing it"):
        join(place("all"), place("a"))


def test_a_ledger_at_work_can_be_joined(place):
    put(place("a"), "1", "one")
    with Ledger(place("a")):
        assert join(place("all"), place("a")).replies == 1


def test_what_is_no_ledger_is_refused_and_nothing_changes(place):
    put(place("all"), "1", "one")
    place("text").write_text("no ledger, but a text that is long enough to be read as one" * 100)
    with sqlite3.connect(place("other")) as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    for name in ("text", "other", "missing"):
        with pytest.raises(InputError, match=f"{name}.sqlite"):
            join(place("all"), place(name))
    assert look(place("all")) == {"1": ("answered", 1, 0, "one")}


def test_an_older_ledger_says_how_to_renew_it(place):
    put(place("a"), "1", "one")
    connection = sqlite3.connect(place("a"))
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(InputError, match="found version 1, expected 2"):
        join(place("all"), place("a"))


def test_a_join_that_is_killed_leaves_all_or_nothing(place):
    """Killed within the transaction, before it is committed."""
    for key in "123":
        put(place("a"), key, key)
    put(place("all"), "0", "zero")
    code = (
        "import os, signal, sys; from pathlib import Path; from crossoracle.oracles.asking import joining\n"
        "joining.WHOLE = (*joining.WHOLE[:-1], joining.KEPT + ' AND die()')\n"
        "real = joining._identity\n"
        "def named(connection, schema, unnamed):\n"
        "    connection.create_function('die', 0, lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        "    return real(connection, schema, unnamed)\n"
        "joining._identity = named\n"
        "connection = joining.join(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    with Ledger(place("a")) as ledger:
        ledger.remember("any", "key", "so that there is something to die at")
    killed = subprocess.run([sys.executable, "-c", code, str(place("all")), str(place("a"))], check=False)
    assert killed.returncode == -9
    assert look(place("all")) == {"0": ("answered", 1, 0, "zero")}
    assert join(place("all"), place("a")) == Joined(3, 3, 0)


CAME = st.sampled_from(["answered", "lost", "failed"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("abc"), st.sampled_from("12"), CAME),
        st.tuples(st.just("join"), st.sampled_from("abc"), st.sampled_from("abc")),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_every_call_counts_once(tmp_path_factory, steps):
    home = tmp_path_factory.mktemp("ledgers")
    made: dict[str, list[str]] = {"1": [], "2": []}
    places = {name: home / f"{name}.sqlite" for name in "abc"}
    for one in places.values():
        Ledger(one).close()
    for what, *words in steps:
        if what == "join" and words[0] != words[1]:
            join(places[words[0]], places[words[1]])
        elif what == "put":
            where, key, came = words
            if look(places[where]).get(key, ("none",))[0] == "answered":
                continue  # never put again
            made[key].append(came)
            put(places[where], key, {"answered": f"{where} {key}", "lost": LOST, "failed": FAILED}[came])
    for _ in range(2):  # the second time changes nothing
        join(places["a"], places["b"])
        join(places["a"], places["c"])
        found = look(places["a"])
        for key, calls in made.items():
            if calls:
                state, attempts, possibly_paid, raw = found[key]
                assert attempts == len(calls)
                assert possibly_paid == calls.count("lost")
                assert (state == "answered") == ("answered" in calls) == (raw is not None)
