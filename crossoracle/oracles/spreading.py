"""Models in the workers of a Ray cluster, asked from here: one in each accelerator, or one in each node.

Videos, ledger, limits, budget and tables stay with the process that was started. A worker is given a question
with its pictures, and gives back the reply as it came; what it was answering when it died is asked again,
of another one. Only models in a process of ours are spread: servers are asked from here, many questions at a
time, and another process in between would only wait for them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from crossoracle.errors import InputError
from crossoracle.nodes import check_engine, cluster, placed
from crossoracle.oracles.adapters.plain import Plain
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.clip import Frame
from crossoracle.oracles.engaging import Engaged
from crossoracle.oracles.oracle import Adapter, Answer, CallFailed, Capabilities, Question
from crossoracle.oracles.reaching import options_of

AHEAD = 2  # questions of a worker: while it answers one, the next is on its way
WAIT_S = 600.0  # for so long a cluster may be without a worker, until its questions fail
DEATHS = (
    3  # of as many workers, so often, another takes the place; then the cluster is no place for the model
)
NONE = "the cluster has no worker left; see to its nodes and their memory, and run again"
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


@dataclass
class Spread:
    """An adapter whose model is in the workers of a cluster; a dead one is replaced where there is room.

    Parameters
    ----------
    ray : module
        Of that name, connected.
    inner : Adapter
        The same adapter here, which only reads replies.
    kind : ray actor class
        `Worker`, with the resources that one needs.
    count : int
        How many there are to be.
    paid : bool
        Whether a call may cost something.
    """

    ray: Any
    inner: Adapter
    kind: Any
    count: int
    paid: bool
    deaths: int = 0
    _live: list[Any] = field(default_factory=list)
    _begun: list[Any] = field(default_factory=list)
    _asked: Counter[Any] = field(default_factory=Counter)
    _coming: set[asyncio.Task[None]] = field(default_factory=set)
    _there: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """Begin the workers, and wait for the first.

        Raises
        ------
        InputError
            None comes, or the model cannot be loaded there.
        """
        made = [self._made() for _ in range(self.count)]
        ready, _ = self.ray.wait([one.ready.remote() for one in made], timeout=WAIT_S)
        if not ready:
            raise InputError(f"the cluster brought no worker in {WAIT_S:g} s; are its resources taken?")
        try:
            self.ray.get(ready)
        except self.ray.exceptions.RayError as error:
            said = str(error).strip().splitlines()[-1]
            raise InputError(
                f"the model cannot be loaded in the cluster: {said}; see to its nodes"
            ) from error
        self._live += made
        self._there.set()

    def describe(self, question: Question) -> dict[str, Any]:
        """Return, as a worker says it, all that the answer depends on.

        Raises
        ------
        InputError
            There is no worker.
        """
        while there := [*self._live, *self._begun]:
            try:
                said = there[0].describe.remote(_bare(question))
                found: dict[str, Any] = self.ray.get(said, timeout=WAIT_S)
            except self.ray.exceptions.RayActorError:
                self._gone(there[0])
            except self.ray.exceptions.GetTimeoutError:
                break
            else:
                return found
        raise InputError(NONE)

    async def ask(self, question: Question) -> str:
        """Let the worker with the fewest questions answer.

        Raises
        ------
        CallFailed
            The worker died, or there is none; or what it says.
        """
        carried = await asyncio.to_thread(_carried, question)
        worker = await self._free()
        self._asked[worker] += 1
        try:
            said = await worker.ask.remote(carried)
        except self.ray.exceptions.RayActorError as error:
            self._gone(worker)
            raise CallFailed("its worker died", transient=True, possibly_paid=self.paid) from error
        finally:
            self._asked[worker] -= 1
        if isinstance(said, str):
            return said
        raise CallFailed(said.pop("message"), **said)

    def read(self, raw: str, question: Question) -> Answer:
        """Take a reply apart, here."""
        return self.inner.read(raw, question)

    async def probe(self) -> Capabilities:
        """Let a worker find out what the model can do."""
        found: Capabilities = await (await self._free()).probe.remote()
        return found

    async def close(self) -> None:
        """Let go of the workers."""
        for task in self._coming:
            task.cancel()
        await asyncio.gather(*self._coming, return_exceptions=True)
        for worker in (*self._live, *self._begun):
            self.ray.kill(worker)
        self._live.clear()
        await self.inner.close()

    def _made(self) -> Any:
        kind = type(self.inner)
        return self.kind.remote(kind, {name: placed(getattr(self.inner, name)) for name in options_of(kind)})

    async def _free(self) -> Any:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._there.wait(), WAIT_S)
        if not self._live:
            raise CallFailed(NONE, transient=False)
        return min(self._live, key=lambda worker: self._asked[worker])

    def _gone(self, worker: Any) -> None:
        """Go on without a worker, and have another one begin; all that were asking it come here."""
        if worker not in (*self._live, *self._begun):
            return
        for those in (self._live, self._begun):
            if worker in those:
                those.remove(worker)
        self.deaths += 1
        if self.deaths <= DEATHS * self.count:
            self._begun.append(self._made())
            task = asyncio.ensure_future(self._joining(self._begun[-1]))
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)
        if not self._live and self._begun:
            self._there.clear()  # who is waiting is told by the next one, or that there will be none

    async def _joining(self, worker: Any) -> None:
        try:
            await worker.ready.remote()
        except self.ray.exceptions.RayActorError:
            self._gone(worker)
        if worker in self._begun:
            self._begun.remove(worker)
            self._live.append(worker)
        self._there.set()


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
    accelerators = int(ray.cluster_resources().get("GPU", 0))
    nodes = sum(bool(node["Alive"]) for node in ray.nodes())
    needs = {"num_gpus": 1 / models} if accelerators else {"num_cpus": 1 / models}
    kind = ray.remote(Worker).options(**needs, scheduling_strategy="SPREAD")
    made = Spread(ray, one.reached.adapter, kind, accelerators or nodes, one.reached.spec.paid)
    made.begin()
    in_flight = max(one.reached.options.in_flight, AHEAD * made.count)
    options = replace(one.reached.options, in_flight=in_flight)
    return replace(one, reached=replace(one.reached, adapter=made, options=options))


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
