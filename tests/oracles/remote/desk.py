"""The batch desks of OpenAI and Gemini: files in, batches started, finished and listed, files out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.oracles.remote.provider import Provider, Reply, Request

Answer = Callable[[dict[str, Any]], dict[str, Any]]
"""From a line of requests to a line of answers."""


@dataclass
class Desk:
    """What both desks hold: files by name, batches by name, and how the lines of a batch are answered."""

    provider: Provider
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)

    def routes(self) -> list[tuple[str, str, Callable[..., Reply]]]:
        raise NotImplementedError

    def serve(self, request: Request) -> Reply:
        """Find the route of a request."""
        path = urlsplit(request.path).path
        for method, pattern, route in self.routes():
            found = re.fullmatch(pattern, path)
            if found and method == request.method:
                return route(request, *found.groups())
        return Reply({"error": {"message": f"no route {request.method} {path}", "code": 404}}, 404)

    def lines(self, file: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files[file].splitlines()]

    def keep(self, file: str, lines: list[dict[str, Any]]) -> str:
        self.files[file] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return file


@dataclass
class OpenAIDesk(Desk):
    """Files, batches."""

    def routes(self) -> list[tuple[str, str, Callable[..., Reply]]]:
        return [
            ("POST", "/v1/files", self._upload),
            ("POST", "/v1/batches", self._start),
            ("GET", "/v1/batches", self._list),
            ("GET", "/v1/batches/([^/]+)", lambda request, name: Reply(self.batches[name])),
            ("GET", "/v1/files/([^/]+)/content", lambda request, name: Reply(self.files[name])),
        ]

    def _upload(self, request: Request) -> Reply:
        boundary = request.headers["content-type"].partition("boundary=")[2].encode()
        parts = [part for part in request.body.split(b"--" + boundary) if b"filename=" in part]
        content = parts[0].partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return Reply(
            {
                "id": name,
                "object": "file",
                "bytes": len(content),
                "created_at": 1,
                "filename": "part.jsonl",
                "purpose": "batch",
                "status": "processed",
            }
        )

    def _start(self, request: Request) -> Reply:
        name = f"batch_{len(self.batches)}"
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "created_at": 1,
            "status": "validating",
            **request.json,
        }
        return Reply(self.batches[name])

    def _list(self, request: Request) -> Reply:
        """Return one batch a page, so that whoever lists them has to turn pages."""
        names = list(self.batches)
        after = re.search(r"after=([^&]+)", request.path)
        start = names.index(after.group(1)) + 1 if after else 0
        page = [self.batches[name] for name in names[start : start + 1]]
        more = start + 1 < len(names)
        return Reply(
            {"object": "list", "data": page, "has_more": more, "last_id": page[-1]["id"] if page else None}
        )

    def finish(self, answer: Answer, status: str = "completed") -> None:
        """Answer the lines of every batch that is at work; lines with an error go to a file of their own."""
        for name, batch in self.batches.items():
            if batch["status"] != "validating":
                continue
            answers = [answer(line) for line in self.lines(batch["input_file_id"])]
            good = [line for line in answers if not line.get("error")]
            bad = [line for line in answers if line.get("error")]
            batch |= {"status": status, f"{status}_at": 1795255200}
            if good:
                batch["output_file_id"] = self.keep(f"{name}-output", good)
            if bad:
                batch["error_file_id"] = self.keep(f"{name}-errors", bad)


@dataclass
class GeminiDesk(Desk):
    """Resumable uploads, operations."""

    def routes(self) -> list[tuple[str, str, Callable[..., Reply]]]:
        return [
            ("POST", "/upload/v1beta/files", self._begin),
            ("POST", "/upload/here/(.+)", self._upload),
            ("POST", "/v1beta/models/([^/]+):batchGenerateContent", self._start),
            ("GET", "/v1beta/batches", self._list),
            ("GET", "/v1beta/(batches/[^/]+)", lambda request, name: Reply(self.batches[name])),
            ("GET", "/v1beta/(files/[^/]+):download", lambda request, name: Reply(self.files[name])),
        ]

    def _begin(self, request: Request) -> Reply:
        url = f"{self.provider.url}/upload/here/{len(self.files)}"
        return Reply({}, headers={"X-Goog-Upload-URL": url, "X-Goog-Upload-Status": "active"})

    def _upload(self, request: Request, number: str) -> Reply:
        name = f"files/f{number}"
        self.files[name] = request.body
        file = {"name": name, "mimeType": "application/jsonl", "sizeBytes": str(len(request.body))}
        return Reply({"file": file}, headers={"X-Goog-Upload-Status": "final"})

    def _start(self, request: Request, model: str) -> Reply:
        name, asked = f"batches/b{len(self.batches)}", request.json["batch"]
        self.batches[name] = {
            "name": name,
            "metadata": {
                "model": f"models/{model}",
                "displayName": asked["displayName"],
                "state": "BATCH_STATE_PENDING",
                "inputConfig": asked["inputConfig"],
                "name": name,
            },
        }
        return Reply(self.batches[name])

    def _list(self, request: Request) -> Reply:
        names = list(self.batches)
        token = re.search(r"pageToken=(\d+)", request.path)
        start = int(token.group(1)) if token else 0
        page = {"operations": [self.batches[name] for name in names[start : start + 1]]}
        more = {"nextPageToken": str(start + 1)} if start + 1 < len(names) else {}
        return Reply(page | more)

    def finish(self, answer: Answer, status: str = "BATCH_STATE_SUCCEEDED") -> None:
        """Answer the lines of every batch that is at work."""
        for name, batch in self.batches.items():
            if batch["metadata"]["state"] != "BATCH_STATE_PENDING":
                continue
            answers = [answer(line) for line in self.lines(batch["metadata"]["inputConfig"]["fileName"])]
            file = self.keep(f"files/out-{name.rpartition('/')[2]}", answers)
            batch["metadata"] |= {
                "state": status,
                "endTime": "2026-11-21T10:00:00Z",
                "output": {"responsesFile": file},
            }
