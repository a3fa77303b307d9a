"""What the adapters of remote models share: options, connection, capabilities, and one call at a time.

A reply is stored as it came and read later (`Remote.read`); nothing is retried here but one thing: where an
option was left open (``logprobs``, ``structured``) and the server refuses it, the question is put again
without it. A refused request is not paid, and what was found is remembered (`Remote.capabilities`).
"""

from __future__ import annotations

import asyncio
import json
import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.metadata import version
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from crossoracle.errors import CrossoracleError, InputError
from crossoracle.oracles.adapters.connection import Connection
from crossoracle.oracles.adapters.envelope import Envelope, opened, parsed, sealed
from crossoracle.oracles.adapters.failures import Blocked, Wire, carried, refused
from crossoracle.oracles.adapters.labelled import probe_question
from crossoracle.oracles.adapters.prices import Used, cost_usd
from crossoracle.oracles.adapters.probability import Position, decided
from crossoracle.oracles.oracle import Answer, CallFailed, Capabilities, Finish, Question

LAYOUT = 1
"""How a question is laid out; counts up when that changes what a model sees."""

UNSEEN = frozenset({"api_key_env", "timeout_s", "service_tier", "priced_as"})
"""Options on which no answer depends: how a model is paid for, and how long it may take."""

ODD = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)
"""How a reply shows that it is not laid out as its provider does; what else it holds is not lost for that."""

STATUS = re.compile("[45][0-9]{2}")
"""A status of HTTP, where an error has it as its code, as a number or as text."""

REFUSABLE = {
    "logprobs": ("logprob",),
    "structured": (
        "response_format",
        "responsejsonschema",
        "response_json_schema",
        "responsemimetype",
        "json_schema",
        "structured",
        "output_config",
        "guided",
        "json mode",
    ),
}
"""Options that a server may refuse, with the words by which its error is known to speak of them."""


@dataclass(frozen=True)
class Said:
    """What a model wrote, why it stopped, and what its provider said beside that."""

    text: str | None
    finish: Finish
    detail: str | None = None


@dataclass(frozen=True)
class Billed:
    """What is charged for a reply: tokens, the snapshot that answered, and the service tier."""

    used: Used
    model: str | None = None
    tier: str | None = None


@dataclass(frozen=True, kw_only=True)
class Remote(Connection):
    """A model behind an API.

    Parameters
    ----------
    model, base_url, api_key_env, timeout_s
        As for `Connection`.
    temperature : float, optional
        Of sampling; the model's own by default. Some models refuse it.
    seed : int, optional
        Of sampling; sample i is asked with seed + i.
    max_output_tokens : int
        Thoughts included.
    reasoning_effort : str, optional
        How long a model may think, in its provider's words.
    logprobs : bool, optional
        Whether to ask how probable each token was, which is where P(YES) is read; by default unless the
        server refuses it.
    structured : bool, optional
        Whether to have the server hold the reply to its schema; by default unless the server refuses it.
    service_tier : str, optional
        Such as "flex" at half price.
    priced_as : str, optional
        The name of another model in the price list, or "free".
    """

    temperature: float | None = None
    seed: int | None = None
    max_output_tokens: int = 4096
    reasoning_effort: str | None = None
    logprobs: bool | None = None
    structured: bool | None = None
    service_tier: str | None = None
    priced_as: str | None = None

    library: ClassVar[str]

    def __post_init__(self) -> None:
        self._check(
            {
                "model": (bool(self.model), "the name of a model"),
                "temperature": (self.temperature is None or self.temperature >= 0, "0 or more"),
                "max_output_tokens": (self.max_output_tokens > 0, "1 or more"),
                "timeout_s": (self.timeout_s > 0, "seconds, more than 0"),
            }
        )

        self._check_address()

    def _check_address(self) -> None:
        parts = urlsplit(self.base_url or self.home)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            shown = "" if "@" in str(self.base_url) else f" = {self.base_url!r}"  # it may hold a password
            raise InputError(
                f"{self.provider}: base_url{shown}; expected an address that begins with http:// or https://"
            )

    def _check(self, checks: Mapping[str, tuple[bool, str]]) -> None:
        for name, (fits, expected) in checks.items():
            if not fits:
                raise InputError(f"{self.provider}: {name} = {getattr(self, name)!r}; expected {expected}")

    def describe(self, question: Question) -> dict[str, Any]:
        """Return, as JSON, all that the answer depends on.

        The schema stands as text, since the order of its properties matters. Of the SDK only the major
        version counts: minor ones do not change what a model is asked, and nothing is paid for twice.
        """
        asked = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        described = {name: value for name, value in asked.items() if name not in UNSEEN}
        described |= {
            "provider": self.provider,
            "base_url": self._address(),
            "library": _major(self.library),
            "layout": LAYOUT,
            "kind": question.kind,
            "prompt": question.prompt,
            "prompt_digest": question.prompt_digest,
            "schema": json.dumps(question.schema),
            "clip": question.clip.digest,
            "sample": question.sample,
        }
        return dict(json.loads(json.dumps(described, sort_keys=True)))

    @abstractmethod
    def request(self, question: Question, *, logprobs: bool, structured: bool) -> dict[str, Any]:
        """Return the body of the request, as it goes over the wire."""

    async def ask(self, question: Question) -> str:
        """Put the question, and return the reply as it came (`crossoracle.oracles.adapters.envelope`).

        Raises
        ------
        CallFailed
            No reply; nothing is retried but what a server refused to do and need not. An error that says
            that the content was refused is a reply, too.
        """
        wire, client = self.wire(), self.client()
        while True:
            shape = self.shape()
            request = await self._laid_out(question, shape, wire)
            try:
                body, headers = await carried(self._send(client, request), wire, self.timeout_s)
                return self._received(body, headers, wire)
            except Blocked as blocked:
                return sealed(json.dumps(blocked.reply), {})
            except CallFailed as failure:
                blamed = self._blamed(failure, shape)
                if blamed is None:
                    raise
            self._line.found = replace(self._line.found, **{blamed: False})

    async def _laid_out(self, question: Question, shape: Mapping[str, bool], wire: Wire) -> dict[str, Any]:
        """Return the body of a request; where it cannot be made, nothing was sent."""
        try:
            return await asyncio.to_thread(self.request, question, **shape)
        except CrossoracleError:
            raise
        except Exception as error:
            failed = wire.unsent("the request could not be made", error)
        raise failed

    @abstractmethod
    async def _send(self, client: Any, request: dict[str, Any]) -> tuple[str, Mapping[str, str]]:
        """Send a request; return the body of the reply and its headers."""

    def _received(self, body: str, headers: Mapping[str, str], wire: Wire) -> str:
        reply = parsed(body)
        if not isinstance(reply, dict):
            said = f"answered with something that is no reply ({wire.clean(body, 80)})"
            raise wire.failure(
                said, advice="; check `base_url`", transient=True, status=200, possibly_paid=True
            )
        error = reply.get("error")
        if error:
            # Gateways (OpenRouter, LiteLLM) report upstream errors under status 200.
            code = str(error.get("code")) if isinstance(error, dict) else ""
            failure = refused(int(code) if STATUS.fullmatch(code) else 500, error, wire)
            # The model may have worked until then; only an error of the asker is surely free.
            failure.possibly_paid |= failure.status is None or failure.status >= 500
            raise failure
        return sealed(body, headers)

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply apart; pure, so that it can be done again."""
        envelope = opened(raw)
        said, billed = self._taken_apart(envelope.body), self._charged(envelope.body)
        decision = decided(said.text, self._positions(envelope.body))
        notes = [said.detail] if said.detail else []
        if decision is not None and decision.suspect:
            notes.append(f"low label mass {decision.mass:.2g}")
        return Answer(
            text=said.text,
            finish=said.finish,
            p_yes=decision.yes if decision else None,
            p_source="logprobs" if decision else None,
            label_mass=decision.mass if decision else None,
            model=billed.model,
            input_tokens=billed.used.input_tokens,
            output_tokens=billed.used.output_tokens,
            cost_usd=self._cost_usd(billed, envelope),
            detail="; ".join(notes) or None,
        )

    @abstractmethod
    def _said(self, body: Mapping[str, Any]) -> Said:
        """Return what a model wrote."""

    @abstractmethod
    def _billed(self, body: Mapping[str, Any]) -> Billed:
        """Return what is charged."""

    def _tokens(self, body: Mapping[str, Any]) -> Iterable[tuple[Any, Any, Iterable[tuple[Any, Any]]]]:
        """Return each token of a reply, its logprob, and the alternatives with theirs."""
        return ()

    def _taken_apart(self, body: Mapping[str, Any]) -> Said:
        if error := body.get("error"):  # stored by `ask`
            return Said(
                None, "refused", f"blocked: {error.get('message')}" if isinstance(error, dict) else None
            )
        try:
            said = self._said(body)
        except ODD as error:
            return Said(None, "empty", f"not laid out as a reply: {error!r}")
        if said.text is None or isinstance(said.text, str):
            return said
        return Said(None, "empty", f"not laid out as a reply: found {type(said.text).__name__} as its text")

    def _charged(self, body: Mapping[str, Any]) -> Billed:
        """Return what is charged, as far as a server says it in the usual way."""
        if body.get("error"):
            return Billed(self._blocked())
        try:
            billed = self._billed(body)
        except ODD:
            return Billed(Used(None, None))
        model, tier = (each if isinstance(each, str) else None for each in (billed.model, billed.tier))
        return Billed(billed.used.counted(), model, tier)

    def _blocked(self) -> Used:
        """Return what is charged for an error that says that the content was refused."""
        return Used(0, 0)

    def _positions(self, body: Mapping[str, Any]) -> list[Position]:
        """Return the tokens of a reply; none where a server lays them out in a way of its own."""
        try:
            return [
                Position(str(token), float(logprob), tuple((str(other), float(p)) for other, p in others))
                for token, logprob, others in self._tokens(body)
            ]
        except ODD:
            return []

    def _cost_usd(self, billed: Billed, envelope: Envelope) -> float | None:
        return cost_usd(
            billed.used,
            self.priced_as or billed.model or self.model,
            provider=self.provider,
            url=None if self.priced_as else self.base_url,
            tier=envelope.tier or billed.tier or self.service_tier,
            at=envelope.answered_at,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What was found out so far."""
        return self._line.found

    def recall(self, capabilities: Capabilities) -> None:
        """Take over what was found out earlier, so that nothing need be found out again."""
        self._line.found = capabilities

    async def probe(self) -> Capabilities:
        """Find out, by a question about a grey frame, what the model can do; and remember it.

        Raises
        ------
        CallFailed
            The question brought no reply.
        """
        question = probe_question()
        raw = await self.ask(question)
        body = opened(raw).body
        if body.get("error"):  # it says nothing of what the model can do
            raise self.wire().failure(str(self._taken_apart(body).detail), transient=False)
        found = Capabilities(
            logprobs=self._wanted("logprobs") and bool(self._positions(body)),
            structured=self._wanted("structured")
            and isinstance(parsed(self._taken_apart(body).text or ""), dict),
            native_video=await self._takes_video(question),
        )
        self.recall(found)
        return found

    async def _takes_video(self, question: Question) -> bool | None:
        """Ask the same with ``media = "video"``, where there is such an option."""
        if not any(each.name == "media" for each in fields(self)):
            return False
        other: Remote = replace(cast(Any, self), media="video")
        other.recall(self.capabilities)
        try:
            await other.ask(question)
        except CallFailed as failure:
            return None if failure.transient and failure.status != 500 else False
        finally:
            await other.close()
        return True

    def shape(self) -> dict[str, bool]:
        """Return what requests ask for now, as arguments of `request`."""
        return {name: self._wanted(name) for name in REFUSABLE}

    def _wanted(self, option: str) -> bool:
        """Whether to ask for something: as the options say, else unless it was refused."""
        asked = getattr(self, option)
        return bool(asked) if asked is not None else getattr(self._line.found, option) is not False

    def _blamed(self, failure: CallFailed, shape: Mapping[str, bool]) -> str | None:
        """Return the option that a server refused, if it was sent and was left open."""
        if failure.status not in (400, 422):
            return None
        said = str(failure).lower()
        for option, words in REFUSABLE.items():
            if shape[option] and getattr(self, option) is None and any(word in said for word in words):
                return option
        return None


@cache
def _major(library: str) -> str:
    return f"{library} {version(library).partition('.')[0]}"
