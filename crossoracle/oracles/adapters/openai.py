"""OpenAI and every server that speaks its chat completions: Azure, vLLM, SGLang, LMDeploy, Ollama."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from crossoracle.oracles.adapters.connection import CONNECT_SHARE, stay
from crossoracle.oracles.adapters.labelled import base64_text, labelled, listed
from crossoracle.oracles.adapters.prices import Used
from crossoracle.oracles.adapters.remote import Billed, Remote, Said
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Finish, Question

FINISH: dict[str | None, Finish] = {
    "stop": "stop",
    "eos": "stop",
    None: "stop",
    "length": "length",
    "content_filter": "refused",
}
MILLISECONDS = 1000
AZURE = ("openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com")
"""Where the same models are served as Azure OpenAI."""


@dataclass(frozen=True, kw_only=True)
class OpenAI(Remote):
    """A model behind chat completions; `Remote` has the options that all share.

    OpenAI's own servers, Azure among them, need a key; others are asked as if they needed none, unless the
    variable of their key is named.

    Parameters
    ----------
    detail : {"low", "high", "auto"}
        How closely frames are looked at.
    media : {"frames", "video"}
        Labelled images, or (vLLM) the same frames as one video after their labels.
    top_logprobs : int
        How many alternatives of each token to ask for; all of them are stored with the reply.
    grammar : {"response_format", "structured_outputs"}
        Which field carries the schema: everybody's, or vLLM's own, which forbids free whitespace.
    extra_body : mapping
        Whatever else a server takes, as it stands in the request.
    """

    detail: str = "low"
    media: Literal["frames", "video"] = "frames"
    top_logprobs: int = 5
    grammar: Literal["response_format", "structured_outputs"] = "response_format"
    extra_body: Mapping[str, Any] = field(default_factory=dict, hash=False)

    provider: ClassVar[str] = "openai"
    library: ClassVar[str] = "openai"
    home: ClassVar[str] = "https://api.openai.com/v1"
    usual_key_env: ClassVar[str] = "OPENAI_API_KEY"
    own_hosts: ClassVar[tuple[str, ...]] = ("api.openai.com", *AZURE)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check(
            {
                "detail": (self.detail in ("low", "high", "auto"), "low, high or auto"),
                "media": (self.media in ("frames", "video"), "frames or video"),
                "top_logprobs": (0 <= self.top_logprobs <= 20, "0 to 20"),
                "grammar": (
                    self.grammar in ("response_format", "structured_outputs"),
                    "response_format or structured_outputs",
                ),
            }
        )

    def request(self, question: Question, *, logprobs: bool, structured: bool) -> dict[str, Any]:
        """Return the body of the request: the prompt, then the frames."""
        shown = self._video(question.clip) if self.media == "video" else self._frames(question.clip)
        content = [{"type": "text", "text": question.prompt}, *shown]
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": "user", "content": content}],
            "max_completion_tokens": self.max_output_tokens,
            "temperature": self.temperature,
            "seed": None if self.seed is None else self.seed + question.sample,
            "reasoning_effort": self.reasoning_effort,
            "service_tier": self.service_tier,
        }
        if self.media == "video":
            body["media_io_kwargs"] = {"video": _video_clock(question.clip)}
        if logprobs:
            body |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if structured:
            body |= self._schema(question)
        return {name: value for name, value in body.items() if value is not None} | dict(self.extra_body)

    def _schema(self, question: Question) -> dict[str, Any]:
        schema = dict(question.schema)
        if self.grammar == "structured_outputs":
            return {"structured_outputs": {"json": schema, "disable_any_whitespace": True}}
        named = {"name": question.kind, "schema": schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": named}}

    def _frames(self, clip: Clip) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        for text, picture in labelled(clip):
            url = f"data:image/jpeg;base64,{base64_text(picture)}"
            parts.append({"type": "text", "text": text})
            parts.append({"type": "image_url", "image_url": {"url": url, "detail": self.detail}})
        return parts

    def _video(self, clip: Clip) -> list[dict[str, Any]]:
        pictures = ",".join(base64_text(picture) for _, picture in labelled(clip))
        url = f"data:video/jpeg;base64,{pictures}"
        return [
            {"type": "text", "text": listed(clip)},
            {"type": "video_url", "video_url": {"url": url}},
        ]

    async def _send(self, client: Any, request: dict[str, Any]) -> tuple[str, Mapping[str, str]]:
        # What is in extra_body goes out as it is; messages of many frames the SDK would first walk through.
        reply = await client.chat.completions.with_raw_response.create(
            model=request["model"], messages=[], extra_body=request
        )
        return reply.http_response.text, reply.headers

    def _connect(self, key: str) -> Any:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

        timeout = Timeout(self.timeout_s, connect=self.timeout_s * CONNECT_SHARE)
        return AsyncOpenAI(
            api_key=key,
            base_url=self.base_url or self.home,
            max_retries=0,
            timeout=timeout,
            http_client=DefaultAsyncHttpxClient(timeout=timeout, event_hooks={"response": [stay]}),
        )

    def _said(self, body: Mapping[str, Any]) -> Said:
        choice = _first(body)
        if choice is None:
            return Said(None, "empty", "no choices")
        message, reason = choice.get("message") or {}, choice.get("finish_reason")
        text, refusal = message.get("content") or None, message.get("refusal")
        if refusal:
            return Said(text, "refused", f"refusal: {refusal}")
        finish = FINISH.get(reason, "length")
        if text is None and finish == "stop":
            finish = "empty"
        return Said(text, finish, None if finish == "stop" else f"finish_reason {reason}")

    def _billed(self, body: Mapping[str, Any]) -> Billed:
        usage = body.get("usage") or {}
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        used = Used(usage.get("prompt_tokens"), usage.get("completion_tokens"), cached)
        return Billed(used, body.get("model"), body.get("service_tier"))

    def _blocked(self) -> Used:
        """Return what is charged: OpenAI takes nothing, Azure something that it does not tell."""
        host = urlsplit(self.base_url or self.home).hostname or ""
        return Used(None, None) if host.endswith(AZURE) else super()._blocked()

    def _tokens(self, body: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Iterable[tuple[Any, Any]]]]:
        choice = _first(body) or {}
        for one in (choice.get("logprobs") or {}).get("content") or ():
            tops = one.get("top_logprobs") or ()
            yield one["token"], one["logprob"], [(top["token"], top["logprob"]) for top in tops]


def _first(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    choices = body.get("choices")
    return choices[0] if choices else None


def _video_clock(clip: Clip) -> dict[str, Any]:
    """Return when the frames of a video are, on a clock of milliseconds: nothing is sampled anew."""
    return {
        "fps": MILLISECONDS,
        "frames_indices": [round(frame.time_s * MILLISECONDS) for frame in clip.frames],
        "total_num_frames": round(clip.duration_s * MILLISECONDS),
        "duration": clip.duration_s,
        "do_sample_frames": False,
    }
