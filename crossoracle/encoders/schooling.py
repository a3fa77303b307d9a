"""Training that may be stopped: seeded, written down now and then, and gone on with where it stopped.

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
    """Train parameters.

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
        first, written = _resumed(own, optimizer, course, progress), time.monotonic()
        for epoch in range(first, course.epochs):
            for loss in losses(own, epoch):
                if progress is not None:
                    progress.check()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            if progress is not None and time.monotonic() - written >= progress.every_s:
                _keep(progress.file, own, optimizer, course, epoch + 1)
                written = time.monotonic()
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


def _keep(path: Path, own: Tensors, optimizer: torch.optim.Optimizer, course: Course, epochs: int) -> None:
    """Write down the parameters and the state of the optimiser."""
    state = optimizer.state_dict()["state"]
    moments = {f"{place}/{name}": value for place, values in state.items() for name, value in values.items()}
    tensors = {f"own/{name}": tensor for name, tensor in own.items()}
    write(path, {"kind": KIND, "recipe": course.recipe, "epochs": epochs}, tensors | moments)


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
    if told["recipe"] != course.recipe:
        return 0
    state: dict[int, Tensors] = {}
    for name, tensor in tensors.items():
        place, _, part = name.partition("/")
        if place == "own":
            own[part].data.copy_(tensor)
        else:
            state.setdefault(int(place), {})[part] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    return int(told["epochs"])
