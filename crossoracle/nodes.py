"""A cluster of Ray as a place to compute: joined by whoever asks for it, left when the work is done."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from crossoracle.errors import InputError, NotInstalledError, install

Result = TypeVar("Result")
ENGINES = ("local", "ray")
AHEAD = 2  # pieces of work for each core: while it does one, the next is on its way


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
        for piece in pieces:
            under_way.append(task.remote(piece, *shared))
            if len(under_way) >= most:
                yield ray.get(under_way.popleft())
        while under_way:
            yield ray.get(under_way.popleft())
    except ray.exceptions.RayTaskError:
        raise  # as it would be raised here
    except ray.exceptions.RayError as error:
        said = str(error).strip().splitlines()[-1]
        raise InputError(f"the cluster cannot go on: {said}; see to its nodes and their memory") from error
    finally:
        for one in under_way:
            ray.cancel(one)


def placed(value: Any) -> Any:
    """Return an option as a worker understands it, who may stand elsewhere: paths of files whole."""
    there = isinstance(value, str) and 0 < len(value) < 4096 and "\0" not in value and Path(value).exists()
    return str(Path(value).resolve()) if there else value
