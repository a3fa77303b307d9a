"""How one question is put: to the ledger, and if it has no answer, through limits and budget to a model.

Before the call the ledger says that it is sent, and a reply is on the disk before anybody reads it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from crossoracle.errors import CrossoracleError, NotInstalledError
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.entries import Context, Entry
from crossoracle.oracles.asking.forecast import Expectation
from crossoracle.oracles.asking.ledger import Ledger, bookable, key_of
from crossoracle.oracles.asking.limits import Gate
from crossoracle.oracles.asking.spending import Spent, count
from crossoracle.oracles.asking.underway import TurnedAway, Underway
from crossoracle.oracles.oracle import Adapter, Answer, CallFailed, Question

LOST = "possibly paid; not sent again (use --resend)"
MISSING = "not in the ledger"
WAITING = "waits in batch "


@dataclass(frozen=True)
class Reply:
    """What came of a question: an answer, or why there is none."""

    answer: Answer | None
    failure: str | None = None


@dataclass(frozen=True)
class Post:
    """The way from the questions of one oracle to their answers.

    Parameters
    ----------
    adapter : Adapter
        How the model is reached.
    ledger, gate, budget, underway, expectation
        What every call goes through.
    resend : bool
        Whether questions that may have been paid for without a reply are put again.
    offline : bool
        Whether only the ledger answers.
    paid : bool
        Whether calls can cost anything; what costs nothing is never possibly paid.
    """

    adapter: Adapter
    ledger: Ledger
    gate: Gate
    budget: Budget
    underway: Underway
    expectation: Expectation
    resend: bool = False
    offline: bool = False
    paid: bool = True

    async def put(self, question: Question, context: Context) -> Reply:
        """Return the reply to a question.

        Raises
        ------
        Stopped
            It would have to be asked, and nothing new is; or the provider turned it away (`TurnedAway`).
        LedgerFailed
            The ledger cannot be written.
        """
        key = key_of(self.adapter.describe(question))
        async with self.underway.alone(key):
            entry = self.ledger.find(key)
            if entry is not None and entry.raw is not None:
                return self._served(key, entry, entry.raw, question)
            refused = self._refused(entry)
            if refused is None:
                return await self._asked(key, question, context)
        count(Spent(failed=1))
        return Reply(None, refused)

    def known(self, question: Question) -> bool:
        """Whether the ledger has the answer, or a batch will bring it."""
        return self.ledger.state(key_of(self.adapter.describe(question))) in ("answered", "batched")

    def _refused(self, entry: Entry | None) -> str | None:
        """Return why a question without an answer is not put, or None."""
        if entry is not None and entry.state == "batched":
            return f"{WAITING}{entry.batch}"
        # "sent" without being under way: by this process, which gave it up.
        lost = entry is not None and (entry.state == "lost" or (entry.state == "sent" and entry.paid))
        if self.offline:
            why = (entry.message if entry is not None else None) or (LOST if lost else None)
            return f"{MISSING}: {why}" if why else MISSING
        return LOST if lost and not self.resend else None

    async def _asked(self, key: str, question: Question, context: Context) -> Reply:
        expected = self.expectation.size(question.kind, question.clip, len(question.prompt))
        usd = self.expectation.usd(question.kind, expected)

        async def call() -> Reply:
            reserved = self.budget.take(context.oracle, usd)
            self.underway.check()
            return await self.underway.carried(self._carried(key, question, context, reserved))

        try:
            return await self.gate.through(call, expected.input_tokens + expected.output_tokens)
        except CallFailed as failure:
            if _turned_away(failure, self.gate.limits.patience_s):  # so would every other call be
                raise TurnedAway(f"oracle {context.oracle}: {failure}") from None
            count(Spent(failed=1))
            return Reply(None, str(failure))

    async def _carried(self, key: str, question: Question, context: Context, reserved: float) -> Reply:
        """Make one call, and write down what came of it; never cancelled but when everything is given up."""
        cost: float | None = 0.0
        unpriced = False
        try:
            await self.ledger.sent(key, context, paid=self.paid)
            cost = None  # from here on it may cost something
            began = time.monotonic()
            try:
                raw = await self.adapter.ask(question)
            except Exception as error:
                failure = _failure(error)
                failure.possibly_paid &= self.paid
                count(Spent(failed_calls=1))
                await self.ledger.failed(key, failure, time.monotonic() - began)
                cost = None if failure.possibly_paid else 0.0
                raise (failure if _expected(error) else error) from None
            latency = time.monotonic() - began
            await self.ledger.answered(key, raw, latency)
            reply = self._read(raw, question, latency, fresh=True)
            if reply.answer is not None:
                self.ledger.measured(key, reply.answer)
                cost = reply.answer.cost_usd
                unpriced = cost is None and reply.answer.finish != "refused"
                self.expectation.learn(question.kind, reply.answer, latency)
            return reply
        finally:
            self.budget.settle(context.oracle, reserved, cost, unpriced=unpriced)

    def _served(self, key: str, entry: Entry, raw: str, question: Question) -> Reply:
        reply = self._read(raw, question, entry.latency_s or 0.0, fresh=False)
        if reply.answer is not None and not entry.measured and not self.ledger.read_only:
            self.ledger.measured(key, reply.answer)
        return reply

    def _read(self, raw: str, question: Question, latency_s: float, *, fresh: bool) -> Reply:
        """Take a stored reply apart, and count what it took."""
        try:
            answer = bookable(self.adapter.read(raw, question))
        except Exception as error:  # the reply is stored; a reader that stumbles over it can be mended
            count(Spent(failed=1))
            named = type(error).__name__
            return Reply(
                None, f"the reply cannot be taken apart ({named}); it is stored: use --rebuild later"
            )
        count(Spent(1, int(fresh), 0, answer.input_tokens, answer.output_tokens, answer.cost_usd, latency_s))
        return Reply(answer)


def waiting_in(detail: str | None) -> str | None:
    """Return the batch in which a question waits, if that is why there is no answer."""
    for said in (detail or "").split("; "):
        if said.startswith(WAITING):
            return said.removeprefix(WAITING)
    return None


def _turned_away(failure: CallFailed, patience_s: float) -> bool:
    if failure.status == 429:
        return not failure.transient or (failure.retry_after_s or 0) > patience_s
    return failure.status in (401, 402, 403)


def _expected(error: Exception) -> bool:
    """Whether an error is about this question alone, such as a video that cannot be decoded."""
    return isinstance(error, CrossoracleError) and not isinstance(error, NotInstalledError)


def _failure(error: Exception) -> CallFailed:
    """Return what the ledger is told; of an error that nobody expected only the kind: it may say anything."""
    if isinstance(error, CallFailed):
        return error
    if isinstance(error, CrossoracleError):
        return CallFailed(str(error), transient=False)
    return CallFailed(f"{type(error).__name__} in the adapter", transient=False, possibly_paid=True)
