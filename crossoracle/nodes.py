"""A cluster of Ray as a place to compute: joined by whoever asks for it, left when the work is done."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from crossoracle.errors import CrossoracleError, InputError, NotInstalledError, install

Result = TypeVar("Result")
ENGINES = ("local", "ray")
AHEAD = 2  # pieces of work for each core, or each worker: while it does one, the next is on its way
WAIT_S = 600.0  # for so long a cluster may be without a worker
DEATHS = 3  # of as many workers, so often, another takes the place; then it is no place for the model
SEE = "see to its nodes and their memory"


class WorkerDied(InputError):
    """Who worked is gone, or the answer with it; another one may be asked."""


def check_engine(engine: str) -> None:
    """Refuse an engine that is not known.

    Raises
    ------
    InputError
        It is neither "local" nor "ray".
    """
    if engine not in ENGINES:
        raise InputError(f"engine is {engine!r}; expected one of {', '.join(ENGINES)}")


@contextmanager
def cluster() -> Iterator[Any]:
    """Give the module ray, connected: to the cluster of RAY_ADDRESS, or to this machine.

    A connection that is there already is used, and stays.

    Raises
    ------
    NotInstalledError
        Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    try:
        ray = import_module("ray")
    except ModuleNotFoundError as error:
        raise NotInstalledError(f"--engine ray: Ray is not installed; {install('ray')}") from error
    ours = not ray.is_initialized()
    if ours:
        ray.init(log_to_driver=False, configure_logging=False)
    try:
        yield ray
    finally:
        if ours:
            ray.shutdown()


@contextmanager
def as_here(ray: Any) -> Iterator[None]:
    """Raise what was raised in the cluster as it would be raised here, and in one line what Ray itself says.

    Raises
    ------
    WorkerDied
        Who worked died, or what it said was lost.
    InputError
        Ray cannot go on, such as for want of room for what is sent.
    """
    known = ray.exceptions
    try:
        yield
    except known.RayTaskError as error:
        if isinstance(error.cause, CrossoracleError):
            raise error.cause from error
        raise
    except (known.RayActorError, known.OutOfMemoryError, known.ObjectLostError) as error:
        raise WorkerDied(f"a worker of the cluster died: {_last_line(error)}; {SEE}") from error
    except known.RayError as error:
        raise InputError(f"the cluster cannot go on: {_last_line(error)}; {SEE}") from error


def spread(ray: Any, work: Callable[..., Result], pieces: Iterable[Any], *given: Any) -> Iterator[Result]:
    """Yield ``work(piece, *given)`` of each piece, in their order; each core of the cluster does one at once.

    Pieces are taken as there is room for them; a piece whose worker or node dies is done again by another.

    Raises
    ------
    InputError
        Nobody is left to do it.
    """
    task = ray.remote(work).options(num_cpus=1, scheduling_strategy="SPREAD", max_retries=3)
    shared = [ray.put(one) for one in given]
    most = AHEAD * max(int(ray.cluster_resources().get("CPU", 1)), 1)
    under_way: deque[Any] = deque()
    try:
        with as_here(ray):
            for piece in pieces:
                under_way.append(task.remote(piece, *shared))
                if len(under_way) >= most:
                    yield ray.get(under_way.popleft())
            while under_way:
                yield ray.get(under_way.popleft())
    finally:
        for one in under_way:
            ray.cancel(one)


@dataclass
class Workers:
    """Actors of one kind, asked from several threads; a dead one is replaced where there is room.

    Parameters
    ----------
    ray : module
        Of that name, connected.
    make : callable
        Begins an actor, which has a method ``ready``.
    count : int
        How many there are to be.
    """

    ray: Any
    make: Callable[[], Any]
    count: int
    _left: int = 0
    _begun: dict[Any, Any] = field(default_factory=dict)  # and the promise of each to be ready
    _live: dict[Any, int] = field(default_factory=dict)  # and how much each is asked
    _why: str = "all were let go"
    _lock: Any = field(default_factory=Lock)

    def begin(self) -> Workers:
        """Begin the workers, and wait for the first.

        Raises
        ------
        InputError
            None comes, or none stays.
        """
        self._left = (1 + DEATHS) * self.count
        for _ in range(self.count):
            self._another()
        with self.asking(self.free()):
            return self

    def answer(self, what: str, *given: Any) -> Any:
        """Return what a method says, of the worker with the least to do; of another one if that dies.

        Raises
        ------
        InputError
            There is no worker left, or what a worker raises.
        """
        while True:
            worker = self.free()
            with suppress(WorkerDied), self.asking(worker):
                return self.ray.get(getattr(worker, what).remote(*given))

    def free(self) -> Any:
        """Return the worker with the least to do, and give it one thing more; wait until one is there.

        Raises
        ------
        InputError
            There is none, and none comes.
        """
        while True:
            with self._lock:
                self._welcome()
                if self._live:
                    worker = min(self._live, key=self._live.__getitem__)
                    self._live[worker] += 1
                    return worker
                coming = list(self._begun.values())
            if not coming:
                raise InputError(f"the cluster has no worker left: {self._why}, and run again")
            if not self.ray.wait(coming, timeout=WAIT_S)[0]:
                raise InputError(f"the cluster brought no worker in {WAIT_S:g} s; are its resources taken?")

    @contextmanager
    def asking(self, worker: Any) -> Iterator[None]:
        """Ask a worker that is free, for as long as the block lasts.

        Raises
        ------
        WorkerDied
            It died; another one begins.
        """
        try:
            with as_here(self.ray):
                yield
        except WorkerDied as death:
            with self._lock:
                if worker in self._live:
                    self._replace(worker, death)
            raise
        finally:
            with self._lock:
                if worker in self._live:
                    self._live[worker] -= 1

    def close(self) -> None:
        """Let go of the workers."""
        with self._lock:
            self._left = 0
            for worker in (*self._live, *self._begun):
                self.ray.kill(worker)
            self._live.clear()
            self._begun.clear()

    def _welcome(self) -> None:
        """Take in the workers that have begun meanwhile."""
        for worker, ready in list(self._begun.items()):
            if not self.ray.wait([ready], timeout=0)[0]:
                continue
            try:
                with as_here(self.ray):
                    self.ray.get(ready)
            except InputError as error:
                self._replace(worker, error)
            else:
                del self._begun[worker]
                self._live[worker] = 0

    def _replace(self, worker: Any, error: InputError) -> None:
        """Let go of a worker, which may still hold its accelerator, and have another one begin."""
        self._begun.pop(worker, None)
        self._live.pop(worker, None)
        self.ray.kill(worker)
        self._why = str(error)
        self._another()

    def _another(self) -> None:
        """Have another worker begin, unless too many died."""
        if self._left:
            self._left -= 1
            worker = self.make()
            self._begun[worker] = worker.ready.remote()


def workers(ray: Any, kind: type, models: int, *given: Any) -> Workers:
    """Begin an actor in each accelerator of the cluster, or in each node where there are none.

    Parameters
    ----------
    kind, given : type and any
        What an actor is, and what it is made from.
    models : int
        How many share an accelerator, or a core.

    Raises
    ------
    InputError
        None comes, or none stays.
    """
    accelerators = int(ray.cluster_resources().get("GPU", 0))
    nodes = sum(bool(node["Alive"]) for node in ray.nodes())
    needs = {"num_gpus" if accelerators else "num_cpus": 1 / models}
    actor = ray.remote(kind).options(**needs, scheduling_strategy="SPREAD")
    return Workers(ray, lambda: actor.remote(*given), accelerators or nodes).begin()


def placed(kind: type, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as a worker understands them, who may stand elsewhere: the files among them whole.

    Files are what a class declares as such (``paths``, ``places``), where they are there; else names.
    """
    declared = {*getattr(kind, "paths", ()), *getattr(kind, "places", ())}
    return {name: _whole(value) if name in declared else value for name, value in options.items()}


def _whole(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_whole(one) for one in value]
    return str(Path(value).resolve()) if isinstance(value, str) and Path(value).exists() else value


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1]
