"""Questions by the thousand at half price: the batch APIs of OpenAI and Gemini.

A batch is a file of requests that the provider answers within a day. Each request carries its key, so that
answers find their questions; each batch carries metadata, so that a batch whose process died is found again
(`every`) and not paid twice. Only `start` can cost anything; where it may have, that is for the caller to
find out: nothing is tried again here but by ``through``, the one layer of retries.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Protocol, TypeVar

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.envelope import parsed, sealed
from crossoracle.oracles.adapters.failures import Blocked, carried
from crossoracle.oracles.adapters.remote import ODD, Remote
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
        What it was submitted with.
    source : str or None
        The file of its questions, where the provider shows it; Gemini does not.
    files : tuple of str
        Where its answers are.
    ended : str or None
        When it was done, as an HTTP date.
    detail : str
        The provider's own words for its state.
    completed : int
        How many of its requests were answered, as far as the provider says it: as many are charged.
    """

    name: str
    state: State
    metadata: Mapping[str, str]
    source: str | None = None
    files: tuple[str, ...] = ()
    ended: str | None = None
    detail: str = ""
    completed: int = 0


@dataclass(frozen=True)
class Fetched:
    """What a batch has brought.

    Parameters
    ----------
    answers : mapping of str to str or CallFailed
        By key, as `Remote.ask` would have returned or raised them.
    unread : int
        Lines that may be answers, and nobody can say to which question.
    """

    answers: Mapping[str, str | CallFailed]
    unread: int = 0

    def accounts_for(self, completed: int) -> bool:
        """Whether everything that was answered is here; what is missing is then not charged."""
        return not self.unread and sum(isinstance(one, str) for one in self.answers.values()) >= completed


@dataclass(frozen=True)
class Part:
    """Questions that one batch takes: a file of requests, and their keys."""

    file: Path
    keys: tuple[str, ...]


class Through(Protocol):
    """Makes a call, and again where that may help (`crossoracle.oracles.asking.limits.Gate`)."""

    async def __call__(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """Return what the call returned, or raise what its last try raised."""


async def once(call: Callable[[], Awaitable[Result]]) -> Result:
    """Make a call once."""
    return await call()


class Batches(Protocol):
    """The batch API of one provider; its calls raise what its SDK raises."""

    adapter: Remote
    named: str
    """What its lines call the key."""

    def line(self, key: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request as it stands in the file."""

    async def upload(self, file: Path) -> str:
        """Upload a file of requests; return what the provider calls it."""

    async def start(self, source: str, metadata: Mapping[str, str]) -> Batch:
        """Start the batch of an uploaded file."""

    async def get(self, name: str) -> Batch:
        """Return a batch as it is now."""

    async def all(self) -> list[Batch]:
        """Return every batch of the account that has metadata."""

    async def download(self, file: str) -> str:
        """Return a file of answers: one JSON object a line."""

    def answer(self, line: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | CallFailed, dict[str, str]]:
        """Take a line of answers apart: the key, the body of the reply or what went wrong, headers."""


async def parts(
    adapter: Remote, questions: Mapping[str, Question], *, through: Through = once
) -> AsyncGenerator[Part, None]:
    """Yield questions as files, none larger than a provider takes; each is there until the next is asked for.

    What the model can do is probed first, unless it is known: a batch does not learn on the way.

    Parameters
    ----------
    questions : mapping of str to Question
        By the keys under which the answers will be found.

    Raises
    ------
    InputError
        The provider has no batch API here.
    CallFailed
        The model could not be probed.
    """
    batches = _batches(adapter)
    if None in (adapter.logprobs, adapter.structured) and adapter.capabilities.structured is None:
        await through(adapter.probe)
    with TemporaryDirectory(prefix="crossoracle-") as directory:
        files = _parts(batches, questions, Path(directory))
        while (part := await asyncio.to_thread(next, files, None)) is not None:
            yield part
            await asyncio.to_thread(part.file.unlink)


async def upload(adapter: Remote, file: Path, *, through: Through = once) -> str:
    """Upload a file of requests; return what the provider calls it. Nothing is paid for that.

    Raises
    ------
    CallFailed
        The provider did not take it.
    """
    return await through(lambda: _looked(adapter, _batches(adapter).upload(file)))


async def start(adapter: Remote, source: str, metadata: Mapping[str, str]) -> Batch:
    """Start the batch of an uploaded file, by one call.

    Raises
    ------
    CallFailed
        The provider did not start it; or perhaps it did, and did not say so (``possibly_paid``).
    """
    return await carried(_batches(adapter).start(source, metadata), adapter.wire(), PATIENCE_S)


async def poll(adapter: Remote, name: str, *, through: Through = once) -> Batch:
    """Return a batch as it is now.

    Raises
    ------
    CallFailed
        The provider did not say, or does not know it (status 404).
    """
    return await through(lambda: _looked(adapter, _batches(adapter).get(name)))


async def fetch(adapter: Remote, batch: Batch, *, through: Through = once) -> Fetched:
    """Return the answers of a batch.

    None while the batch is at work. Keys that it did not come to are missing. A line that has a key, and is
    laid out otherwise than it should be, is the reply to its question as it stands: it is not lost, and may
    be read later.

    Raises
    ------
    CallFailed
        The provider did not hand them over.
    """
    batches = _batches(adapter)
    dated = {"date": batch.ended} if batch.ended else {}
    answers: dict[str, str | CallFailed] = {}
    unread = 0
    for file in batch.files:
        for line in await _downloaded(batches, file, through):
            key, body, headers = _answer(batches, line)
            if isinstance(body, Blocked):
                body = body.reply
            if not (isinstance(key, str) and key.isascii()):  # no key of ours
                unread += not isinstance(body, CallFailed)
            elif isinstance(body, CallFailed):
                body.possibly_paid = False  # a batch charges for answers alone
                answers.setdefault(key, body)
            else:
                answers[key] = sealed(json.dumps(body), {**dated, **headers}, tier="batch")
    return Fetched(answers, unread)


def _answer(batches: Batches, line: Any) -> tuple[object, Any, dict[str, str]]:
    """Take a line of answers apart; what cannot be is its own body, under its key if it has one."""
    try:
        return batches.answer(line)
    except ODD:
        return line.get(batches.named) if isinstance(line, dict) else None, line, {}


async def every(adapter: Remote, metadata: Mapping[str, str], *, through: Through = once) -> list[Batch]:
    """Return the batches of the account that carry this metadata.

    Raises
    ------
    CallFailed
        The provider did not say.
    """
    found = await through(lambda: _looked(adapter, _batches(adapter).all()))
    return [batch for batch in found if metadata.items() <= batch.metadata.items()]


async def keys_of(adapter: Remote, batch: Batch, *, through: Through = once) -> tuple[str, ...] | None:
    """Return the keys in the file of a batch's questions; None where the provider does not show it.

    Raises
    ------
    CallFailed
        It would, but did not now.
    """
    if batch.source is None:
        return None
    batches = _batches(adapter)
    try:
        return tuple(str(line[batches.named]) for line in await _downloaded(batches, batch.source, through))
    except ODD:
        return None
    except CallFailed as failure:
        if failure.transient:
            raise
        return None


async def _downloaded(batches: Batches, file: str, through: Through) -> list[Any]:
    """Return the lines of a file, as JSON; a line that is none is None."""
    text = await through(lambda: _looked(batches.adapter, batches.download(file)))
    return [parsed(line) for line in text.split("\n") if line.strip()]  # strings may hold other breaks


def _parts(batches: Batches, questions: Mapping[str, Question], directory: Path) -> Iterator[Part]:
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
        yield Part(file, tuple(keys))


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


async def _looked(adapter: Remote, call: Awaitable[Result]) -> Result:
    """Make a call that costs nothing, whatever becomes of it."""
    try:
        return await carried(call, adapter.wire(), PATIENCE_S)
    except CallFailed as failure:
        failure.possibly_paid = False
        raise
