"""The ledger keeps what it was told, whoever dies, and belongs to one writer."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossoracle.errors import InputError
from crossoracle.oracles.asking.batches import Batchbook
from crossoracle.oracles.asking.disks import network_file_system
from crossoracle.oracles.asking.entries import Batched, Context
from crossoracle.oracles.asking.ledger import LARGE, Ledger, key_of
from crossoracle.oracles.asking.writer import LedgerFailed
from crossoracle.oracles.oracle import Answer, CallFailed

CONTEXT = Context("o", "0", "d", "v", "score", "direct", 0)


def test_a_question_is_sent_and_answered(ledger):
    async def work() -> None:
        assert ledger.find("k") is None
        await ledger.sent("k", CONTEXT)
        entry = ledger.find("k")
        assert (entry.state, entry.attempts, entry.raw) == ("sent", 1, None)
        await ledger.answered("k", '{"a": 1}', 1.5)
        entry = ledger.find("k")
        assert (entry.state, entry.raw, entry.latency_s, entry.measured) == ("answered", '{"a": 1}', 1.5, 0)
        ledger.measured("k", Answer("x", model="m", input_tokens=7, output_tokens=None, cost_usd=None))

    asyncio.run(work())
    ledger.remember("any", "key", "waits for what was handed in before")
    total = ledger.totals()["o"]
    assert (total.calls, total.answered, total.failed, total.possibly_paid) == (1, 1, 0, 0)
    assert ledger.means("o")["score"].input_tokens == 7


@pytest.mark.parametrize(("possibly_paid", "state"), [(True, "lost"), (False, "failed")])
def test_failures_are_booked(ledger, possibly_paid, state):
    failure = CallFailed("HTTP 504 \ud800", transient=True, status=504, possibly_paid=possibly_paid)

    async def work() -> None:
        await ledger.sent("k", CONTEXT)
        await ledger.failed("k", failure, 2.0)
        await ledger.sent("k", CONTEXT)
        await ledger.failed("k", failure, 2.0)

    asyncio.run(work())
    entry = ledger.find("k")
    assert (entry.state, entry.attempts, entry.message, entry.status) == (state, 2, "HTTP 504 ?", 504)
    assert (entry.possibly_paid, entry.raw) == (2 * possibly_paid, None)
    total = ledger.totals()["o"]
    assert (total.failed, total.lost) == (1 - possibly_paid, possibly_paid)


def test_what_was_sent_is_lost_when_it_is_opened_again(ledger, reopened):
    asyncio.run(ledger.sent("k", CONTEXT))
    with Ledger(ledger.path, read_only=True) as looking:
        assert looking.find("k").state == "sent"
    ledger.close()
    with reopened() as again:
        assert (again.find("k").state, again.find("k").possibly_paid) == ("lost", 1)
    with reopened() as again:
        assert again.totals()["o"].possibly_paid == 1, "counted once, however often it is opened"
        assert again.totals()["o"].lost == 1


def test_a_lost_question_whose_reply_comes_all_the_same(ledger, reopened):
    asyncio.run(ledger.sent("k", CONTEXT))
    ledger.close()
    with reopened() as again:
        asyncio.run(again.answered("k", "{}", 0.0))
        assert (again.find("k").state, again.find("k").possibly_paid) == ("answered", 0)


@settings(max_examples=30, deadline=None)
@given(st.text())
def test_any_text_comes_back(tmp_path_factory, raw):
    path = tmp_path_factory.mktemp("any") / "ledger.sqlite"
    for key, text in (("short", raw), ("long", raw + "x" * LARGE)):

        async def work(ledger: Ledger, key: str = key, text: str = text) -> None:
            await ledger.sent(key, CONTEXT)
            await ledger.answered(key, text, 0.0)

        with Ledger(path) as ledger:
            asyncio.run(work(ledger))
            assert ledger.find(key).raw == text


def test_half_a_character_comes_back(ledger):
    async def work() -> None:
        await ledger.sent("k", CONTEXT)
        await ledger.answered("k", "\ud800", 0.0)

    asyncio.run(work())
    assert ledger.find("k").raw == "\ud800"


def test_large_replies_take_little_room(ledger):
    raw = json.dumps([{"token": "a", "logprob": -0.5, "bytes": [97]}] * 20_000)

    async def work() -> None:
        await ledger.sent("k", CONTEXT)
        await ledger.answered("k", raw, 0.0)

    asyncio.run(work())
    ledger.close()
    assert ledger.path.stat().st_size < len(raw) / 4


def test_keys_are_canonical():
    assert key_of({"b": 1, "a": {"y": "ü", "x": 2}}) == key_of({"a": {"x": 2, "y": "ü"}, "b": 1})
    assert key_of({"a": 1}) != key_of({"a": "1"})
    # sha256 of {"a":1}, as `printf '{"a":1}' | sha256sum` says
    assert key_of({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def test_commits_are_shared(ledger):
    statements = []
    ledger._writer._connection.set_trace_callback(statements.append)

    async def work() -> None:
        await asyncio.gather(*(ledger.sent(str(number), CONTEXT) for number in range(200)))

    asyncio.run(work())
    commits = sum(statement == "COMMIT" for statement in statements)
    assert ledger.totals()["o"].calls == 200
    assert commits < 100


def test_durability_is_as_declared(ledger):
    execute = ledger._writer._connection.execute
    assert execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert ledger.notes == ()


def test_on_a_network_file_system_it_uses_a_journal(tmp_path, monkeypatch):
    monkeypatch.setattr("crossoracle.oracles.asking.opened.network_file_system", lambda path: "nfs4")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert ledger._writer._connection.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
        assert "network file system (nfs4)" in ledger.notes[0]
        asyncio.run(ledger.sent("k", CONTEXT))
        assert ledger.find("k").state == "sent"
    assert not (tmp_path / "ledger.sqlite-wal").exists()


def test_which_file_systems_are_networks(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\nhost:/x /data nfs4 rw 0 0\nhost:/y /data/my\\040own fuse.sshfs rw 0 0\n"
        "tmpfs /data/local tmpfs rw 0 0\nhost:/z /over nfs rw 0 0\n/dev/sdb /over ext4 rw 0 0\n"
    )
    found = {
        place: network_file_system(place, mounts)
        for place in ("/a", "/data", "/data/a/b", "/database", "/data/my own/a", "/data/local/a", "/over/a")
    }
    assert found == {
        "/a": None,
        "/data": "nfs4",
        "/data/a/b": "nfs4",
        "/database": None,
        "/data/my own/a": "fuse.sshfs",
        "/data/local/a": None,
        "/over/a": None,
    }
    assert network_file_system("/a", tmp_path / "none") is None


def test_a_second_writer_is_refused(ledger, reopened):
    with pytest.raises(InputError, match="another process is writing it"):
        reopened()
    code = f"from crossoracle.oracles.asking.ledger import Ledger; Ledger({str(ledger.path)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "InputError" in done.stderr
    assert "another process is writing it" in done.stderr.splitlines()[-1]
    ledger.close()
    reopened().close()


def test_a_killed_writer_leaves_no_lock(tmp_path):
    code = (
        "import sys; from crossoracle.oracles.asking.ledger import Ledger; "
        f"Ledger({str(tmp_path / 'ledger.sqlite')!r}); print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "open\n"
        process.kill()
        process.wait()
    Ledger(tmp_path / "ledger.sqlite").close()


def test_what_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "text").write_text("this is a text, and not a database, however long it may be" * 20)
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE a (b)")
    other.close()
    for name, words in {"text": "not a database", "other": "a database of something else"}.items():
        for read_only in (False, True):
            with pytest.raises(InputError, match=words):
                Ledger(tmp_path / name, read_only=read_only)
    with pytest.raises(InputError, match="no such file"):
        Ledger(tmp_path / "none", read_only=True)
    assert not (tmp_path / "none").exists()


def test_a_newer_ledger_is_refused(ledger, reopened):
    ledger._writer._connection.execute("PRAGMA user_version = 99")
    ledger.close()
    with pytest.raises(InputError, match="found version 99, expected at most 2"):
        reopened()


def test_a_disk_that_is_full_stops_everything(ledger, reopened):
    asyncio.run(ledger.sent("k", CONTEXT))
    ledger._writer._connection.execute("PRAGMA max_page_count = 1")

    async def work() -> None:
        await ledger.answered("k", "".join(map(chr, range(0x4E00, 0x9000))), 0.0)

    for _ in range(2):
        with pytest.raises(LedgerFailed, match=r"cannot be written \(database or disk is full\)"):
            asyncio.run(work())
    ledger.close()
    with reopened() as again:
        assert again.find("k").state == "lost"


def test_a_row_that_no_database_takes_is_lost_alone(ledger, reopened):
    async def work() -> list[object]:
        waiting = [ledger.sent(key, CONTEXT) for key in ("a", "b", "half \ud83d", "c")]
        waiting += [ledger.write(("SELECT ?", (value,))) for value in (2**70, object())]
        return await asyncio.gather(*waiting, return_exceptions=True)

    came = asyncio.run(work())
    assert [isinstance(each, LedgerFailed) for each in came] == [False, False, True, False, True, True]
    assert "takes no such row" in str(came[2])
    asyncio.run(ledger.answered("a", "{}", 1.0))
    ledger.close()
    with reopened() as again:
        assert [again.find(key).state for key in "abc"] == ["answered", "lost", "lost"]


NAN = float("nan")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((np.int64(7), np.uint8(3), Decimal("0.25")), (7, 3, 0.25)),
        ((2**70, -1, -0.5), (None, None, None)),
        ((2**63, 2**63, float("inf")), (None, None, None)),
        ((True, "7", NAN), (None, None, None)),
        ((7.0, [7], "0.1"), (None, None, None)),
        ((7, 3, np.float32(0.5)), (7, 3, 0.5)),
        ((7, 3, Decimal("sNaN")), (7, 3, None)),
        ((7, 3, 10**400), (7, 3, None)),
    ],
)
def test_what_an_adapter_counts_in_its_own_way_is_kept_as_numbers_or_not_at_all(ledger, given, kept):
    took = dict(zip(("input_tokens", "output_tokens", "cost_usd"), given, strict=True))
    asyncio.run(ledger.sent("k", CONTEXT))
    asyncio.run(ledger.answered("k", "{}", 1.0))
    ledger.measured("k", Answer("x", model="half \ud83d", **took))
    ledger.remember("any", "key", "waits for what was handed in before")
    rows = ledger.select("SELECT measured, model, input_tokens, output_tokens, cost_usd FROM calls")
    assert rows == [(1, "half ?", *kept)]


def test_texts_are_remembered_from_any_thread(ledger, reopened):
    def work(number: int) -> None:
        ledger.remember("clip", str(number), f"text {number}")
        ledger.remember("clip", "same", str(number))
        assert ledger.recall("clip", str(number)) == f"text {number}"

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.recall("file", "1") is None
    ledger.close()
    with reopened() as again:
        assert again.recall("clip", "7") == "text 7"
        assert again.recall("clip", "same") in set("01234567")


def test_what_is_handed_in_is_written_though_nobody_waits(ledger, reopened):
    async def work() -> None:
        await ledger.sent("k", CONTEXT)
        waiting = asyncio.ensure_future(ledger.answered("k", "{}", 0.0))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(work())
    ledger.close()
    with reopened() as again:
        assert again.find("k").raw == "{}"


def test_nothing_is_left_behind(tmp_path):
    before = threading.active_count()
    Ledger(tmp_path / "ledger.sqlite").close()
    assert threading.active_count() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".ledger.sqlite.lock", "ledger.sqlite"]


def test_for_reading_it_cannot_be_written(ledger):
    with Ledger(ledger.path, read_only=True) as looking:
        looking.remember("a", "b", "is dropped: a look changes nothing")
        with pytest.raises(LedgerFailed, match="opened for reading"):
            asyncio.run(looking.sent("k", CONTEXT))
    assert ledger.recall("a", "b") is None


def test_the_means_of_replies(ledger):
    async def work() -> None:
        for number, tokens in enumerate((10, 30)):
            await ledger.sent(str(number), CONTEXT)
            await ledger.answered(str(number), "{}", 2.0)
            ledger.measured(str(number), Answer("", input_tokens=tokens, cost_usd=None))
        await ledger.sent("lost", CONTEXT)

    asyncio.run(work())
    ledger.remember("wait", "for", "it")
    mean = ledger.means("o")["score"]
    assert (mean.replies, mean.input_tokens, mean.output_tokens, mean.cost_usd) == (2, 20.0, None, None)
    assert mean.latency_s == 2.0
    assert ledger.means("other") == {}
    assert Path(ledger.path).exists()


VERSION_1 = """
CREATE TABLE calls (
    key TEXT PRIMARY KEY, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    possibly_paid INTEGER NOT NULL DEFAULT 0, oracle TEXT, run TEXT, dataset TEXT, video_id TEXT, kind TEXT,
    step TEXT, sample INTEGER, sent_at REAL, latency_s REAL, measured INTEGER NOT NULL DEFAULT 0, model TEXT,
    input_tokens INTEGER, output_tokens INTEGER, cost_usd REAL, message TEXT, transient INTEGER,
    status INTEGER
) WITHOUT ROWID;
CREATE INDEX calls_open ON calls (state) WHERE state = 'sent';
CREATE TABLE replies (key TEXT PRIMARY KEY, raw NOT NULL);
CREATE TABLE remembered (kind TEXT, key TEXT, text TEXT NOT NULL, PRIMARY KEY (kind, key));
INSERT INTO calls (key, state, possibly_paid, oracle) VALUES
    ('a', 'lost', 1, 'o'), ('b', 'sent', 0, 'o'), ('c', 'lost', 1, 'o'), ('d', 'answered', 0, 'o');
INSERT INTO replies VALUES ('d', '{}');
INSERT INTO remembered VALUES ('batches', 'o', '{"open": {"batch_1": ["a", "b", "d"]}, "done": ["batch_0"]}'),
    ('batches', '#study', 'mark');
PRAGMA application_id = 1668444024; PRAGMA user_version = 1;
"""


def test_a_ledger_of_the_first_version_keeps_its_batches(tmp_path):
    path = tmp_path / "ledger.sqlite"
    old = sqlite3.connect(path)
    old.executescript(VERSION_1)
    old.close()
    for _ in range(2):
        with Ledger(path) as ledger:
            entries = {key: ledger.find(key) for key in "abcd"}
            assert [one.state for one in entries.values()] == ["batched", "batched", "lost", "answered"]
            assert [one.possibly_paid for one in entries.values()] == [0, 0, 1, 0]
            assert (entries["a"].batch, entries["d"].raw) == ("batch_1", "{}")
            book = Batchbook(ledger, "o")
            assert {name: one.state for name, one in book.all().items()} == {
                "batch_0": "done",
                "batch_1": "open",
            }
            assert book.marks() == {"crossoracle": "mark", "oracle": "o"}


def test_a_second_answer_and_a_late_failure_change_nothing(ledger):
    async def work() -> None:
        await ledger.sent("k", CONTEXT)
        await ledger.answered("k", "first", 1.0)
        await ledger.answered("k", "second", 2.0)
        await ledger.failed("k", CallFailed("late", transient=True, possibly_paid=True), 3.0)

    asyncio.run(work())
    entry = ledger.find("k")
    assert (entry.state, entry.raw, entry.latency_s, entry.possibly_paid) == ("answered", "first", 1.0, 0)


def test_a_batch_from_its_intent_to_its_answers(ledger):
    book = Batchbook(ledger, "o")

    async def work() -> None:
        await ledger.sent("again", CONTEXT)
        await ledger.failed("again", CallFailed("time-out", transient=True, possibly_paid=True), 1.0)
        mark = await book.intend(dict.fromkeys(("a", "b", "c", "again"), CONTEXT))
        (one,) = book.unsettled()
        assert one == Batched(mark, None, "intended", 4, "o", one.begun_at)
        assert ledger.find("a").batch == mark
        with pytest.raises(LedgerFailed, match="in another"):
            await book.intend({"a": CONTEXT})
        await book.vanished(mark)
        assert ledger.totals()["o"].possibly_paid == 5
        await book.begun(mark, "batch_1")
        assert ledger.totals()["o"].possibly_paid == 1
        assert book.all()[mark] == replace(one, name="batch_1", state="open")
        bad = CallFailed("HTTP 400", transient=False, status=400)
        late = CallFailed("expired", transient=True)
        await book.done(mark, {"a": "{}", "b": bad, "stranger": "{}"}, late)

    asyncio.run(work())
    found = {key: ledger.find(key) for key in ("a", "b", "c", "again", "stranger")}
    assert {key: one.state for key, one in found.items()} == {
        "a": "answered",
        "b": "failed",
        "c": "failed",
        "again": "failed",
        "stranger": "answered",
    }
    assert [found[key].message for key in "abc"] == [None, "HTTP 400", "expired"]
    assert found["again"].possibly_paid == 1


def test_a_link_to_a_ledger_is_no_second_ledger(tmp_path):
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "other.sqlite").symlink_to(tmp_path / "ledger.sqlite")
    with Ledger(tmp_path / "ledger.sqlite"), pytest.raises(InputError, match="another process is writing"):
        Ledger(other / "other.sqlite")
