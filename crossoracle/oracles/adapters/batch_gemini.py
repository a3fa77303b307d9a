"""Batches of Gemini: a file of requests with keys, a file of replies with the same keys.

Requests could stand in the call itself, but then 20 MB are the limit, and replies come back without keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from crossoracle.oracles.adapters.batch import Batch, State
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.oracle import CallFailed

STATES: dict[str, State] = {
    "JOB_STATE_SUCCEEDED": "done",
    "JOB_STATE_PARTIALLY_SUCCEEDED": "done",
    "JOB_STATE_EXPIRED": "done",
    "JOB_STATE_CANCELLED": "done",
    "JOB_STATE_FAILED": "failed",
}
SUCCEEDED = ("JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED")
TRANSIENT_CODES = frozenset({1, 2, 4, 8, 10, 13, 14})
"""Codes of google.rpc that may pass: such as a deadline (4), no resources (8), unavailable (14)."""

MARK = "crossoracle?"


@dataclass(frozen=True)
class GeminiBatches:
    """The batch API of Gemini (see `batch.Batches`); metadata stand in the display name."""

    adapter: Remote
    named: ClassVar[str] = "key"

    def line(self, key: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request as it stands in the file."""
        return {"key": key, "request": dict(request)}

    async def upload(self, file: Path) -> str:
        """Upload a file of requests; return what the provider calls it."""
        uploaded = await self.adapter.client().aio.files.upload(
            file=str(file), config={"mime_type": "application/jsonl", "display_name": file.name}
        )
        return str(uploaded.name)

    async def start(self, source: str, metadata: Mapping[str, str]) -> Batch:
        """Start the batch of an uploaded file."""
        return _batch(
            await self.adapter.client().aio.batches.create(
                model=self.adapter.model,
                src=source,
                config={"display_name": MARK + urlencode(sorted(metadata.items()))},
            )
        )

    async def get(self, name: str) -> Batch:
        """Return a batch as it is now."""
        return _batch(await self.adapter.client().aio.batches.get(name=name))

    async def all(self) -> list[Batch]:
        """Return every batch of the account that has metadata."""
        pages = await self.adapter.client().aio.batches.list(config={"page_size": 100})
        return [_batch(each) async for each in pages if (each.display_name or "").startswith(MARK)]

    async def download(self, file: str) -> str:
        """Return a file of answers: one JSON object a line."""
        data: bytes = await self.adapter.client().aio.files.download(file=file)
        return data.decode()

    def answer(self, line: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | CallFailed, dict[str, str]]:
        """Take a line of answers apart."""
        key, response = line["key"], line.get("response")
        if response is not None:
            return key, response, {}
        error = line.get("error") or line.get("status") or {}
        code = error.get("code")
        said = f"batch: {error.get('status') or code}: {error.get('message')}"
        passing = code in TRANSIENT_CODES or (isinstance(code, int) and (code == 429 or code >= 500))
        return key, self.adapter.wire().failure(said, transient=passing), {}


def _batch(found: Any) -> Batch:
    state = found.state.name if found.state else "unknown"
    error = f": {found.error.message}" if found.error else ""
    file = found.dest.file_name if found.dest else None
    return Batch(
        found.name,
        STATES.get(state, "working"),
        dict(parse_qsl((found.display_name or "").removeprefix(MARK))),
        files=(file,) if file else (),
        ended=format_datetime(found.end_time, usegmt=True) if found.end_time else None,
        detail=state + error,
        # How many were answered is not told; one that succeeded without a file has some on their way.
        completed=int(file is None and state in SUCCEEDED),
    )
