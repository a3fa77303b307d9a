"""An oracle as strategies know it: an adapter with its prompts, behind ledger, limits and budget.

Where a model does not tell the probabilities of its words, P(YES) comes from elsewhere, as declared
(``p_fallback``), and ``p_source`` says so. YES counts as yes only if a measured P(YES) exceeds 0.5; a
confidence that was merely stated decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, get_args

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.entries import Context
from crossoracle.oracles.asking.forecast import Expectation, Planned
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.limits import Gate, Limits
from crossoracle.oracles.asking.means import Answering
from crossoracle.oracles.asking.post import MISSING, Post, Reply
from crossoracle.oracles.asking.spending import booked, step_now
from crossoracle.oracles.asking.together import together
from crossoracle.oracles.asking.underway import Underway
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Adapter, Answer, Kind, PSource, Question, Scored, Verified
from crossoracle.replies import SCORE_SCHEMA, VERIFY_SCHEMA, ScoreRead, VerifyRead, read_score, read_verify
from crossoracle.tables.wording import several

Read = TypeVar("Read", bound=VerifyRead)
PromptFor = Callable[[Kind, Clip], tuple[str, str]]
Fallback = Literal["stated", "samples"]

YES_ABOVE = 0.5
REPETITION = 1_000_000
"""The samples of one run are its own number and this many further each; so runs never share one."""

AGAIN = REPETITION // 2
"""How much further the sample of a question is that is asked again."""


@dataclass(frozen=True)
class Ways:
    """How replies are made up for.

    Parameters
    ----------
    p_fallback : {"stated", "samples"}
        Where P(YES) comes from if it is not measured: the confidence, or the share of YES among `samples`
        repeated verifications. Scoring is never repeated; there it is the confidence, or null.
    samples : int
        How many.
    reask : {0, 1}
        How often a reply that cannot be read is asked for again.
    resend : bool
        Whether what may have been paid for without a reply is asked again.
    offline : bool
        Whether only the ledger answers.
    """

    p_fallback: Fallback = "stated"
    samples: int = 5
    reask: int = 0
    resend: bool = False
    offline: bool = False

    def __post_init__(self) -> None:
        checks = {
            "p_fallback": (self.p_fallback in get_args(Fallback), "stated or samples"),
            "samples": (2 <= self.samples <= 1000, "2 to 1000"),
            "reask": (self.reask in (0, 1), "0 or 1"),
        }
        for name, (fits, expected) in checks.items():
            if not fits:
                raise InputError(f"{name} = {getattr(self, name)!r}, expected {expected}; change it")


class Asked:
    """An `Oracle` that asks an adapter; to be made where the event loop runs.

    Parameters
    ----------
    name : str
        What the oracle is called.
    adapter : Adapter
        How it is reached.
    prompt_for : callable
        (kind, clip) to the text, and the digest of its template.
    ledger : Ledger
        Where everything is written down.
    limits : Limits
        How fast it is asked.
    ways : Ways
        How replies are made up for.
    budget, underway
        Shared by the oracles of a run; by default without caps, and for this oracle alone.
    paid : bool
        Whether calls can cost anything.
    """

    def __init__(
        self,
        name: str,
        adapter: Adapter,
        prompt_for: PromptFor,
        ledger: Ledger,
        limits: Limits | None = None,
        *,
        ways: Ways | None = None,
        budget: Budget | None = None,
        underway: Underway | None = None,
        paid: bool = True,
    ) -> None:
        self.name, self.adapter = name, adapter
        self.limits, self.ways = limits or Limits(), ways or Ways()
        self._answering = Answering(adapter, ledger)
        self.expectation = Expectation(adapter, self._answering.means(name))
        self._prompt_for = prompt_for
        underway = Underway() if underway is None else underway
        gate = Gate(self.limits, underway)
        rest = (budget or Budget(), underway, self.expectation, self.ways.resend, self.ways.offline, paid)
        self._post = Post(adapter, ledger, gate, *rest)

    async def score(self, clip: Clip, *, sample: int = 0) -> Scored:
        """Ask for presence, and one score per segment; what fails for good is the outcome "error".

        Raises
        ------
        Stopped
            It would have to be asked, and nothing new is: interrupted, or the budget is spent.
        """
        n_segments = len(clip.segments)

        def read(answer: Answer) -> ScoreRead:
            return read_score(answer.text, n_segments, finish=answer.finish)

        found, answer = await self._found("score", clip, sample, read)
        p_yes, source = _measured(answer)
        if p_yes is None and self.ways.p_fallback == "stated":
            p_yes, source = _stated(found)
        return Scored(_gated(found, p_yes, source), p_yes, source, answer)

    async def verify(self, clip: Clip, *, sample: int = 0) -> Verified:
        """Ask how likely the action is in what is shown; what fails for good is the outcome "error".

        Raises
        ------
        Stopped
            It would have to be asked, and nothing new is: interrupted, or the budget is spent.
        """
        found, answer = await self._found("verify", clip, sample, _verdict)
        p_yes, source = _measured(answer)
        if p_yes is None and answer is not None:
            if self.ways.p_fallback == "samples":
                found, p_yes, source = await self._share_of_yes(clip, sample, found)
            else:
                p_yes, source = _stated(found)
        return Verified(_gated(found, p_yes, source), p_yes, source, answer)

    def planned(self, kind: Kind, clip: Clip, *, sample: int = 0, times: int = 1) -> Planned:
        """Return what a question will take, for a forecast: nothing if its answer is there.

        Parameters
        ----------
        times : int
            How often something of this size is asked; the ledger is looked into where it is once.
        """
        question = self._question(kind, clip, sample)
        expected = self.expectation.size(kind, clip, len(question.prompt))
        known = times == 1 and self._post.known(question)
        return Planned(kind, expected, 0 if known else times)

    def most_calls(self, verifications: int) -> int:
        """Return the most calls that so many verifications can take: samples, and what is asked again."""
        measured = not isinstance(self.adapter, Remote) or (
            self.adapter.shape()["logprobs"] and self.adapter.capabilities.logprobs is True
        )
        sampled = self.ways.p_fallback == "samples" and not measured
        return verifications * (self.ways.samples if sampled else 1) * (1 + self.ways.reask)

    async def _found(
        self, kind: Kind, clip: Clip, sample: int, read: Callable[[Answer], Read]
    ) -> tuple[Read, Answer | None]:
        """Ask, and once more if the reply cannot be read and that is wanted."""
        reply = await self._put(kind, clip, sample)
        if reply.answer is None:
            nothing = read(Answer(None, "empty"))
            return replace(nothing, outcome="error", flags=(), detail=_said(reply.failure)), None
        found = read(reply.answer)
        if found.outcome == "unparsed" and self.ways.reask:
            with booked("asked again"):
                again = await self._put(kind, clip, sample + AGAIN)
            if again.answer is not None and read(again.answer).outcome != "unparsed":
                return read(again.answer), again.answer
        return found, reply.answer

    async def _share_of_yes(
        self, clip: Clip, sample: int, first: VerifyRead
    ) -> tuple[VerifyRead, float | None, PSource | None]:
        """Ask the same several times, unless the first reply decided nothing; skip replies that do not.

        Undefined when a sample brought no reply: a share of those that did would be another each time. The
        verification is an error then, whose detail says why.
        """
        if not first.decision:
            return first, None, None
        numbers = [sample + number * REPETITION for number in range(1, self.ways.samples)]
        with booked("samples"):
            asked = (self._found("verify", clip, number, _verdict) for number in numbers)
            more = await together(asked)
        failed = [found.detail for found, answer in more if answer is None]
        if failed:
            said = f"no P(YES): {len(failed)} of {several(len(more), 'sample')} brought no reply"
            detail = "; ".join(filter(None, (said, failed[0])))
            return replace(first, outcome="error", flags=(), detail=detail), None, None
        decisions = [one.decision for one in (first, *(found for found, _ in more)) if one.decision]
        return first, decisions.count("YES") / len(decisions), "samples"

    async def _put(self, kind: Kind, clip: Clip, sample: int) -> Reply:
        question = self._question(kind, clip, sample)
        run = str(sample % AGAIN)
        context = Context(self.name, run, clip.dataset, clip.video_id, kind, step_now(), sample)
        reply = await self._post.put(question, context)
        if reply.answer is not None:
            self._answering.learn(reply.answer.model)
        return reply

    def _question(self, kind: Kind, clip: Clip, sample: int) -> Question:
        text, digest = self._prompt_for(kind, clip)
        schema = SCORE_SCHEMA if kind == "score" else VERIFY_SCHEMA
        return Question(kind, clip, text, digest, schema, sample)


def _said(failure: str | None) -> str | None:
    """Return why there is no reply: what is in the ledger without one tells that by itself."""
    return failure.removeprefix(f"{MISSING}: ") if failure is not None else None


def _verdict(answer: Answer) -> VerifyRead:
    return read_verify(answer.text, finish=answer.finish)


def _measured(answer: Answer | None) -> tuple[float | None, PSource | None]:
    return (None, None) if answer is None or answer.p_yes is None else (answer.p_yes, answer.p_source)


def _stated(found: VerifyRead) -> tuple[float | None, PSource | None]:
    """Return P(YES) as stated: the confidence of YES, or what that of NO leaves."""
    if found.confidence is None or found.decision not in ("YES", "NO"):
        return None, None
    return (found.confidence if found.decision == "YES" else 1 - found.confidence), "stated"


def _gated(found: Read, p_yes: float | None, source: PSource | None) -> Read:
    """Return the reply with the outcome "no" if it says YES against its own measured probability."""
    if found.outcome != "yes" or p_yes is None or source == "stated" or p_yes > YES_ABOVE:
        return found
    detail = f"YES, but P(YES) = {p_yes:.3g} from {source}"
    return replace(found, outcome="no", detail="; ".join(filter(None, (found.detail, detail))))
