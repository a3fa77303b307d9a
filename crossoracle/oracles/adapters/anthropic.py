"""Anthropic Claude, by its messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from crossoracle.oracles.adapters.connection import CONNECT_SHARE, stay
from crossoracle.oracles.adapters.labelled import base64_text, labelled
from crossoracle.oracles.adapters.prices import Used
from crossoracle.oracles.adapters.remote import Billed, Remote, Said
from crossoracle.oracles.oracle import Finish, Question

FINISH: dict[str | None, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    None: "stop",
    "max_tokens": "length",
    "refusal": "refused",
}


@dataclass(frozen=True, kw_only=True)
class Anthropic(Remote):
    """A model behind Anthropic's messages; `Remote` has its options.

    There are no probabilities of tokens, and no seed.
    """

    provider: ClassVar[str] = "anthropic"
    library: ClassVar[str] = "anthropic"
    home: ClassVar[str] = "https://api.anthropic.com"
    usual_key_env: ClassVar[str] = "ANTHROPIC_API_KEY"
    own_hosts: ClassVar[tuple[str, ...]] = ("api.anthropic.com",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check(
            {
                "seed": (self.seed is None, "none: these models take no seed"),
                "logprobs": (not self.logprobs, "none: these models tell no probabilities"),
            }
        )

    def request(self, question: Question, *, logprobs: bool, structured: bool) -> dict[str, Any]:
        """Return the body of the request: the prompt, then each frame after its label."""
        content: list[dict[str, Any]] = [{"type": "text", "text": question.prompt}]
        for text, picture in labelled(question.clip):
            data = {"type": "base64", "media_type": "image/jpeg", "data": base64_text(picture)}
            content += [{"type": "text", "text": text}, {"type": "image", "source": data}]
        output: dict[str, Any] = {"effort": self.reasoning_effort} if self.reasoning_effort else {}
        if structured:
            output["format"] = {"type": "json_schema", "schema": _supported(question.schema)}
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": self.max_output_tokens,
            "temperature": self.temperature,
            "service_tier": self.service_tier,
            "output_config": output or None,
        }
        return {name: value for name, value in body.items() if value is not None}

    async def _send(self, client: Any, request: dict[str, Any]) -> tuple[str, Mapping[str, str]]:
        # What is in extra_body goes out as it is. The SDK has no arguments for some options that older models
        # and other servers take (temperature), and would first walk through messages of many frames.
        reply = await client.messages.with_raw_response.create(
            model=request["model"], max_tokens=request["max_tokens"], messages=[], extra_body=request
        )
        return reply.http_response.text, reply.headers

    def _connect(self, key: str) -> Any:
        from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient, Timeout

        timeout = Timeout(self.timeout_s, connect=self.timeout_s * CONNECT_SHARE)
        # The one that the SDK makes for itself complains on stderr when the environment is wrong.
        return AsyncAnthropic(
            api_key=key,
            base_url=self.base_url or self.home,
            max_retries=0,
            timeout=timeout,
            http_client=DefaultAsyncHttpxClient(timeout=timeout, event_hooks={"response": [stay]}),
        )

    def _wanted(self, option: str) -> bool:
        return option != "logprobs" and super()._wanted(option)

    def _said(self, body: Mapping[str, Any]) -> Said:
        texts = [block.get("text", "") for block in body.get("content") or () if block.get("type") == "text"]
        text, reason = "".join(texts) or None, body.get("stop_reason")
        finish = FINISH.get(reason, "length")
        if text is None and finish == "stop":
            finish = "empty"
        return Said(text, finish, None if finish == "stop" else f"stop_reason {reason}")

    def _billed(self, body: Mapping[str, Any]) -> Billed:
        """Return what is charged; what was read from a cache or written to it is counted apart there."""
        usage = body.get("usage") or {}
        read, written = (usage.get(f"cache_{how}_input_tokens") or 0 for how in ("read", "creation"))
        fresh = usage.get("input_tokens")
        given = None if fresh is None else fresh + read + written
        used = Used(given, usage.get("output_tokens"), read, written)
        return Billed(used, body.get("model"), usage.get("service_tier"))


def _supported(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema as these models enforce it: limits that they do not know become descriptions."""
    from anthropic import transform_schema

    return dict(transform_schema(dict(schema)))
