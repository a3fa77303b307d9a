"""Between a strategy and a model: the ledger first, failures as outcomes, P(YES) as declared."""

from __future__ import annotations

import asyncio
import json

import pytest

from crossoracle.errors import InputError, NotInstalledError
from crossoracle.oracles.asking.asked import Ways
from crossoracle.oracles.asking.batches import Batchbook
from crossoracle.oracles.asking.entries import Context
from crossoracle.oracles.asking.ledger import key_of
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.asking.post import LOST, waiting_in
from crossoracle.oracles.asking.spending import booked
from crossoracle.oracles.asking.writer import LedgerFailed
from crossoracle.oracles.oracle import CallFailed
from tests.oracles.runner.labelling import clip
from tests.oracles.runner.scripted import FAST, Scripted, failed, oracle, verified, yes


def scoring(presence: str = "YES", **facts: object) -> str:
    segments = [{"segment": i, "importance": 10 * i, "phase": "p", "reason": "r"} for i in range(4)]
    text = {"presence": presence, "confidence": 70, "evidence": "e", "segments": segments, "important": [3]}
    return json.dumps({"text": json.dumps(text), **facts})


def test_what_is_in_the_ledger_is_not_asked_again(ledger, reopened):
    adapter = Scripted.of(yes())

    async def work(ledger):
        with booked() as spent:
            return await verified(oracle(ledger, adapter), ["a", "b", "a"]), spent

    first, took = asyncio.run(work(ledger))
    ledger.close()
    with reopened() as again:
        second, took_again = asyncio.run(work(again))
        assert again.totals()["o"].calls == 2
    assert len(adapter.asked) == 2, "two who ask the same at the same time share a reply"
    assert second == first
    assert (took.calls, took.fresh, took_again.calls, took_again.fresh) == (3, 2, 3, 0)
    assert took.cost_usd == took_again.cost_usd == 1.5
    assert took.input_tokens == took_again.input_tokens == 30
    assert took.latency_s == took_again.latency_s


def test_repetitions_are_other_questions(ledger):
    adapter = Scripted.of(yes("YES"), yes("NO"))

    async def work():
        asked = oracle(ledger, adapter)
        return [await asked.verify(clip("a"), sample=sample) for sample in (0, 1, 0)]

    assert [found.read.outcome for found in asyncio.run(work())] == ["yes", "no", "yes"]
    assert sorted(ledger.select("SELECT run, sample, oracle FROM calls")) == [("0", 0, "o"), ("1", 1, "o")]


def test_scores_are_read_by_the_one_reader(ledger):
    found = asyncio.run(oracle(ledger, Scripted.of(scoring())).score(clip("a")))
    assert (found.read.outcome, found.read.scores) == ("yes", (0.0, 0.1, 0.2, 0.3))
    assert (found.p_yes, found.p_source) == (0.7, "stated")
    found = asyncio.run(oracle(ledger, Scripted.of(scoring()), p_fallback="samples").score(clip("b")))
    assert (found.p_yes, found.p_source) == (None, None)


@pytest.mark.parametrize(
    ("facts", "decision", "outcome", "p_yes", "source"),
    [
        ({"p_yes": 0.51, "p_source": "logits"}, "YES", "yes", 0.51, "logits"),
        ({"p_yes": 0.5, "p_source": "logits"}, "YES", "no", 0.5, "logits"),
        ({"p_yes": 0.2, "p_source": "logprobs"}, "YES", "no", 0.2, "logprobs"),
        ({"p_yes": 0.9, "p_source": "logprobs"}, "NO", "no", 0.9, "logprobs"),
        ({}, "YES", "yes", 0.2, "stated"),
        ({}, "NO", "no", 0.8, "stated"),
        ({}, "SKIP", "skip", None, None),
    ],
)
def test_yes_counts_if_a_measured_probability_says_so(ledger, facts, decision, outcome, p_yes, source):
    adapter = Scripted.of(yes(decision, confidence=20, **facts))
    found = asyncio.run(oracle(ledger, adapter).verify(clip("a")))
    assert (found.read.outcome, found.p_yes, found.p_source) == (outcome, pytest.approx(p_yes), source)
    if outcome == "no" and decision == "YES":
        assert f"YES, but P(YES) = {p_yes:g} from {source}" in found.read.detail


def test_scores_of_a_presence_that_is_unlikely_are_no(ledger):
    adapter = Scripted.of(scoring(p_yes=0.3, p_source="logprobs"))
    found = asyncio.run(oracle(ledger, adapter).score(clip("a")))
    assert (found.read.outcome, found.p_yes) == ("no", 0.3)


@pytest.mark.parametrize(
    ("replies", "outcome", "p_yes"),
    [
        (["YES", "YES", "NO", "YES", "NO"], "yes", 0.6),
        (["YES", "NO", "NO", "YES", "NO"], "no", 0.4),
        (["YES", "SKIP", "YES", "?", "YES"], "yes", 0.75),
        (["?", "?", "?", "?", "?"], "unparsed", None),
    ],
)
def test_the_share_of_yes_among_samples(ledger, replies, outcome, p_yes):
    adapter = Scripted.of(*(yes(reply) if reply != "?" else json.dumps({"text": "{"}) for reply in replies))

    async def work():
        with booked("precheck") as spent:
            return await oracle(ledger, adapter, p_fallback="samples").verify(clip("a"), sample=3), spent

    found, spent = asyncio.run(work())
    wanted = outcome if outcome != "unparsed" else found.read.outcome
    assert (found.read.outcome, found.p_yes) == (wanted, p_yes)
    assert found.p_source == (None if p_yes is None else "samples")
    asked = 1 if replies[0] == "?" else 5  # one that decides nothing is not asked about again
    assert spent.calls == len(adapter.asked) == asked
    rows = ledger.select("SELECT run, step, sample FROM calls ORDER BY sample")
    assert [row[0] for row in rows] == ["3"] * asked
    assert [row[1] for row in rows] == ["precheck", *["samples"] * (asked - 1)]
    assert len({row[2] for row in rows}) == asked


def test_a_sample_without_a_reply_leaves_no_share(ledger):
    adapter = Scripted.of(yes(), yes(), failed("HTTP 400", transient=False, status=400), yes(), yes())
    work = oracle(ledger, adapter, p_fallback="samples")
    found = asyncio.run(work.verify(clip("a")))
    assert (found.read.outcome, found.p_yes, found.p_source) == ("error", None, None)
    assert found.read.detail == "no P(YES): 1 of 4 samples brought no reply; HTTP 400"


def test_measured_probabilities_need_no_samples(ledger):
    adapter = Scripted.of(yes(p_yes=0.9, p_source="logprobs"))
    found = asyncio.run(oracle(ledger, adapter, p_fallback="samples").verify(clip("a")))
    assert (found.p_yes, found.p_source, len(adapter.asked)) == (0.9, "logprobs", 1)


@pytest.mark.parametrize(
    ("second", "outcome", "asked"), [("YES", "yes", 2), ("gibberish", "unparsed", 2), (None, "unparsed", 1)]
)
def test_a_reply_that_cannot_be_read_is_asked_for_again_if_wanted(ledger, second, outcome, asked):
    again = yes(second) if second == "YES" else json.dumps({"text": "gibberish again", "cost_usd": 0.5})
    adapter = Scripted.of(json.dumps({"text": "gibberish", "cost_usd": 0.25}), again)

    async def work():
        with booked() as spent:
            return await oracle(ledger, adapter, reask=int(second is not None)).verify(clip("a")), spent

    found, spent = asyncio.run(work())
    assert (found.read.outcome, len(adapter.asked)) == (outcome, asked)
    assert spent.cost_usd == (0.75 if asked == 2 else 0.25)
    assert len({question.sample for question in adapter.asked}) == asked


def test_failures_are_outcomes_and_are_tried_again_in_the_next_run(ledger, reopened):
    adapter = Scripted.of(failed("HTTP 400: bad", transient=False, status=400), yes())
    found = asyncio.run(oracle(ledger, adapter).verify(clip("a")))
    assert (found.read.outcome, found.read.detail, found.p_yes) == ("error", "HTTP 400: bad", None)
    assert found.answer is None
    assert ledger.totals()["o"].failed == 1
    ledger.close()
    with reopened() as again:
        found = asyncio.run(oracle(again, adapter).verify(clip("a")))
        assert found.read.outcome == "yes"
        total = again.totals()["o"]
        assert (total.calls, total.answered, total.failed) == (2, 1, 0)


def test_a_failed_score_has_no_scores(ledger):
    found = asyncio.run(oracle(ledger, Scripted.of(failed(transient=False))).score(clip("a")))
    assert (found.read.outcome, found.read.scores, found.read.kept) == ("error", (None,) * 4, (None,) * 4)
    assert found.read.flags == ()


def test_what_may_have_been_paid_is_sent_again_only_when_asked(ledger, reopened):
    adapter = Scripted.of(yes(), delay_s=30)

    async def killed():
        asked = oracle(ledger, adapter)
        task = asyncio.ensure_future(asked.verify(clip("a")))
        while not adapter.asked:
            await asyncio.sleep(0.001)
        asked._post.underway.abort()
        await asyncio.gather(task, return_exceptions=True)
        return await asked.verify(clip("a"))

    found = asyncio.run(killed())
    assert found.read.detail == "possibly paid; not sent again (use --resend)"
    ledger.close()
    adapter.delay_s = 0
    with reopened() as again:
        found = asyncio.run(oracle(again, adapter).verify(clip("a")))
        assert (found.read.outcome, len(adapter.asked)) == ("error", 1)
        assert found.read.detail == "possibly paid; not sent again (use --resend)"
        found = asyncio.run(oracle(again, adapter, resend=True).verify(clip("a")))
        assert (found.read.outcome, len(adapter.asked)) == ("yes", 2)
        total = again.totals()["o"]
        assert (total.answered, total.lost, total.possibly_paid, total.calls) == (1, 0, 1, 2)


def test_offline_only_the_ledger_answers(ledger):
    adapter = Scripted.of(yes(), failed(transient=False))

    async def work():
        await verified(oracle(ledger, adapter), ["a", "b"])
        return await verified(oracle(ledger, adapter, offline=True, resend=True), ["a", "b", "c"])

    found = asyncio.run(work())
    assert [one.read.outcome for one in found] == ["yes", "error", "error"]
    assert [one.read.detail for one in found] == [None, "HTTP 503", "not in the ledger"]
    assert len(adapter.asked) == 2


def test_offline_a_call_that_was_lost_with_its_process_is_not_told_as_never_made(ledger, reopened):
    adapter, about = Scripted.of(yes()), Context("o", "0", "d", "a", "verify", "", 0)

    async def sent():
        asked = oracle(ledger, adapter)
        question = asked._question("verify", clip("a"), 0)
        await ledger.sent(key_of(adapter.describe(question)), about)
        return await oracle(ledger, adapter, offline=True).verify(clip("a"))

    assert asyncio.run(sent()).read.detail == LOST
    ledger.close()
    with reopened() as again:
        found = asyncio.run(oracle(again, adapter, offline=True).verify(clip("a")))
    assert (found.read.outcome, found.read.detail, adapter.asked) == ("error", LOST, [])


def test_whether_an_answer_is_there_is_known_without_reading_it(ledger, monkeypatch):
    adapter = Scripted.of(yes())

    async def work():
        asked = oracle(ledger, adapter)
        await asked.verify(clip("a"))
        monkeypatch.setattr("crossoracle.oracles.asking.ledger._unpacked", lambda raw: pytest.fail("read"))
        return [asked.planned("verify", clip(video)).calls for video in "ab"]

    assert asyncio.run(work()) == [0, 1]


def test_a_look_at_a_ledger_rebuilds_too(ledger):
    asyncio.run(oracle(ledger, Scripted.of(yes())).verify(clip("a")))
    from crossoracle.oracles.asking.ledger import Ledger

    with Ledger(ledger.path, read_only=True) as looking:
        found = asyncio.run(oracle(looking, Scripted.of(yes()), offline=True).verify(clip("a")))
    assert found.read.outcome == "yes"


def test_a_reader_that_stumbles_loses_nothing(ledger):
    adapter = Scripted.of("this is not what was expected")
    found = asyncio.run(oracle(ledger, adapter).verify(clip("a")))
    assert found.read.outcome == "error"
    assert "it is stored" in found.read.detail
    assert ledger.select("SELECT raw FROM replies") == [("this is not what was expected",)]
    adapter.read = lambda raw, question: Scripted.read(adapter, yes(), question)
    found = asyncio.run(oracle(ledger, adapter, offline=True).verify(clip("a")))
    assert found.read.outcome == "yes"
    assert len(adapter.asked) == 1


@pytest.mark.parametrize(
    ("error", "raised", "possibly_paid"),
    [
        (InputError("video a cannot be decoded"), None, 0),
        (NotInstalledError("pip install it"), NotInstalledError, 0),
        (ZeroDivisionError("with a secret"), ZeroDivisionError, 1),
    ],
)
def test_other_errors(ledger, error, raised, possibly_paid):
    asked = oracle(ledger, Scripted.of(error))
    if raised is None:
        found = asyncio.run(asked.verify(clip("a")))
        assert (found.read.outcome, found.read.detail) == ("error", str(error))
    else:
        with pytest.raises(raised):
            asyncio.run(asked.verify(clip("a")))
    (row,) = ledger.select("SELECT state, possibly_paid, message FROM calls")
    assert row[:2] == ("lost" if possibly_paid else "failed", possibly_paid)
    assert "secret" not in row[2]


def test_failures_that_pass_are_tried_again(ledger):
    adapter = Scripted.of(failed(), failed(status=None), failed(status=429), yes())

    async def work():
        with booked() as spent:
            return await oracle(ledger, adapter).verify(clip("a")), spent

    found, spent = asyncio.run(work())
    assert (found.read.outcome, len(adapter.asked)) == ("yes", 4)
    assert (spent.calls, spent.failed, spent.failed_calls) == (1, 0, 3)
    total = ledger.totals()["o"]
    assert (total.calls, total.answered, total.possibly_paid) == (4, 1, 0)


def test_what_may_have_been_paid_for_is_neither_tried_nor_asked_again(ledger):
    lost = failed("HTTP 504", status=504, possibly_paid=True)
    adapter = Scripted.of(lost, lost, yes())
    for resend, asked, detail in (
        (False, 1, "HTTP 504"),
        (False, 1, LOST),
        (True, 2, "HTTP 504"),
        (True, 3, None),
    ):
        found = asyncio.run(oracle(ledger, adapter, resend=resend).verify(clip("a")))
        assert (found.read.outcome, len(adapter.asked)) == ("yes" if asked == 3 else "error", asked)
        assert found.read.detail == detail
    total = ledger.totals()["o"]
    assert (total.calls, total.answered, total.lost, total.possibly_paid) == (3, 1, 0, 2)


def test_what_may_have_been_paid_for_waits_for_nobody_but_holds_the_others_up(ledger):
    adapter = Scripted.of(failed(status=504, possibly_paid=True, retry_after_s=0.3), yes())

    async def work():
        asked, loop = oracle(ledger, adapter), asyncio.get_running_loop()
        began = loop.time()
        found = await asked.verify(clip("a"))
        first = loop.time() - began
        await asked.verify(clip("b"))
        return found, first, loop.time() - began

    found, first, both = asyncio.run(work())
    assert found.read.outcome == "error"
    assert first < 0.3 <= both


def test_what_costs_nothing_is_tried_and_asked_again(ledger, reopened):
    late = failed("no reply in time", status=None, possibly_paid=True)
    adapter = Scripted.of(late, yes())
    found = asyncio.run(oracle(ledger, adapter, paid=False).verify(clip("a")))
    assert (found.read.outcome, len(adapter.asked)) == ("yes", 2)
    assert ledger.totals()["o"].possibly_paid == 0

    async def killed():
        asked = oracle(ledger, adapter, paid=False)
        adapter.delay_s = 30
        task = asyncio.ensure_future(asked.verify(clip("b")))
        while len(adapter.asked) < 3:
            await asyncio.sleep(0.001)
        asked._post.underway.abort()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(killed())
    ledger.close()
    adapter.delay_s = 0
    with reopened() as again:
        total = again.totals()["o"]
        assert (total.failed, total.lost, total.possibly_paid) == (1, 0, 0)
        found = asyncio.run(oracle(again, adapter, paid=False).verify(clip("b")))
        assert (found.read.outcome, len(adapter.asked)) == ("yes", 4)


def test_what_waits_in_a_batch_is_put_by_nobody(ledger, reopened):
    adapter = Scripted.of(yes())

    async def work(ledger, **ways):
        asked = oracle(ledger, adapter, **ways)
        question = asked._question("verify", clip("a"), 0)
        context = Context("o", "0", "d", "a", "verify", "batch", 0)
        book, key = Batchbook(ledger, "o"), key_of(adapter.describe(question))
        if not book.all():
            mark = await book.intend({key: context})
            await book.begun(mark, "batch_7")
        with pytest.raises(LedgerFailed, match="is answered or in a batch"):
            await ledger.sent(key, context)
        return await asked.verify(clip("a")), asked._post.known(question)

    found, known = asyncio.run(work(ledger))
    assert (waiting_in(found.read.detail), known) == ("batch_7", True)
    ledger.close()
    with reopened() as again:
        for ways in ({"resend": True}, {"offline": True}):
            assert waiting_in(asyncio.run(work(again, **ways))[0].read.detail) == "batch_7"
    assert adapter.asked == []


@pytest.mark.parametrize(("attempts", "tries"), [(1, 1), (2, 2), (10, 3)])
def test_the_same_fault_again_and_again_is_permanent(ledger, attempts, tries):
    adapter = Scripted.of(failed("HTTP 500", status=500))
    limits = Limits(attempts=attempts, wait_s=0.001)
    found = asyncio.run(oracle(ledger, adapter, limits).verify(clip("a")))
    assert (found.read.outcome, len(adapter.asked)) == ("error", tries)


def test_alternating_faults_are_tried_as_often_as_declared(ledger):
    faults = [failed(status=status) for status in (500, 503) * 10]
    adapter = Scripted.of(*faults)
    asyncio.run(oracle(ledger, adapter, Limits(attempts=7, wait_s=0.001)).verify(clip("a")))
    assert len(adapter.asked) == 7


def test_retry_after_is_honoured_by_the_whole_oracle(ledger):
    adapter = Scripted.of(failed(status=429, retry_after_s=0.3), yes())
    times = []

    async def work():
        loop = asyncio.get_running_loop()
        answer = adapter.answer
        adapter.answer = lambda question: (times.append(loop.time()), answer(question))[1]
        asked = oracle(ledger, adapter)
        first = asyncio.ensure_future(asked.verify(clip("a")))
        while "o" not in ledger.totals() or not ledger.totals()["o"].failed:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        await asyncio.gather(first, asked.verify(clip("b")))

    asyncio.run(work())
    assert len(times) == 3
    assert min(times[1:]) - times[0] >= 0.3


def test_a_wait_longer_than_patience_is_an_error_at_once(ledger):
    adapter = Scripted.of(CallFailed("HTTP 429: come back tomorrow", transient=True, retry_after_s=86_400.0))
    found = asyncio.run(oracle(ledger, adapter, FAST).verify(clip("a")))
    assert (found.read.outcome, len(adapter.asked)) == ("error", 1)


def test_no_more_than_declared_are_under_way(ledger):
    adapter = Scripted.of(yes(), delay_s=0.005)

    async def work():
        await verified(oracle(ledger, adapter, Limits(in_flight=3)), [f"v{number}" for number in range(20)])

    asyncio.run(work())
    assert adapter.most_at_a_time == 3


@pytest.mark.parametrize(
    "limits", [Limits(in_flight=50, requests_per_minute=1200), Limits(in_flight=50, tokens_per_minute=14_400)]
)
def test_rates_are_kept(ledger, limits):
    # 20 calls a second, by number or by tokens: 12 a call are expected once the first reply is known
    adapter = Scripted.of(yes())

    async def work():
        asked = oracle(ledger, adapter, limits)
        await asked.verify(clip("first"))
        loop = asyncio.get_running_loop()
        began = loop.time()
        await verified(asked, [f"v{number}" for number in range(30)])
        return loop.time() - began

    burst = 20
    assert asyncio.run(work()) >= (30 - burst) / 20 * 0.9


@pytest.mark.parametrize("wrong", [{"p_fallback": "hope"}, {"samples": 1}, {"reask": 2}])
def test_ways_are_checked(wrong):
    with pytest.raises(InputError, match=f"{next(iter(wrong))} = "):
        Ways(**wrong)


def test_limits_are_checked():
    with pytest.raises(InputError, match="requests_per_minute = 0, expected more than 0"):
        Limits(requests_per_minute=0)
