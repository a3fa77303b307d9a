"""Models in the workers of a Ray cluster, asked from here: one in each accelerator, or one in each node.

Videos, ledger, limits, budget and tables stay with the process that was started. A worker is given a question
with its pictures, and gives back the reply as it came; what it was answering when it died is asked again,
of another one. Only models in a process of ours are spread: servers are asked from here, many questions at a
time, and another process in between would only wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from crossoracle.errors import InputError
from crossoracle.nodes import AHEAD, WorkerDied, Workers, check_engine, cluster, placed, workers
from crossoracle.oracles.adapters.plain import Plain
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.clip import Frame
from crossoracle.oracles.engaging import Engaged
from crossoracle.oracles.oracle import Adapter, Answer, CallFailed, Capabilities, Question
from crossoracle.oracles.reaching import options_of

FAILED = ("message", "transient", "retry_after_s", "status", "possibly_paid")


class Worker:
    """What runs in the cluster: one adapter, and with it one model.

    Parameters
    ----------
    kind : type
        Of the adapter.
    options : dict
        What it is made from.
    """

    def __init__(self, kind: type[Adapter], options: dict[str, Any]) -> None:
        self.adapter = kind(**options)

    async def ready(self) -> bool:
        """Return when it can be asked."""
        return True

    async def describe(self, question: Question) -> dict[str, Any]:
        """Return what the answer depends on: here, where the model is, and not there, where it is asked."""
        return self.adapter.describe(question)

    async def probe(self) -> Capabilities:
        """Return what the model can do."""
        return await self.adapter.probe()

    async def ask(self, question: Question) -> str | dict[str, Any]:
        """Return the reply; or what there is to say of a failure, which would not survive the journey."""
        try:
            return await self.adapter.ask(question)
        except CallFailed as failure:
            return {"message": str(failure)} | {name: getattr(failure, name) for name in FAILED[1:]}


@dataclass(frozen=True)
class Spread:
    """An adapter whose model is in the workers of a cluster.

    Parameters
    ----------
    inner : Adapter
        The same adapter here, which only reads replies.
    workers : Workers
        Each a `Worker`.
    paid : bool
        Whether a call may cost something.
    """

    inner: Adapter
    workers: Workers
    paid: bool

    def describe(self, question: Question) -> dict[str, Any]:
        """Return, as a worker says it, all that the answer depends on.

        Raises
        ------
        InputError
            There is no worker, or what a worker raises.
        """
        found: dict[str, Any] = self.workers.answer("describe", _bare(question))
        return found

    async def ask(self, question: Question) -> str:
        """Let the worker with the fewest questions answer.

        Raises
        ------
        CallFailed
            The worker died; or what it says.
        InputError
            There is no worker, or what it raises.
        """
        carried = await asyncio.to_thread(_carried, question)
        worker = await asyncio.to_thread(self.workers.free)
        try:
            with self.workers.asking(worker):
                said = await worker.ask.remote(carried)
        except WorkerDied as death:
            raise CallFailed("its worker died", transient=True, possibly_paid=self.paid) from death
        if isinstance(said, str):
            return said
        raise CallFailed(said.pop("message"), **said)

    def read(self, raw: str, question: Question) -> Answer:
        """Take a reply apart, here."""
        return self.inner.read(raw, question)

    async def probe(self) -> Capabilities:
        """Let a worker find out what the model can do."""
        found: Capabilities = await asyncio.to_thread(self.workers.answer, "probe")
        return found

    async def close(self) -> None:
        """Let go of the workers."""
        self.workers.close()
        await self.inner.close()


@contextmanager
def spread(engaged: Sequence[Engaged], engine: str) -> Iterator[Sequence[Engaged]]:
    """Give the oracles whose models are spread over the cluster, for as long as the block lasts.

    Parameters
    ----------
    engaged : sequence of Engaged
        Oracles; those that ask a server, or look at nothing, stay as they are.
    engine : {"local", "ray"}
        Where models are.

    Raises
    ------
    NotInstalledError, InputError
        Ray is not installed; the engine is not known, or no model is to be spread.
    """
    check_engine(engine)
    if engine == "local":
        yield engaged
        return
    models = [one for one in engaged if not isinstance(one.reached.adapter, Remote | Plain)]
    if not models:
        raise InputError(
            "--engine ray: found no model that runs in a process of ours, such as those of the adapter "
            "transformers; leave it out, since servers are asked from here"
        )
    with cluster() as ray:
        yield [_spread(ray, one, len(models)) if one in models else one for one in engaged]


def _spread(ray: Any, one: Engaged, models: int) -> Engaged:
    adapter, spec = one.reached.adapter, one.reached.spec
    kind = type(adapter)
    options = placed(kind, {name: getattr(adapter, name) for name in options_of(kind)})
    made = Spread(adapter, workers(ray, Worker, models, kind, options), spec.paid)
    in_flight = max(one.reached.options.in_flight, AHEAD * made.workers.count)
    asked = replace(one.reached.options, in_flight=in_flight)
    return replace(one, reached=replace(one.reached, adapter=made, options=asked))


def _bare(question: Question) -> Question:
    """Return a question without its pictures."""
    return _with(question, [Frame(f.time_s, f.segment, f.digest, _nothing) for f in question.clip.frames])


def _carried(question: Question) -> Question:
    """Return a question with its pictures, as it travels."""
    frames = question.clip.frames
    return _with(question, [Frame(f.time_s, f.segment, f.digest, partial(bytes, f.jpeg())) for f in frames])


def _with(question: Question, frames: Sequence[Frame]) -> Question:
    return replace(question, schema=dict(question.schema), clip=replace(question.clip, frames=tuple(frames)))


def _nothing() -> bytes:
    raise RuntimeError("a question is described without its pictures; a picture was looked at")
