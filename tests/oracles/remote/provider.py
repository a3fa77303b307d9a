"""A server on the loopback that speaks what the providers speak, and the clips that it is shown."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from crossoracle.oracles.adapters.anthropic import Anthropic
from crossoracle.oracles.adapters.gemini import Gemini
from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.oracle import Question
from crossoracle.replies import SCORE_SCHEMA, VERIFY_SCHEMA

KEY = "planted/4f1c+9d==-secret"
TOKENS = {"input": 100, "output": 10}


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What goes out: a mapping as JSON, bytes or text as they are; late, or broken off after some bytes."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    break_after: int | None = None

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Provider(ThreadingHTTPServer):
    """Answers every request by `answer`, and remembers it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Reply] = lambda request: Reply({"error": "no answer"}, 500)
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self.daemon_threads = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def replies(self, *replies: Reply) -> None:
        """Answer with each of these in turn, and with the last one for ever."""
        left = list(replies)
        self.answer = lambda request: left.pop(0) if len(left) > 1 else left[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *problem: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Provider

    def _serve(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        lower = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, lower, self.rfile.read(size))
        self.server.requests.append(request)
        reply = self.server.answer(request)
        self.server.stopping.wait(reply.delay_s)
        content = reply.content()
        headers = {"Content-Type": "application/json", "x-request-id": "request-1", "Connection": "close"}
        headers["Date"] = self.date_time_string()
        try:
            self.send_response_only(reply.status)
            for name, value in {**headers, "Content-Length": str(len(content)), **reply.headers}.items():
                self.send_header(name, value)
            if reply.break_after is not None:
                content = content[: reply.break_after]
            if reply.break_after != 0:
                self.end_headers()
                self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client waited no longer
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


for _method in ("GET", "POST"):
    setattr(_Handler, f"do_{_method}", _Handler._serve)


def jpeg(grey: int) -> bytes:
    done, data = cv2.imencode(".jpg", np.full((32, 48, 3), grey, dtype=np.uint8))
    if not done:
        raise RuntimeError("OpenCV wrote no JPEG")
    return data.tobytes()


def clip(n_segments: int = 3, per_segment: int = 2) -> Clip:
    """Return a clip of half-second segments, every frame in another grey."""
    step = 0.5
    frames = []
    for index in range(n_segments * per_segment):
        picture = jpeg(20 + 5 * index % 200)
        time_s = (index + 0.5) * step / per_segment
        digest = sha256(picture).hexdigest()
        frames.append(Frame(time_s, index // per_segment, digest, partial(jpeg, 20 + 5 * index % 200)))
    borders = tuple((step * i, step * (i + 1)) for i in range(n_segments))
    return Clip("made", "greys", "fading", borders, tuple(frames))


def score_question(n_segments: int = 3, sample: int = 0) -> Question:
    return Question("score", clip(n_segments), "Score the segments.", "d1", SCORE_SCHEMA, sample)


def verify_question(sample: int = 0) -> Question:
    return Question("verify", clip(), "Is it there?", "d2", VERIFY_SCHEMA, sample)


Tokens = Iterable[tuple[str, dict[str, float]]]


@dataclass(frozen=True)
class Dialect:
    """How one provider says things."""

    name: str
    adapter: type[Remote]
    model: str
    path: str
    reply: Callable[..., dict[str, Any]]
    refusal: dict[str, Any]
    empty: dict[str, Any]
    cut: str
    stop: str
    error: Callable[[int, str], Any]

    def make(self, url: str, **options: Any) -> Remote:
        """Return an adapter whose calls go to a server, with a key that is named for it."""
        suffix = "/v1" if self.name == "openai" else ""
        named = {"api_key_env": self.adapter.usual_key_env} | options
        return self.adapter(model=self.model, base_url=url + suffix, **named)


def openai_reply(
    text: str | None, finish: str = "stop", tokens: Tokens = (), **message: Any
) -> dict[str, Any]:
    content = [
        {
            "token": token,
            "logprob": tops.get(token, -0.1),
            "bytes": None,
            "top_logprobs": [{"token": t, "logprob": p, "bytes": None} for t, p in tops.items()],
        }
        for token, tops in tokens
    ]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-5.5-2026-04-23",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": text, "refusal": None, **message},
                "logprobs": {"content": content, "refusal": None} if content else None,
            }
        ],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "total_tokens": 110,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 4},
        },
    }


def gemini_reply(text: str | None, finish: str = "STOP", tokens: Tokens = ()) -> dict[str, Any]:
    tokens = list(tokens)
    result = {
        "chosenCandidates": [
            {"token": t, "tokenId": 1, "logProbability": tops.get(t, -0.1)} for t, tops in tokens
        ],
        "topCandidates": [
            {"candidates": [{"token": t, "tokenId": 1, "logProbability": p} for t, p in tops.items()]}
            for _, tops in tokens
        ],
    }
    candidate = {
        "content": {"role": "model", "parts": [{"text": text}] if text is not None else []},
        "finishReason": finish,
        "index": 0,
    }
    return {
        "candidates": [candidate | ({"logprobsResult": result} if tokens else {})],
        "usageMetadata": {
            "promptTokenCount": 100,
            "candidatesTokenCount": 7,
            "thoughtsTokenCount": 3,
            "totalTokenCount": 110,
        },
        "modelVersion": "gemini-3.1-pro-preview",
        "responseId": "r1",
    }


def anthropic_reply(text: str | None, finish: str = "end_turn", tokens: Tokens = ()) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-4-8",
        "content": [{"type": "text", "text": text}] if text is not None else [],
        "stop_reason": finish,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 90,
            "output_tokens": 10,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 10,
            "service_tier": "standard",
        },
    }


OPENAI = Dialect(
    "openai",
    OpenAI,
    "gpt-5.5-2026-04-23",
    "/v1/chat/completions",
    openai_reply,
    refusal=openai_reply(None, refusal="I cannot look at this."),
    empty={**openai_reply(None), "choices": []},
    cut="length",
    stop="stop",
    error=lambda status, said: {"error": {"message": said, "type": "invalid", "code": None, "param": None}},
)
GEMINI = Dialect(
    "gemini",
    Gemini,
    "gemini-3.1-pro-preview",
    "/v1beta/models/gemini-3.1-pro-preview:generateContent",
    gemini_reply,
    refusal={
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": {"promptTokenCount": 100, "totalTokenCount": 100},
        "modelVersion": "gemini-3.1-pro-preview",
    },
    empty={"usageMetadata": {"promptTokenCount": 100}, "modelVersion": "gemini-3.1-pro-preview"},
    cut="MAX_TOKENS",
    stop="STOP",
    error=lambda status, said: {"error": {"code": status, "message": said, "status": "INVALID"}},
)
ANTHROPIC = Dialect(
    "anthropic",
    Anthropic,
    "claude-opus-4-8",
    "/v1/messages",
    anthropic_reply,
    refusal=anthropic_reply(None, "refusal"),
    empty=anthropic_reply(None),
    cut="max_tokens",
    stop="end_turn",
    error=lambda status, said: {"type": "error", "error": {"type": "invalid", "message": said}},
)
DIALECTS = (OPENAI, GEMINI, ANTHROPIC)


def asked(adapter: Remote, *questions: Question) -> list[str]:
    """Put questions one after the other in an event loop of their own; return the raw replies."""

    async def all_of_them() -> list[str]:
        try:
            return [await adapter.ask(question) for question in questions]
        finally:
            await adapter.close()

    return asyncio.run(all_of_them())
