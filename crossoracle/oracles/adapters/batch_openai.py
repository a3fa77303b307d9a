"""Batches of OpenAI: a file of requests, a file of replies, a file of errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any, ClassVar

from crossoracle.oracles.adapters.batch import Batch, State
from crossoracle.oracles.adapters.failures import refused
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.oracle import CallFailed

ENDPOINT = "/v1/chat/completions"
STATES: dict[str, State] = {
    "completed": "done",
    "expired": "done",
    "cancelled": "done",
    "failed": "failed",
}


@dataclass(frozen=True)
class OpenAIBatches:
    """The batch API of OpenAI (`crossoracle.oracles.adapters.batch.Batches`)."""

    adapter: Remote
    named: ClassVar[str] = "custom_id"

    def line(self, key: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request as it stands in the file."""
        return {"custom_id": key, "method": "POST", "url": ENDPOINT, "body": dict(request)}

    async def upload(self, file: Path) -> str:
        """Upload a file of requests; return what the provider calls it."""
        uploaded = await self.adapter.client().files.create(file=file, purpose="batch")
        return str(uploaded.id)

    async def start(self, source: str, metadata: Mapping[str, str]) -> Batch:
        """Start the batch of an uploaded file."""
        return _batch(
            await self.adapter.client().batches.create(
                input_file_id=source,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata=dict(metadata),
            )
        )

    async def get(self, name: str) -> Batch:
        """Return a batch as it is now."""
        return _batch(await self.adapter.client().batches.retrieve(name))

    async def all(self) -> list[Batch]:
        """Return every batch of the account that has metadata."""
        return [_batch(each) async for each in self.adapter.client().batches.list(limit=100) if each.metadata]

    async def download(self, file: str) -> str:
        """Return a file of answers: one JSON object a line."""
        content = await self.adapter.client().files.content(file)
        return str(content.text)

    def answer(self, line: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | CallFailed, dict[str, str]]:
        """Take a line of answers apart."""
        key, response, error = line["custom_id"], line.get("response"), line.get("error")
        if response and response.get("status_code") == 200:
            return key, response["body"], {"x-request-id": response.get("request_id") or ""}
        wire = self.adapter.wire()
        if response:
            return key, refused(response["status_code"], response.get("body"), wire), {}
        said = f"{(error or {}).get('code')}: {(error or {}).get('message')}"
        # Requests that a batch did not come to were not worked on: asked again they may be answered.
        return key, wire.failure(f"batch: {said}", transient=True), {}


def _batch(found: Any) -> Batch:
    errors = [str(each.message) for each in (found.errors.data or [])] if found.errors else []
    ended = found.completed_at or found.expired_at or found.cancelled_at
    files = tuple(filter(None, (found.output_file_id, found.error_file_id)))
    # One that is completed without any file has answers that are still on their way.
    answered = found.request_counts.completed if found.request_counts else found.status == "completed"
    return Batch(
        found.id,
        STATES.get(found.status, "working"),
        dict(found.metadata or {}),
        source=found.input_file_id,
        files=files,
        ended=formatdate(ended, usegmt=True) if ended else None,
        detail="; ".join([found.status, *errors]),
        completed=int(answered or 0) if found.request_counts or not files else 0,
    )
