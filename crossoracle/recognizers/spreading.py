"""Models in the workers of a Ray cluster, shown clips from here: one in each accelerator, or in each node.

Videos are opened, and predictions written, by the process that was started. A worker is given a batch of
clips, and gives back their probabilities; the batch that it had when it died is given to another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from crossoracle.nodes import AHEAD, Workers, check_engine, cluster, placed, workers
from crossoracle.recognizers.reaching import CLASSES, options_of
from crossoracle.recognizers.recognizer import Frames, Probabilities, Recognizer

Place = Callable[[Recognizer], Recognizer]


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

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return the probabilities of clips."""
        return self.recognizer.predict(clips)


@dataclass(frozen=True)
class Spread:
    """A recognizer whose model is in the workers of a cluster.

    Parameters
    ----------
    inner : Recognizer
        The same here, which only makes frames small.
    workers : Workers
        Each a `Worker`.
    """

    inner: Recognizer
    workers: Workers

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
        return AHEAD * self.workers.count

    def describe(self) -> dict[str, Any]:
        """Return, as a worker says it, all that a prediction depends on."""
        found: dict[str, Any] = self.workers.answer("describe")
        return found

    def prepare(self, frames: Frames) -> Frames:
        """Return frames as small as the model takes them, here."""
        return self.inner.prepare(frames)

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return what the worker with the fewest batches says; called from several threads.

        Raises
        ------
        InputError
            There is no worker left, or what a worker raises.
        """
        found: Probabilities = self.workers.answer("predict", list(clips))
        return found

    def close(self) -> None:
        """Let go of the workers."""
        self.workers.close()
        self.inner.close()


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

        def place(recognizer: Recognizer) -> Recognizer:
            kind = type(recognizer)
            names = [*options_of(kind), *({CLASSES} & set(getattr(kind, "__dataclass_fields__", ())))]
            options = placed(kind, {name: getattr(recognizer, name) for name in names})
            spread.append(Spread(recognizer, workers(ray, Worker, max(recognizers, 1), kind, options)))
            return spread[-1]

        try:
            yield place
        finally:
            for one in spread:
                one.close()
