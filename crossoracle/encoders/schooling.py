"""Training that may be stopped: seeded, written down now and then and when it stops, and gone on with there.

Parameters are tensors by name. One step is one of AdamW. What is drawn in an epoch derives from the seed and
the number of the epoch, so that nothing but the parameters, the state of the optimiser and that number has to
be kept: who was stopped and goes on gets, on a CPU, bit for bit what is got without a stop. On a GPU sums
may be taken in another order, and the last digits differ.

References
----------
Loshchilov and Hutter (2019), Decoupled Weight Decay Regularization, ICLR.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

import torch

from crossoracle.encoders.weights import Tensors, read, write
from crossoracle.errors import CrossoracleError, InputError

Losses = Callable[[Tensors, int], Iterable[torch.Tensor]]
"""Takes the parameters and the number of an epoch; yields the loss of each step, one after the other."""

KIND = "unfinished training"
OWN = "own"
"""What the names of parameters begin with in the file; those of the optimiser's state with a number."""

EVERY_S = 10.0
"""How often it is written down how far training is, in seconds."""

_computing = Lock()


@dataclass(frozen=True)
class Course:
    """How long and how fast is learned.

    Parameters
    ----------
    epochs : int
        How often everything is seen.
    rate, decay : float
        Learning rate and weight decay of AdamW.
    recipe : str
        A digest of all that the result depends on; what was begun with another one is not gone on with.
    """

    epochs: int
    rate: float
    decay: float
    recipe: str


class Stopped(CrossoracleError):
    """Training was stopped; what is written down can be gone on with."""


@dataclass(frozen=True)
class Progress:
    """Where it is written down how far training is.

    Parameters
    ----------
    file : path
        Gone when training is done.
    every_s : float
        How often that is done, in seconds.
    stop : Event
        Whoever sets it stops the training, before its next step.
    """

    file: Path
    every_s: float = EVERY_S
    stop: Event = field(default_factory=Event)

    def check(self) -> None:
        """Go no further where that is wanted.

        Raises
        ------
        Stopped
            It is.
        """
        if self.stop.is_set():
            raise Stopped(f"{self.file}: training was stopped; the next run goes on with it")


def schooled(begin: Tensors, losses: Losses, course: Course, progress: Progress | None = None) -> Tensors:
    """Train parameters; what is stopped goes on after its last whole epoch.

    Parameters
    ----------
    begin : mapping of str to tensor
        The parameters to begin with; they are left as they are.
    losses : callable
        See `Losses`; the parameters that it is given are changed between one loss and the next.
    course : Course
        How.
    progress : Progress, optional
        Where it is written down how far training is; without it, nowhere.

    Raises
    ------
    Stopped
        Somebody wanted that.
    """
    with alone():
        own = {name: tensor.detach().clone().requires_grad_() for name, tensor in begin.items()}
        optimizer = torch.optim.AdamW(own.values(), lr=course.rate, weight_decay=course.decay)
        first = _resumed(own, optimizer, course, progress)
        diary = None if progress is None else _Diary(progress, course, time.monotonic())
        try:
            for epoch in range(first, course.epochs):
                for loss in losses(own, epoch):
                    if progress is not None:
                        progress.check()
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                if diary is not None:
                    diary.note(own, optimizer, epoch + 1)
        except (Stopped, KeyboardInterrupt):
            if diary is not None:
                diary.write()
            raise
    if progress is not None:
        progress.file.unlink(missing_ok=True)
    return {name: tensor.detach() for name, tensor in own.items()}


def generator(*seeds: int) -> torch.Generator:
    """Return the random numbers of a purpose, drawn on the CPU whatever the device."""
    name = hashlib.sha256(repr(seeds).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(name[:8]) >> 1)


@contextmanager
def alone() -> Iterator[None]:
    """Compute on one thread, one caller at a time: how many there are would change the last digits."""
    with _computing:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


@dataclass
class _Diary:
    """How training stands after its last whole epoch: the parameters, and the state of the optimiser."""

    progress: Progress
    course: Course
    written_s: float
    epochs: int = 0
    tensors: Tensors = field(default_factory=dict)

    def note(self, own: Tensors, optimizer: torch.optim.Optimizer, epochs: int) -> None:
        """Take notice of a whole epoch, and write it down where that is due."""
        state = optimizer.state_dict()["state"]
        moments = {f"{i}/{name}": value for i, values in state.items() for name, value in values.items()}
        every = {f"{OWN}/{name}": tensor for name, tensor in own.items()} | moments
        self.epochs, self.tensors = epochs, {name: one.detach().clone() for name, one in every.items()}
        if time.monotonic() - self.written_s >= self.progress.every_s:
            self.write()
            self.written_s = time.monotonic()

    def write(self) -> None:
        """Write it down, unless no epoch is done."""
        if self.epochs:
            about = {"kind": KIND, "recipe": self.course.recipe, "epochs": self.epochs}
            write(self.progress.file, about, self.tensors)


def _resumed(
    own: Tensors, optimizer: torch.optim.Optimizer, course: Course, progress: Progress | None
) -> int:
    """Take up what was begun, and return the number of epochs that are done; 0 where nothing was begun."""
    if progress is None or not progress.file.exists():
        return 0
    try:
        told, tensors = read(progress.file, KIND)
    except InputError:  # half of it is nothing: training begins anew
        return 0
    parts: dict[str, Tensors] = {}
    for name, tensor in tensors.items():
        place, _, part = name.partition("/")
        parts.setdefault(place, {})[part] = tensor
    begun = parts.pop(OWN, {})
    if told.get("recipe") != course.recipe or _shapes(begun) != _shapes(own):
        return 0
    for name, tensor in begun.items():
        own[name].data.copy_(tensor)
    state = {int(place): some for place, some in parts.items()}
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    return int(told["epochs"])


def _shapes(tensors: Tensors) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}
