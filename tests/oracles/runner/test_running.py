"""Many jobs: handed on as they finish, stopped without a loss, and never all in memory."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
import tracemalloc
from functools import partial

import pytest

from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.asking.running import run_all
from crossoracle.oracles.asking.together import together
from crossoracle.oracles.asking.underway import BudgetSpent, Stopped, Underway
from crossoracle.oracles.asking.writer import LedgerFailed
from crossoracle.oracles.direct import direct
from crossoracle.oracles.greedy import Greedy
from crossoracle.oracles.oracle import CallFailed
from tests.oracles.runner.labelling import clip
from tests.oracles.runner.scripted import FAST, Scripted, failed, oracle, yes


def _jobs(asked, count, made=None):
    async def job(video):
        return (await asked.verify(clip(video))).read.outcome

    for number in range(count):
        if made is not None:
            made.append(number)
        yield partial(job, f"v{number}")


class Taken(list):
    """What was handed on."""

    def __call__(self, name, result, spent):
        self.append((name, result, spent.calls))


def test_a_slow_oracle_holds_nobody_up(ledger):
    taken, order = Taken(), []

    async def work():
        underway = Underway()
        slow = oracle(ledger, Scripted.of(yes(), delay_s=0.5), Limits(in_flight=1), underway=underway)
        slow.name = "slow"
        quick = oracle(ledger, Scripted.of(yes("NO")), underway=underway)
        quick.adapter.describe = lambda question: {"quick": question.clip.digest}
        jobs = {"slow": _jobs(slow, 3), "quick": _jobs(quick, 40)}
        return await run_all(
            jobs, taken, underway=underway, width=4, watch=lambda oracle, spent: order.append(oracle)
        )

    ran = asyncio.run(work())
    assert ran.done == {"slow": 3, "quick": 40}
    assert ran.stopped == {}
    assert not ran.interrupted
    assert ran.spent["quick"].calls == 40
    assert ran.spent["slow"].cost_usd == 1.5
    assert order[-1] == "slow"  # one at a time, each as long as many quick ones
    assert sorted(taken)[0] == ("quick", "no", 1)


def test_no_jobs_at_all():
    assert asyncio.run(run_all({}, Taken(), underway=Underway())).done == {}


def test_jobs_are_taken_one_by_one(ledger):
    made, ahead = [], []

    async def work():
        underway = Underway()
        asked = oracle(ledger, Scripted.of(yes()), underway=underway)
        done = []

        def take(name, result, spent):
            done.append(result)
            ahead.append(len(made) - len(done))

        await run_all({"o": _jobs(asked, 200, made)}, take, underway=underway, width=5)

    asyncio.run(work())
    assert len(made) == 200
    assert max(ahead) <= 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_awaits_what_is_under_way(ledger, number):
    adapter, taken = Scripted.of(yes(), delay_s=0.2), Taken()

    async def work():
        underway = Underway()
        asked = oracle(ledger, adapter, Limits(in_flight=4), underway=underway)
        adapter.moments[5] = partial(os.kill, os.getpid(), number)
        return await run_all({"o": _jobs(asked, 100)}, taken, underway=underway, width=10)

    ran = asyncio.run(work())
    assert ran.interrupted
    assert ran.stopped == {"o": "interrupted"}
    assert 5 <= len(adapter.asked) <= 8, "four at a time, and nothing after the signal"
    assert len(taken) == ran.done["o"] == len(adapter.asked)
    total = ledger.totals()["o"]
    assert (total.answered, total.lost, total.possibly_paid) == (len(taken), 0, 0)
    assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)


def test_the_second_signal_gives_up(ledger, reopened):
    adapter, taken = Scripted.of(yes(), delay_s=30), Taken()

    async def work():
        underway = Underway()
        asked = oracle(ledger, adapter, Limits(in_flight=4), underway=underway)
        later = asyncio.get_running_loop().call_later
        adapter.moments[4] = lambda: [later(s, os.kill, os.getpid(), signal.SIGINT) for s in (0.1, 0.3)]
        await run_all({"o": _jobs(asked, 100)}, taken, underway=underway)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(work())
    assert time.monotonic() - began < 10
    assert taken == []
    ledger.close()
    with reopened() as again:
        assert again.totals()["o"].possibly_paid == 4


def test_who_waits_to_try_again_stops_at_once(ledger):
    adapter = Scripted.of(failed(retry_after_s=60.0))

    async def work():
        underway = Underway()
        asked = oracle(ledger, adapter, Limits(in_flight=2, requests_per_minute=1), underway=underway)
        adapter.moments[1] = lambda: asyncio.get_running_loop().call_later(0.2, underway.stop, "interrupted")
        return await run_all({"o": _jobs(asked, 5)}, Taken(), underway=underway)

    began = time.monotonic()
    ran = asyncio.run(work())
    assert time.monotonic() - began < 10
    assert ran.stopped == {"o": "interrupted"}
    assert ran.done == {"o": 0}


def test_a_failure_after_the_signal_is_not_tried_again(ledger):
    adapter = Scripted.of(failed(), delay_s=0.2)

    async def work():
        underway = Underway()
        asked = oracle(ledger, adapter, underway=underway)
        adapter.moments[1] = partial(underway.stop, "interrupted")
        with pytest.raises(Stopped):
            await asked.verify(clip("a"))

    asyncio.run(work())
    assert len(adapter.asked) == 1
    assert ledger.find(ledger.select("SELECT key FROM calls")[0][0]).state == "failed"


def test_greedy_removal_stops_within_a_video_and_goes_on(ledger):
    adapter = Scripted(
        lambda question: yes(p_yes=0.9 - 0.01 * len(question.clip.segments), p_source="logits"), 0.02
    )

    def work(stop_at):
        async def run():
            underway = Underway()
            asked = oracle(ledger, adapter, Limits(in_flight=2), underway=underway)
            adapter.moments = {stop_at: partial(underway.stop, "interrupted")}
            found = []
            jobs = [partial(Greedy(), asked, clip("a", 8), 0)]
            ran = await run_all(
                {"o": jobs}, lambda name, result, spent: found.append(result), underway=underway
            )
            return ran, found

        return asyncio.run(run())

    ran, found = work(5)
    assert (ran.done["o"], found, ran.interrupted) == (0, [], True)
    before = len(adapter.asked)
    total = ledger.totals()["o"]
    assert total.answered == before > 0, "every reply that was under way is stored"
    ran, (labelled,) = work(None)
    assert ran.done["o"] == 1
    assert labelled.precheck["calls"] == 1 + sum(range(2, 9))
    assert len(adapter.asked) == ledger.totals()["o"].answered, "nothing is asked twice"


def test_an_error_stops_the_run_and_stores_what_is_under_way(ledger):
    adapter = Scripted.of(yes(), delay_s=0.1)

    async def broken():
        while len(adapter.asked) < 3:
            await asyncio.sleep(0.001)
        raise ZeroDivisionError

    async def work():
        underway = Underway()
        asked = oracle(ledger, adapter, underway=underway)
        jobs = [*_jobs(asked, 3), broken, *_jobs(asked, 9)]
        await run_all({"o": jobs}, Taken(), underway=underway, width=4)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(work())
    assert ledger.totals()["o"].answered == len(adapter.asked) == 3


def test_a_cancelled_run_stores_what_is_under_way(ledger):
    adapter = Scripted.of(yes(), delay_s=0.2)

    async def work():
        underway = Underway()
        asked = oracle(ledger, adapter, underway=underway)
        adapter.moments[4] = asyncio.current_task().cancel
        await run_all({"o": _jobs(asked, 50)}, Taken(), underway=underway, width=4)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(work())
    assert ledger.totals()["o"].answered == len(adapter.asked) == 4


def test_the_budget_in_calls(ledger):
    adapter = Scripted.of(yes(), delay_s=0.01)

    async def work():
        underway = Underway()
        asked = oracle(ledger, adapter, underway=underway, budget=Budget(calls=7))
        return await run_all({"o": _jobs(asked, 100)}, Taken(), underway=underway, width=4)

    ran = asyncio.run(work())
    assert ran.stopped == {"o": "the budget of 7 calls is spent"}
    assert len(adapter.asked) == ran.done["o"] == ledger.totals()["o"].answered == 7


def test_what_ends_a_verification_halfway_leaves_nobody_waiting(ledger):
    """One of its samples is turned away; the others may not begin when the run is over."""
    adapter = Scripted.of(yes(), failed("HTTP 401", status=401, transient=False), yes(), delay_s=0.02)

    async def work():
        underway, ways = Underway(), {"p_fallback": "samples", "samples": 30}
        asked = oracle(ledger, adapter, Limits(in_flight=1), underway=underway, **ways)
        ran = await run_all({"o": _jobs(asked, 1)}, Taken(), underway=underway, width=1)
        made = len(adapter.asked)
        await asyncio.sleep(0.2)
        return ran, len(adapter.asked) - made

    ran, after = asyncio.run(work())
    assert "HTTP 401" in ran.stopped["o"]
    assert after == 0
    assert ledger.totals()["o"].answered == len(adapter.asked) - 1, "what was under way is stored"


def test_the_first_of_several_that_fails_ends_the_others():
    ended = []

    async def one(number):
        try:
            await asyncio.sleep(0.01 if number == 1 else 30)
        finally:
            ended.append(number)
        raise LedgerFailed("full")

    async def work():
        with pytest.raises(LedgerFailed, match="full"):
            await together(one(number) for number in range(3))
        assert sorted(ended) == [0, 1, 2], "they are over when the caller hears of it"
        assert await together(asyncio.sleep(0, number) for number in range(3)) == [0, 1, 2]

    asyncio.run(work())


def test_a_ledger_that_fails_is_not_taken_for_a_stop():
    async def fail(error):
        raise error

    async def work():
        underway = Underway()
        underway.stop("interrupted")
        with pytest.raises(LedgerFailed, match="full"):
            await underway.carried(fail(LedgerFailed("full")))
        with pytest.raises(Stopped, match="interrupted"):
            await underway.carried(fail(failed()))

    asyncio.run(work())


def test_the_budget_in_dollars_leaves_free_oracles_alone(ledger):
    paid, free = Scripted.of(yes(), delay_s=0.01), Scripted.of(yes(cost_usd=0.0))

    async def work():
        underway, budget = Underway(), Budget(usd=3.2)
        first = oracle(ledger, paid, Limits(in_flight=1), underway=underway, budget=budget)
        second = oracle(ledger, free, underway=underway, budget=budget)
        second.name = "free"
        free.describe = lambda question: {"free": question.clip.digest}
        jobs = {"o": _jobs(first, 50), "free": _jobs(second, 50)}
        return await run_all(jobs, Taken(), underway=underway, width=4), budget

    ran, budget = asyncio.run(work())
    assert ran.stopped == {"o": "the budget of $3.2 is spent ($3 so far)"}
    assert ran.done == {"o": 6, "free": 50}
    assert budget.spent_usd == 3.0


def test_a_key_that_is_refused_stops_its_oracle_alone(ledger):
    refused = CallFailed("HTTP 401: check the key in SOME_KEY", transient=False, status=401)

    async def work():
        underway = Underway()
        first = oracle(ledger, Scripted.of(refused), Limits(in_flight=1), underway=underway)
        second = oracle(ledger, Scripted.of(yes()), underway=underway)
        second.name = "other"
        second.adapter.describe = lambda question: {"other": question.clip.digest}
        jobs = {"o": _jobs(first, 50), "other": _jobs(second, 50)}
        return await run_all(jobs, Taken(), underway=underway, width=1), first.adapter

    ran, adapter = asyncio.run(work())
    assert ran.stopped == {"o": "oracle o: HTTP 401: check the key in SOME_KEY"}
    assert len(adapter.asked) == 1, "every other call would be refused too"
    assert ran.done == {"o": 0, "other": 50}


def test_an_unknown_price_ends_a_budget_in_dollars(ledger):
    adapter = Scripted.of(yes(cost_usd=None))

    async def work():
        asked = oracle(ledger, adapter, budget=Budget(usd=1.0))
        await asked.verify(clip("a"))
        with pytest.raises(BudgetSpent, match="oracle o: its price is not known"):
            await asked.verify(clip("b"))
        assert (await asked.verify(clip("a"))).read.outcome == "yes", "what is in the ledger costs nothing"

    asyncio.run(work())


def test_memory_is_flat(ledger):
    adapter = Scripted(lambda question: yes())

    async def work(count):
        underway = Underway()
        asked = oracle(ledger, adapter, FAST, underway=underway)
        await run_all(
            {"o": _jobs(asked, count)}, lambda name, result, spent: None, underway=underway, width=8
        )
        adapter.asked.clear()

    asyncio.run(work(50))
    tracemalloc.start()
    try:
        asyncio.run(work(50))
        gc.collect()
        few = tracemalloc.get_traced_memory()[0]
        asyncio.run(work(500))
        gc.collect()
        many = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert many - few < 450 * 100, "less than 100 bytes a call"


def test_direct_and_its_rows(ledger):
    async def work():
        underway = Underway()
        asked = oracle(ledger, Scripted.of(failed("HTTP 400", transient=False)), underway=underway)
        rows = []
        jobs = [partial(direct, asked, clip("a"), 0)]
        await run_all({"o": jobs}, lambda name, found, spent: rows.append(found), underway=underway)
        return rows

    (found,) = asyncio.run(work())
    assert found.precheck["outcome"] == "error"
    assert found.scores == []


def test_a_wait_beyond_patience_stops_the_oracle_and_holds_nobody_up(ledger):
    busy = CallFailed("HTTP 429", transient=True, status=429, retry_after_s=3600)

    async def work():
        underway = Underway()
        asked = oracle(ledger, Scripted.of(busy), Limits(patience_s=5), underway=underway)
        return await run_all({"o": _jobs(asked, 10)}, Taken(), underway=underway, width=1)

    ran = asyncio.run(asyncio.wait_for(work(), 60))
    assert ran.stopped == {"o": "oracle o: HTTP 429"}
    assert ran.spent["o"].calls == 0
