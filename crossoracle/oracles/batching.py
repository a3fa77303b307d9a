"""Questions by batch: put all at once, answered within a day, at half price; then the tables as ever.

A run that is stopped meanwhile finds its batches when it is started again, and pays for none of them twice; a
run without batches looks once whether they are done, and leaves out what still waits in one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import aclosing

from crossoracle.errors import InputError, VideoError
from crossoracle.oracles.adapters.batch import WIRES
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.batches import Batchbook, batched_elsewhere
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.entries import Batched, Context
from crossoracle.oracles.asking.ledger import Ledger, key_of
from crossoracle.oracles.asking.limits import Gate
from crossoracle.oracles.asking.underway import BudgetSpent, Underway
from crossoracle.oracles.conducting import How, Opener
from crossoracle.oracles.desk import Desk
from crossoracle.oracles.engaging import Engaged
from crossoracle.oracles.oracle import CallFailed, Question
from crossoracle.oracles.run import Plan
from crossoracle.oracles.videos import Video
from crossoracle.replies import SCORE_SCHEMA

log = logging.getLogger("crossoracle")

AT_ONCE = 250  # questions of one batch: their pictures are in memory until it is submitted
Part = dict[str, tuple[Question, Context]]
Named = tuple[str, str]  # dataset and video_id


def ask_by_batch(plan: Plan, ledger: Ledger, how: How) -> dict[str, str]:
    """Submit the questions of a run that are not answered yet, and wait for the answers.

    Returns
    -------
    dict of str to str
        Why an oracle did not come to the end: a provider refused a batch, or the budget is spent. What was
        submitted is found again by the next run.

    Raises
    ------
    InputError
        An oracle cannot be asked by batch.
    """
    require_batches(plan.engaged)
    return asyncio.run(_ask(plan, ledger, how))


def look_at_batches(plan: Plan, ledger: Ledger, *, vanished: bool = False) -> None:
    """Fetch what open batches have brought so far; what waits in them is never put in another way.

    Parameters
    ----------
    vanished : bool
        Whether to look, too, for those that their provider did not know; their questions are put again next.
    """
    asyncio.run(_look(plan, ledger, vanished))


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


async def _ask(plan: Plan, ledger: Ledger, how: How) -> dict[str, str]:
    options = plan.settings.score
    budget, claimed = Budget(options.budget, options.max_calls), set[str]()
    try:
        each = (_one(plan, one, ledger, budget, how, claimed) for one in plan.engaged)
        stopped = dict(zip((one.name for one in plan.engaged), await asyncio.gather(*each), strict=True))
    finally:
        for one in plan.engaged:
            one.remember(ledger)
            await one.reached.adapter.close()
    return {name: why for name, why in stopped.items() if why is not None}


async def _one(
    plan: Plan, one: Engaged, ledger: Ledger, budget: Budget, how: How, claimed: set[str]
) -> str | None:
    """Find the open batches of an oracle, submit what is in none, fetch all; return what stopped it."""
    desk = await _desk(plan, one, ledger, vanished=True)
    if desk is None:
        return None
    one.recall(ledger)
    try:
        await desk.match(strangers=True, vanished=True)
        await desk.fetched(wait=_unread)
        stopped = await _submitted(plan, one, ledger, budget, how, claimed, desk)
        await desk.fetched(wait=lambda batch: True)
    except CallFailed as failure:
        return str(failure)
    return stopped


async def _look(plan: Plan, ledger: Ledger, vanished: bool) -> None:
    for one in plan.engaged:
        desk = await _desk(plan, one, ledger, vanished=vanished)
        if desk is None:
            continue
        try:
            await desk.match(strangers=False, vanished=vanished)
            await desk.fetched(wait=lambda batch: False)
        except CallFailed as failure:
            log.warning("%s: its batches could not be looked at: %s", one.name, failure)
        finally:
            await one.reached.adapter.close()


async def _desk(plan: Plan, one: Engaged, ledger: Ledger, *, vanished: bool) -> Desk | None:
    """Return where the batches of an oracle are, whoever began them; None where it can have none."""
    adapter = one.reached.adapter
    if not isinstance(adapter, Remote) or adapter.provider not in WIRES:
        return None
    wanted = frozenset[str]()
    there = batched_elsewhere(ledger, one.name, vanished=vanished) if one.strategy == "direct" else {}
    if there:
        about = frozenset(there.values()) if None not in there.values() else None
        wanted = frozenset([key async for key, *_ in _questions(plan, one, ledger, about) if key in there])
    others = frozenset((*plan.settings.oracles, *(each.reached.name for each in plan.engaged)))
    return Desk(adapter, Batchbook(ledger, one.name, wanted), Gate(one.limits(), Underway()), others)


def _unread(batch: Batched) -> bool:
    """Whether nobody knows what is in a batch: anything else might be in it, too."""
    return not batch.questions


async def _submitted(
    plan: Plan, one: Engaged, ledger: Ledger, budget: Budget, how: How, claimed: set[str], desk: Desk
) -> str | None:
    """Submit what is neither answered nor in a batch; return why not all of it."""
    try:
        async with aclosing(_parts(plan, one, ledger, budget, how, claimed)) as every:
            async for part in every:
                questions = {key: question for key, (question, _) in part.items()}
                await desk.submit(questions, {key: context for key, (_, context) in part.items()})
    except (BudgetSpent, CallFailed) as ended:
        return str(ended)
    return None


async def _parts(
    plan: Plan, one: Engaged, ledger: Ledger, budget: Budget, how: How, claimed: set[str]
) -> AsyncGenerator[Part, None]:
    """Yield the questions that are neither answered nor in a batch, some at a time.

    Raises
    ------
    BudgetSpent
        Another question would go beyond the budget.
    """
    asked = one.asked(ledger, budget, Underway(), one.ways(resend=how.resend, offline=False))
    part: Part = {}
    async for key, question, video in _questions(plan, one, ledger):
        if key in claimed or not _wanted(ledger, key, resend=how.resend):
            continue
        try:
            budget.take(one.name, _usd(asked, question))
        except BudgetSpent:
            if part:
                yield part
            raise
        claimed.add(key)
        run, sample = str(question.sample), question.sample
        context = Context(one.name, run, video.dataset, video.video_id, "score", "batch", sample)
        part[key] = question, context
        if len(part) == AT_ONCE:
            yield part
            part = {}
    if part:
        yield part


async def _questions(
    plan: Plan, one: Engaged, ledger: Ledger, about: Collection[Named | None] | None = None
) -> AsyncIterator[tuple[str, Question, Video]]:
    """Yield the questions of an oracle with their keys: about all videos, or some."""
    opener = Opener(plan.settings, ledger)
    for sample in range(plan.settings.score.runs):
        for video in plan.videos:
            if about is not None and (video.dataset, video.video_id) not in about:
                continue
            question = await _question(one, opener, video, sample)
            if question is not None:
                yield key_of(one.reached.adapter.describe(question)), question, video


def _wanted(ledger: Ledger, key: str, *, resend: bool) -> bool:
    """Whether a question may be put: for the first time, or because the last time cost nothing."""
    state = ledger.state(key)
    return state in (None, "failed") or (state in ("sent", "lost") and resend)


async def _question(one: Engaged, opener: Opener, video: Video, sample: int) -> Question | None:
    """Return the question about a video, or None: what is wrong with it is told when the tables are made."""
    try:
        clip = await opener(video, sample)
        return Question("score", clip, *one.prompt_for("score", clip), SCORE_SCHEMA, sample)
    except (InputError, VideoError):
        return None


def _usd(asked: Asked, question: Question) -> float | None:
    """Return what a question costs by batch, as far as one knows."""
    expected = asked.expectation.size("score", question.clip, len(question.prompt))
    return asked.expectation.usd("score", expected, batch=True)
