"""Models in the workers of a Ray cluster, shown clips from here: one in each accelerator, or in each node.

Videos are opened, and predictions written, by the process that was started. A worker is given a batch of
clips, and gives back their probabilities; the batch that it had when it died is given to another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from crossoracle.errors import InputError
from crossoracle.nodes import check_engine, cluster, placed
from crossoracle.recognizers.reaching import CLASSES, options_of
from crossoracle.recognizers.recognizer import Frames, Probabilities, Recognizer

Place = Callable[[Recognizer], Recognizer]
AHEAD = 2  # batches of a worker: while it sees one, the next is on its way
WAIT_S = 600.0  # for so long a worker may take to begin
DEATHS = 3  # of as many workers, so often, another takes the place
NONE = "the cluster has no worker left; see to its nodes and their memory, and run again: it goes on"


class Worker:
    """What runs in the cluster: one recognizer, and with it one model.

    Parameters
    ----------
    kind : type
        Of the recognizer.
    options : dict
        What it is made from.
    """

    def __init__(self, kind: type[Recognizer], options: dict[str, Any]) -> None:
        self.recognizer = kind(**options)

    def ready(self) -> bool:
        """Return when it can be asked."""
        return True

    def describe(self) -> dict[str, Any]:
        """Return what predictions depend on: here, where the model is, and not there, where it is asked."""
        return self.recognizer.describe()

    def predict(self, clips: Sequence[Frames]) -> Probabilities | str:
        """Return the probabilities of clips, or what the user is told instead."""
        try:
            return self.recognizer.predict(clips)
        except InputError as error:
            return str(error)


@dataclass(frozen=True)
class Spread:
    """A recognizer whose model is in the workers of a cluster; a dead one is replaced where there is room.

    Parameters
    ----------
    ray : module
        Of that name, connected.
    inner : Recognizer
        The same here, which only makes frames small.
    kind : ray actor class
        `Worker`, with the resources that one needs.
    count : int
        How many there are to be.
    """

    ray: Any
    inner: Recognizer
    kind: Any
    count: int
    _live: list[Any] = field(default_factory=list)
    _begun: dict[Any, Any] = field(default_factory=dict)
    _asked: Counter[Any] = field(default_factory=Counter)
    _deaths: list[Any] = field(default_factory=list)
    _lock: Any = field(default_factory=Lock)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes."""
        return self.inner.classes

    @property
    def frames(self) -> int:
        """How many frames a clip has."""
        return self.inner.frames

    @property
    def at_once(self) -> int:
        """How many batches are under way at a time."""
        return AHEAD * self.count

    def begin(self) -> Spread:
        """Begin the workers."""
        for _ in range(self.count):
            self._make()
        return self

    def describe(self) -> dict[str, Any]:
        """Return, as a worker says it, all that a prediction depends on."""
        found: dict[str, Any] = self._answer("describe")
        return found

    def prepare(self, frames: Frames) -> Frames:
        """Return frames as small as the model takes them, here."""
        return self.inner.prepare(frames)

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return what the worker with the fewest batches says; called from several threads.

        Raises
        ------
        InputError
            There is no worker left, or what a worker says.
        """
        found: Probabilities | str = self._answer("predict", list(clips))
        if isinstance(found, str):
            raise InputError(found)
        return found

    def close(self) -> None:
        """Let go of the workers."""
        for worker in (*self._live, *self._begun):
            self.ray.kill(worker)
        self._live.clear()
        self._begun.clear()
        self.inner.close()

    def _answer(self, what: str, *given: Any) -> Any:
        while True:
            worker = self._free()
            try:
                return self.ray.get(getattr(worker, what).remote(*given))
            except self.ray.exceptions.RayActorError as error:
                self._gone(worker, error)
            finally:
                with self._lock:
                    self._asked[worker] -= 1

    def _free(self) -> Any:
        """Return the worker that is there and has the fewest batches, and count one more."""
        while True:
            with self._lock:
                if self._live:
                    worker = min(self._live, key=lambda one: self._asked[one])
                    self._asked[worker] += 1
                    self._welcome()
                    return worker
                coming = dict(self._begun)
            if not coming:
                raise InputError(NONE)
            ready, _ = self.ray.wait(list(coming.values()), timeout=WAIT_S)
            if not ready:
                told = f"the cluster brought no worker in {WAIT_S:g} s; are its resources taken?"
                raise InputError(told)
            with self._lock:
                self._welcome()

    def _welcome(self) -> None:
        """Take in the workers that have begun meanwhile."""
        for worker, ready in list(self._begun.items()):
            if not self.ray.wait([ready], timeout=0)[0]:
                continue
            del self._begun[worker]
            try:
                self.ray.get(ready)
            except self.ray.exceptions.RayActorError as error:
                self._dead(error)
            else:
                self._live.append(worker)

    def _gone(self, worker: Any, error: Exception) -> None:
        """Go on without a worker."""
        with self._lock:
            if worker in self._live:
                self._live.remove(worker)
                self._dead(error)

    def _dead(self, error: Exception) -> None:
        """Have another worker begin, unless too many died."""
        self._deaths.append(error)
        if len(self._deaths) <= DEATHS * self.count:
            self._make()
        elif not self._live:
            said = str(error).strip().splitlines()[-1]
            told = f"the model cannot be held in the cluster: {said}; see to its nodes"
            raise InputError(told) from error

    def _make(self) -> None:
        kind = type(self.inner)
        names = [*options_of(kind), *({CLASSES} & set(getattr(kind, "__dataclass_fields__", ())))]
        options = {name: placed(getattr(self.inner, name)) for name in names}
        worker = self.kind.remote(kind, options)
        self._begun[worker] = worker.ready.remote()


@contextmanager
def places(engine: str, recognizers: int) -> Iterator[Place]:
    """Give what puts a recognizer into its place, for as long as the block lasts: here, or into a cluster.

    Parameters
    ----------
    engine : {"local", "ray"}
        Where models are.
    recognizers : int
        How many share the accelerators.

    Raises
    ------
    InputError, NotInstalledError
        The engine is not known; Ray is not installed.
    """
    check_engine(engine)
    if engine == "local":
        yield lambda recognizer: recognizer
        return
    spread: list[Spread] = []
    with cluster() as ray:
        accelerators = int(ray.cluster_resources().get("GPU", 0))
        nodes = sum(bool(node["Alive"]) for node in ray.nodes())
        share = 1 / max(recognizers, 1)
        needs = {"num_gpus": share} if accelerators else {"num_cpus": share}
        kind = ray.remote(Worker).options(**needs, scheduling_strategy="SPREAD")

        def place(recognizer: Recognizer) -> Recognizer:
            spread.append(Spread(ray, recognizer, kind, accelerators or nodes))
            return spread[-1].begin()

        try:
            yield place
        finally:
            for one in spread:
                one.close()
