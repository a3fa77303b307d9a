"""Questions by the thousand at half price: the batch APIs of OpenAI and Gemini.

A batch is a file of requests that the provider answers within a day. Each request carries its key, so that
answers find their questions; each batch carries metadata (study, run, shard), so that a batch whose process
died is found again (`orphans`) and not paid twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Protocol, TypeVar

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.envelope import sealed
from crossoracle.oracles.adapters.failures import carried
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.oracle import CallFailed, Question

State = Literal["working", "done", "failed"]
Result = TypeVar("Result")
WIRES = {
    "openai": "crossoracle.oracles.adapters.batch_openai:OpenAIBatches",
    "google": "crossoracle.oracles.adapters.batch_gemini:GeminiBatches",
}
TIERS = ("service_tier", "serviceTier")
PART_BYTES = 190_000_000
PART_REQUESTS = 50_000
"""What the smaller of the two providers takes as one file."""

PATIENCE_S = 900.0
"""How long one upload or download may take."""


@dataclass(frozen=True)
class Batch:
    """A batch at its provider.

    Parameters
    ----------
    name : str
        As the provider calls it.
    state : {"working", "done", "failed"}
        "done" also when it was cut short: what was answered until then can be fetched.
    metadata : mapping of str to str
        What it was submitted with, and "part", its number.
    keys : tuple of str
        The keys of its questions; known to the process that submitted it alone.
    files : tuple of str
        Where its answers are.
    ended : str or None
        When it was done, as an HTTP date.
    detail : str
        The provider's own words for its state.
    """

    name: str
    state: State
    metadata: Mapping[str, str]
    keys: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    ended: str | None = None
    detail: str = ""


class Batches(Protocol):
    """The batch API of one provider; its calls raise what its SDK raises."""

    adapter: Remote

    def line(self, key: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request as it stands in the file."""

    async def start(self, file: Path, metadata: Mapping[str, str]) -> Batch:
        """Upload a file and start its batch."""

    async def get(self, name: str) -> Batch:
        """Return a batch as it is now."""

    async def all(self) -> list[Batch]:
        """Return every batch of the account that has metadata."""

    async def download(self, file: str) -> str:
        """Return a file of answers: one JSON object a line."""

    def answer(self, line: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | CallFailed, dict[str, str]]:
        """Take a line of answers apart: the key, the body of the reply or what went wrong, headers."""


async def submit(
    adapter: Remote, questions: Mapping[str, Question], metadata: Mapping[str, str]
) -> tuple[Batch, ...]:
    """Submit questions as one batch, or several where they are too large for one.

    What the model can do is probed first, unless it is known: a batch does not learn on the way.

    Parameters
    ----------
    adapter : Remote
        The model.
    questions : mapping of str to Question
        By the keys under which the answers will be found.
    metadata : mapping of str to str
        By which the batches can be found again.

    Raises
    ------
    InputError
        The provider has no batch API here.
    CallFailed
        The provider did not take a file or a batch.
    """
    batches = _batches(adapter)
    open_options = (adapter.logprobs, adapter.structured)
    if None in open_options and adapter.capabilities.structured is None:
        await adapter.probe()
    started: list[Batch] = []
    with TemporaryDirectory(prefix="crossoracle-") as directory:
        parts = _parts(batches, questions, Path(directory))
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            file, keys = part
            marked = {**metadata, "part": str(len(started))}
            batch = await _carried(adapter, batches.start(file, marked))
            started.append(replace(batch, keys=keys))
            await asyncio.to_thread(file.unlink)
    return tuple(started)


async def poll(adapter: Remote, name: str) -> Batch:
    """Return a batch as it is now.

    Raises
    ------
    CallFailed
        The provider did not say, or does not know it.
    """
    return await _carried(adapter, _batches(adapter).get(name))


async def fetch(adapter: Remote, name: str) -> dict[str, str | CallFailed]:
    """Return the answers of a batch by key, as `Remote.ask` would have returned or raised them.

    Empty while the batch is at work. Keys that it did not come to are missing.

    Raises
    ------
    CallFailed
        The provider did not hand them over.
    """
    batches = _batches(adapter)
    batch = await _carried(adapter, batches.get(name))
    dated = {"date": batch.ended} if batch.ended else {}
    answers: dict[str, str | CallFailed] = {}
    for file in batch.files:
        text = await _carried(adapter, batches.download(file))
        for line in filter(str.strip, text.splitlines()):
            key, body, headers = batches.answer(json.loads(line))
            answers[key] = (
                body
                if isinstance(body, CallFailed)
                else sealed(json.dumps(body), {**dated, **headers}, tier="batch")
            )
    return answers


async def orphans(adapter: Remote, metadata: Mapping[str, str]) -> list[Batch]:
    """Return the batches of the account that carry this metadata and did not fail.

    Raises
    ------
    CallFailed
        The provider did not say.
    """
    every = await _carried(adapter, _batches(adapter).all())
    return [
        batch for batch in every if metadata.items() <= batch.metadata.items() and batch.state != "failed"
    ]


def _parts(
    batches: Batches, questions: Mapping[str, Question], directory: Path
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Write the requests to files, each no larger than a provider takes; a file at a time."""
    lines = iter(_lines(batches, questions))
    held = next(lines, None)
    for number in count():
        if held is None:
            return
        file, size = directory / f"part{number}.jsonl", 0
        keys: list[str] = []
        with file.open("wb") as out:
            while held is not None and (not keys or _fits(len(keys) + 1, size + len(held[1]))):
                key, line = held
                out.write(line)
                keys.append(key)
                size += len(line)
                held = next(lines, None)
        yield file, tuple(keys)


def _fits(requests: int, size: int) -> bool:
    """Whether a provider takes so many requests of so many bytes as one file."""
    return requests <= PART_REQUESTS and size <= PART_BYTES


def _lines(batches: Batches, questions: Mapping[str, Question]) -> Iterator[tuple[str, bytes]]:
    adapter = batches.adapter
    for key, question in questions.items():
        request = adapter.request(question, **adapter.shape())
        # The tier belongs to single calls: a batch has its own price.
        request = {name: value for name, value in request.items() if name not in TIERS}
        yield key, json.dumps(batches.line(key, request)).encode() + b"\n"


def _batches(adapter: Remote) -> Batches:
    path = WIRES.get(adapter.provider)
    if path is None:
        known = " and ".join(WIRES)
        raise InputError(f"{adapter.provider} {adapter.model}: no batches here; expected {known}")
    module, _, name = path.partition(":")
    made: Batches = getattr(import_module(module), name)(adapter)
    return made


async def _carried(adapter: Remote, call: Awaitable[Result]) -> Result:
    return await carried(call, adapter.wire(), PATIENCE_S)
