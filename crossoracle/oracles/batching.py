"""Questions by batch: put all at once, answered within a day, at half price; then the tables as ever.

Every question is written down before its batch is submitted, and the ledger knows which batches are open. So
a run that is stopped meanwhile finds its batches when it is started again, and pays for none of them twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from crossoracle.errors import InputError, VideoError
from crossoracle.oracles.adapters.batch import WIRES, fetch, orphans, poll, submit
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.entries import Context
from crossoracle.oracles.asking.ledger import Ledger, key_of
from crossoracle.oracles.asking.underway import BudgetSpent, Underway
from crossoracle.oracles.conducting import How, opened
from crossoracle.oracles.engaging import Engaged
from crossoracle.oracles.oracle import CallFailed, Question
from crossoracle.oracles.run import Plan
from crossoracle.oracles.videos import Video
from crossoracle.replies import SCORE_SCHEMA
from crossoracle.tables.wording import several

log = logging.getLogger("crossoracle")

BATCHES = "batches"  # the kind under which the ledger remembers them
AT_ONCE = 250  # questions of one batch: their pictures are in memory until it is submitted
EVERY_S = 60.0  # how often to ask whether a batch is done


@dataclass
class Desk:
    """The batches of an oracle, as the ledger remembers them: open ones with their keys, fetched ones."""

    oracle: str
    ledger: Ledger
    open: dict[str, list[str]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, oracle: str, ledger: Ledger) -> Desk:
        """Return the batches of an oracle."""
        known = json.loads(ledger.recall(BATCHES, oracle) or "{}")
        return cls(oracle, ledger, known.get("open", {}), known.get("done", []))

    def keep(self) -> None:
        """Write down how it stands."""
        self.ledger.remember(BATCHES, self.oracle, json.dumps({"open": self.open, "done": self.done}))


def ask_by_batch(plan: Plan, ledger: Ledger, how: How) -> None:
    """Submit the questions of a run that are not answered yet, and wait for the answers.

    Raises
    ------
    InputError
        An oracle cannot be asked by batch.
    CallFailed
        A provider took or gave no batch; what was submitted is found again.
    """
    require_batches(plan.engaged)
    asyncio.run(_ask(plan, ledger, how))


def require_batches(engaged: Sequence[Engaged]) -> None:
    """Refuse oracles that cannot be asked by batch."""
    for one in engaged:
        if getattr(one.reached.adapter, "provider", None) not in WIRES:
            raise InputError(
                f"--batch: oracle {one.name} has no batch API (those of OpenAI and Gemini have); leave it out"
            )
        if one.strategy != "direct":
            raise InputError(
                f"--batch: greedy removal of {one.name} needs each answer for its next question; use direct"
            )


async def _ask(plan: Plan, ledger: Ledger, how: How) -> None:
    options = plan.settings.score
    budget = Budget(options.budget, options.max_calls)
    try:
        await asyncio.gather(*(_one(plan, one, ledger, budget, how) for one in plan.engaged))
    finally:
        for one in plan.engaged:
            one.remember(ledger)
            await one.reached.adapter.close()


async def _one(plan: Plan, one: Engaged, ledger: Ledger, budget: Budget, how: How) -> None:
    """Find the open batches of an oracle, submit what is in none of them, and fetch all."""
    adapter, desk = one.reached.adapter, Desk.of(one.name, ledger)
    if not isinstance(adapter, Remote):
        return
    one.recall(ledger)
    marks = {"crossoracle": _study(ledger), "oracle": one.name}
    for found in await orphans(adapter, marks):
        if found.name not in (*desk.open, *desk.done):
            desk.open[found.name] = []
    await _fetched(adapter, desk, wait=False)
    async for part in _parts(plan, one, ledger, budget, how, desk):
        contexts = {key: context for key, (_, context) in part.items()}
        await asyncio.gather(*(ledger.sent(key, context) for key, context in contexts.items()))
        for batch in await submit(adapter, {key: question for key, (question, _) in part.items()}, marks):
            desk.open[batch.name] = list(batch.keys)
            log.warning("%s: batch %s has %s", one.name, batch.name, several(len(batch.keys), "question"))
        desk.keep()
    await _fetched(adapter, desk, wait=True)


async def _parts(
    plan: Plan, one: Engaged, ledger: Ledger, budget: Budget, how: How, desk: Desk
) -> AsyncIterator[dict[str, tuple[Question, Context]]]:
    """Yield the questions that are neither answered nor in a batch, some at a time."""
    asked = one.asked(ledger, budget, Underway(), one.ways(resend=how.resend, offline=False))
    waiting = {key for keys in desk.open.values() for key in keys}
    part: dict[str, tuple[Question, Context]] = {}
    for sample in range(plan.settings.score.runs):
        for video in plan.videos:
            question = await _question(plan, one, ledger, video, sample)
            if question is None:
                continue
            key = key_of(one.reached.adapter.describe(question))
            entry = ledger.find(key)
            lost = entry is not None and entry.state in ("lost", "sent") and not how.resend
            if key in waiting or lost or (entry is not None and entry.raw is not None):
                continue
            try:
                budget.take(one.name, _usd(asked, question))
            except BudgetSpent as spent:
                log.warning("%s: %s", one.name, spent)
                if part:
                    yield part
                return
            run = str(sample)
            part[key] = (
                question,
                Context(one.name, run, video.dataset, video.video_id, "score", "batch", sample),
            )
            if len(part) == AT_ONCE:
                yield part
                part = {}
    if part:
        yield part


async def _question(plan: Plan, one: Engaged, ledger: Ledger, video: Video, sample: int) -> Question | None:
    """Return the question about a video, or None: what is wrong with it is told when the tables are made."""
    try:
        clip = await opened(plan.settings, video, ledger, sample)
        return Question("score", clip, *one.prompt_for("score", clip), SCORE_SCHEMA, sample)
    except (InputError, VideoError):
        return None


def _usd(asked: Asked, question: Question) -> float | None:
    """Return what a question costs by batch: half of what it costs alone, as far as one knows."""
    expected = asked.expectation.size("score", question.clip, len(question.prompt))
    alone = asked.expectation.usd("score", expected)
    return None if alone is None else alone / 2


async def _fetched(adapter: Remote, desk: Desk, *, wait: bool) -> None:
    """Fetch the batches that are done; wait for the others, where that is wanted."""
    while desk.open:
        for name in tuple(desk.open):
            batch = await poll(adapter, name)
            if batch.state == "working":
                continue
            answers = await fetch(adapter, name)
            await _stored(desk, desk.open[name], answers, batch.detail)
            del desk.open[name]
            desk.done.append(name)
            desk.keep()
        if not wait or not desk.open:
            return
        await asyncio.sleep(EVERY_S)


async def _stored(
    desk: Desk, keys: Sequence[str], answers: Mapping[str, str | CallFailed], detail: str
) -> None:
    """Write down what came of a batch; a question that it did not come to has failed, and cost nothing."""
    missing = CallFailed(f"its batch did not come to it ({detail or 'no reason given'})", transient=True)
    for key in dict.fromkeys((*keys, *answers)):
        answer = answers.get(key, missing)
        if isinstance(answer, CallFailed):
            await desk.ledger.failed(key, answer, 0.0)
        else:
            await desk.ledger.answered(key, answer, 0.0)


def _study(ledger: Ledger) -> str:
    """Return what the batches of this ledger are marked with."""
    found = ledger.recall(BATCHES, "#study")
    if found is None:
        found = uuid4().hex
        ledger.remember(BATCHES, "#study", found)
    return found
