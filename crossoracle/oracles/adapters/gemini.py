"""Google Gemini, by labelled frames or by a native video that is made of the same frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, ClassVar, Literal

from crossoracle.oracles.adapters.connection import CONNECT_SHARE, stay
from crossoracle.oracles.adapters.envelope import opened
from crossoracle.oracles.adapters.labelled import base64_text, labelled, listed
from crossoracle.oracles.adapters.native import as_video, rate, sampled_note
from crossoracle.oracles.adapters.prices import Used
from crossoracle.oracles.adapters.remote import Billed, Remote, Said
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Answer, Finish, Question

API_VERSION = "v1beta"
"""Pinned: the SDK's default does not take everything that is asked here."""

FINISH: dict[str | None, Finish] = {
    "STOP": "stop",
    None: "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "refused",
    "RECITATION": "refused",
    "BLOCKLIST": "refused",
    "PROHIBITED_CONTENT": "refused",
    "SPII": "refused",
    "IMAGE_SAFETY": "refused",
}


@dataclass(frozen=True, kw_only=True)
class Gemini(Remote):
    """A model behind Gemini's generateContent; `Remote` has the options that all share.

    Parameters
    ----------
    detail : {"low", "medium", "high"}
        The media resolution.
    media : {"frames", "video"}
        Labelled images, or one MP4 of the same frames after their labels.
    top_logprobs : int
        How many alternatives of each token to ask for; all of them are stored with the reply.
    """

    detail: str = "low"
    media: Literal["frames", "video"] = "frames"
    top_logprobs: int = 5

    provider: ClassVar[str] = "google"
    library: ClassVar[str] = "google-genai"
    home: ClassVar[str] = "https://generativelanguage.googleapis.com"
    usual_key_env: ClassVar[str] = "GEMINI_API_KEY"
    own_hosts: ClassVar[tuple[str, ...]] = ("generativelanguage.googleapis.com",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check(
            {
                "detail": (self.detail in ("low", "medium", "high"), "low, medium or high"),
                "media": (self.media in ("frames", "video"), "frames or video"),
                "top_logprobs": (0 <= self.top_logprobs <= 20, "0 to 20"),
            }
        )

    def request(self, question: Question, *, logprobs: bool, structured: bool) -> dict[str, Any]:
        """Return the body of the request: the prompt, then the frames."""
        shown = _video(question.clip) if self.media == "video" else _frames(question.clip)
        config: dict[str, Any] = {
            "temperature": self.temperature,
            "seed": None if self.seed is None else self.seed + question.sample,
            "maxOutputTokens": self.max_output_tokens,
            "mediaResolution": f"MEDIA_RESOLUTION_{self.detail.upper()}",
        }
        if self.reasoning_effort:
            config["thinkingConfig"] = {"thinkingLevel": self.reasoning_effort.upper()}
        if logprobs:
            config |= {"responseLogprobs": True, "logprobs": self.top_logprobs}
        if structured:
            config |= {"responseMimeType": "application/json", "responseJsonSchema": dict(question.schema)}
        body = {
            "contents": [{"role": "user", "parts": [{"text": question.prompt}, *shown]}],
            "generationConfig": {name: value for name, value in config.items() if value is not None},
        }
        return body | ({"serviceTier": self.service_tier} if self.service_tier else {})

    async def _send(self, client: Any, request: dict[str, Any]) -> tuple[str, Mapping[str, str]]:
        from google.genai.types import GenerateContentConfig

        config = dict(request["generationConfig"])
        if "serviceTier" in request:
            config["serviceTier"] = request["serviceTier"]
        reply = await client.aio.models.generate_content(
            model=self.model,
            contents=request["contents"],
            config=GenerateContentConfig(**config, should_return_http_response=True),
        )
        return reply.sdk_http_response.body or "", reply.sdk_http_response.headers or {}

    def _connect(self, key: str) -> Any:
        import httpx2
        from google.genai import Client
        from google.genai.types import HttpOptions

        # Left to itself the SDK takes aiohttp where that happens to be installed, whose errors are others.
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
        self._line.carrier = httpx2.AsyncClient(
            timeout=self.timeout_s,
            limits=limits,
            follow_redirects=True,
            event_hooks={"request": [self._hurry_connecting], "response": [stay]},
        )
        return Client(
            api_key=key,
            vertexai=False,
            http_options=HttpOptions(
                base_url=self.base_url or self.home,
                api_version=API_VERSION,
                timeout=round(self.timeout_s * 1000),
                httpx_async_client=self._line.carrier,
            ),
        )

    async def _hurry_connecting(self, request: Any) -> None:
        # The SDK knows one time-out for everything, and gives it to every request.
        timeout = request.extensions.get("timeout") or {}
        request.extensions["timeout"] = {**timeout, "connect": self.timeout_s * CONNECT_SHARE}

    async def _disconnect(self, client: Any) -> None:
        await client.aio.aclose()
        client.close()
        await self._line.carrier.aclose()  # the SDK leaves that to whoever made it

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply apart; a native video that was not seen whole is noted in `detail`."""
        answer = super().read(raw, question)
        if self.media != "video":
            return answer
        usage = opened(raw).body.get("usageMetadata")
        note = sampled_note(usage if isinstance(usage, dict) else {}, len(question.clip.frames))
        return replace(answer, detail="; ".join(filter(None, (answer.detail, note))) or None)

    def _said(self, body: Mapping[str, Any]) -> Said:
        block = (body.get("promptFeedback") or {}).get("blockReason")
        if block:
            return Said(None, "refused", f"blockReason {block}")
        candidate = _first(body)
        if candidate is None:
            return Said(None, "empty", "no candidates")
        parts = (candidate.get("content") or {}).get("parts") or ()
        text = "".join(part.get("text", "") for part in parts if not part.get("thought")) or None
        reason = candidate.get("finishReason")
        finish = FINISH.get(reason, "length")
        if text is None and finish == "stop":
            finish = "empty"
        return Said(text, finish, None if finish == "stop" else f"finishReason {reason}")

    def _billed(self, body: Mapping[str, Any]) -> Billed:
        """Return what is charged: thoughts are output, though they are counted apart."""
        usage = body.get("usageMetadata") or {}
        written, thoughts = usage.get("candidatesTokenCount"), usage.get("thoughtsTokenCount")
        unknown = written is None and thoughts is None and "promptTokenCount" not in usage
        output = None if unknown else (written or 0) + (thoughts or 0)  # a blocked prompt has no output
        used = Used(usage.get("promptTokenCount"), output, usage.get("cachedContentTokenCount") or 0)
        return Billed(used, body.get("modelVersion"), usage.get("serviceTier"))

    def _tokens(self, body: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Iterable[tuple[Any, Any]]]]:
        result = (_first(body) or {}).get("logprobsResult") or {}
        chosen, tops = result.get("chosenCandidates") or [], result.get("topCandidates") or []
        for one, top in zip_longest(chosen, tops[: len(chosen)]):
            others = (top or {}).get("candidates") or ()
            yield one["token"], one["logProbability"], [(o["token"], o["logProbability"]) for o in others]


def _frames(clip: Clip) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for text, picture in labelled(clip):
        parts += [{"text": text}, _inline("image/jpeg", picture)]
    return parts


def _video(clip: Clip) -> list[dict[str, Any]]:
    return [
        {"text": listed(clip)},
        {**_inline("video/mp4", as_video(clip)), "videoMetadata": {"fps": rate(clip)}},
    ]


def _inline(kind: str, data: bytes) -> dict[str, Any]:
    return {"inlineData": {"mimeType": kind, "data": base64_text(data)}}


def _first(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    candidates = body.get("candidates")
    return candidates[0] if candidates else None
