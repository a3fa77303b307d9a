"""What went wrong on the way to a provider, in one line, and whether it is worth trying again.

A failure is *transient* when the same call may succeed later: time-outs, lost connections, 408, 409, 425, 429
and everything from 500 on, but no spent quota. It is *possibly paid* when the request was out and nobody said
that it failed: the reply did not come in time, the connection broke before it was whole, or somebody on the
way gave up waiting (`GATEWAY`). A provider that answers with another error does not charge for it.

An error that says that the content was filtered is none of these: it is an answer, a refusal, and will not be
another one when asked again (`Blocked`).
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from crossoracle.oracles.adapters.envelope import clock
from crossoracle.oracles.oracle import CallFailed

Reply = TypeVar("Reply")

TRANSIENT = frozenset({408, 409, 425, 429})
GATEWAY = frozenset({408, 499, 502, 504, 520, 522, 524, 598, 599})
"""What gateways say when they waited in vain for a model, which may have worked all the same."""

SPENT = ("insufficient_quota", "billing_hard_limit", "credit balance")
SDKS = frozenset({"openai", "anthropic", "google", "httpx", "httpx2", "httpcore", "httpcore2"})
NOT_SENT = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "LocalProtocolError",
        "PoolTimeout",
        "UnsupportedProtocol",
        "WriteError",
        "WriteTimeout",
    }
)
SECRETS = re.compile(r"\b(?:sk-|AIza|Bearer\s+)[\w*.\-+/=~]+")
PASSWORDS = re.compile(r"(?<=://)[^\s/@]+@")
SHORTEST = 4  # of the parts of a key that are looked for by themselves
DELAY = re.compile(r"[0-9]{1,9}(\.[0-9]+)?s")
PICTURES = re.compile(r"[A-Za-z0-9+/_=-]{200,}")
LONGEST = 400
ADVICE = {
    401: "; check the key in {key_env}",
    403: "; check what the key in {key_env} may do",
    404: "; check `model` and `base_url` of this oracle",
    413: "; show fewer or smaller frames",
} | dict.fromkeys(
    (301, 302, 303, 307, 308), "; calls are not sent on to another server, nor is a key: check `base_url`"
)
KEYLESS = dict.fromkeys(
    (401, 403), '; no key was sent: if this server needs one, name its variable, api_key_env = "NAME"'
)
"""Advice where no key was sent, because none is named for a server that is not the provider's own."""

FILTERED = (
    "content_filter",
    "content management policy",
    "responsibleaipolicyviolation",  # these three: Azure
    "content_policy_violation",
    "contentpolicyviolation",
    "moderation_blocked",
    "flagged as potentially violating",  # these four: OpenAI, and gateways such as LiteLLM
    "content filtering policy",  # Anthropic
    "flagged_input",
    "requires moderation",  # these two: OpenRouter, with status 403
    "data_inspection_failed",  # DashScope
)
"""Words by which an error is known to say, in small letters, that the content was refused."""

NEVER_FILTERED = frozenset({401, 402, 408, 429})
FILTERED_CODES = frozenset(word for word in FILTERED if " " not in word)
"""What says so as the code of an error from 500 on, whose words may tell that the filter is out of order."""


@dataclass(frozen=True)
class Wire:
    """Whom a call goes to, and what must not be said about it.

    Parameters
    ----------
    name : str
        For messages: provider, model and address.
    key_env : str or None
        The environment variable of the key; None where no key is sent.
    key : str or None
        The key itself; it is taken out of every message.
    """

    name: str
    key_env: str | None
    key: str | None = field(default=None, repr=False)

    def clean(self, said: str, longest: int = LONGEST) -> str:
        """Return what was said on one line, without keys and pictures; only then is it cut short."""
        text = said
        for spelling in _spellings(self.key) if self.key else ():
            text = text.replace(spelling, "[key]")
        text = PASSWORDS.sub("[...]@", SECRETS.sub("[key]", text))
        text = " ".join(PICTURES.sub("[...]", text).split())
        return text if len(text) <= longest else f"{text[:longest]}..."

    def failure(
        self,
        said: str,
        *,
        transient: bool,
        retry_after_s: float | None = None,
        status: int | None = None,
        possibly_paid: bool = False,
        advice: str = "",
    ) -> CallFailed:
        """Return a failure whose message names the wire, and holds neither keys nor pictures."""
        return CallFailed(
            f"{self.name}: {self.clean(said)}{advice}",
            transient=transient,
            retry_after_s=retry_after_s,
            status=status,
            possibly_paid=possibly_paid,
        )

    def unsent(self, what: str, error: Exception, advice: str = "") -> CallFailed:
        """Return a failure of what comes before a request is sent; nothing can have been paid."""
        return self.failure(f"{what} ({type(error).__name__}: {error})", transient=False, advice=advice)


class Blocked(CallFailed):
    """A provider refused what it was shown; nothing will change that.

    Parameters
    ----------
    failure : CallFailed
        The same as a failure: for whoever has no use for a refusal.
    said : str
        What the provider said of it, without keys and pictures.
    """

    def __init__(self, failure: CallFailed, said: str) -> None:
        super().__init__(str(failure), transient=False, status=failure.status)
        self.said = said

    @property
    def reply(self) -> dict[str, Any]:
        """The body that is stored: an error, which no other reply has."""
        return {"error": {"status": self.status, "message": self.said}}


async def carried(call: Awaitable[Reply], wire: Wire, timeout_s: float) -> Reply:
    """Await a call of an SDK, for so long at most.

    What the SDK raised is not kept as a cause: its text, and the request it holds, may have keys in them.

    Raises
    ------
    CallFailed
        The call brought no reply.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await call
    except TimeoutError:
        failed = wire.failure(
            f"no reply within {timeout_s:g} s (`timeout_s`)", transient=True, possibly_paid=True
        )
    except UnicodeEncodeError as error:  # of a header or of the body
        failed = wire.unsent("the request could not be sent", error)
    except ValueError as error:  # an SDK stumbled over what it sent, or over what came
        said = f"the SDK gave up ({type(error).__name__}: {error})"
        failed = wire.failure(said, transient=False, possibly_paid=True)
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in SDKS:
            raise
        failed = translated(error, wire)
    raise failed


def translated(error: Exception, wire: Wire) -> CallFailed:
    """Return what an SDK raised as a failure."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if not isinstance(status, int):
        return _broken(error, wire)
    body = getattr(error, "body", None) or getattr(error, "details", None)
    return refused(
        status, body if body is not None else str(error), wire, response.headers if response else {}
    )


def refused(status: int, body: object, wire: Wire, headers: Mapping[str, str] | None = None) -> CallFailed:
    """Return an error that the provider answered with.

    Parameters
    ----------
    status : int
        The HTTP status.
    body : object
        What came with it, as JSON or text.
    wire : Wire
        Whom it came from.
    headers : mapping, optional
        For Retry-After.
    """
    said = _said(body)
    spent = any(word in said.lower() for word in SPENT)
    advice = (ADVICE if wire.key_env else ADVICE | KEYLESS).get(status, "").format(key_env=wire.key_env)
    if status in (400, 422) and "temperature" in said.lower():
        advice = "; take `temperature` out of this oracle's options"
    failure = wire.failure(
        f"HTTP {status}: {said}",
        transient=(status in TRANSIENT or status >= 500) and not spent,
        retry_after_s=_retry_after_s(headers or {}, body),
        status=status,
        possibly_paid=status in GATEWAY,
        advice=advice,
    )
    if status not in NEVER_FILTERED and _filters(status, body):
        said = wire.clean(f"HTTP {status}: {said}")
        return Blocked(wire.failure(said, transient=False, status=status), said)
    return failure


def _filters(status: int, body: object) -> bool:
    """Whether an error says that the content was refused, in whatever way a provider wraps it."""
    if status >= 500:
        return not FILTERED_CODES.isdisjoint(_codes(body))
    text = body if isinstance(body, str) else json.dumps(body, default=str)
    return any(word in text.lower() for word in FILTERED)


def _codes(body: Any) -> Iterator[str]:
    """Yield, in small letters, what a body names as the code or type of its error or of an inner one."""
    if isinstance(body, list):
        body = body[0] if body else None
    for name in ("code", "type", "error", "innererror") if isinstance(body, Mapping) else ():
        found = body.get(name)
        if isinstance(found, Mapping):
            yield from _codes(found)
        elif isinstance(found, str):
            yield found.lower()


def _spellings(key: str) -> list[str]:
    """Return how a key may stand in a message: as it is, escaped, or broken up by its odd characters."""
    parts = [part for part in re.split(r"[^\x21-\x7e]+", key) if len(part) >= SHORTEST]
    spelled = {key, repr(key)[1:-1], json.dumps(key)[1:-1], quote(key, safe=""), *parts}
    return sorted(filter(None, spelled), key=len, reverse=True)


def _broken(error: Exception, wire: Wire) -> CallFailed:
    """Return a failure of the connection; whether the request was out is told by the lowest cause."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    names = [kind.__name__ for each in (error, cause) for kind in type(each).__mro__]
    unsent = not NOT_SENT.isdisjoint(names)
    said = str(cause) or type(cause).__name__
    sent = "no connection" if unsent else "the connection broke before the reply was whole"
    return wire.failure(f"{sent} ({said})", transient=True, possibly_paid=not unsent)


def _said(body: object) -> str:
    """Return the error type and message of a body, in whatever way a provider wraps them."""
    found = body[0] if isinstance(body, list) and body else body
    if isinstance(found, Mapping) and isinstance(found.get("error"), Mapping):
        found = found["error"]
    if not isinstance(found, Mapping):
        return str(found)
    kind = found.get("code") if isinstance(found.get("code"), str) else found.get("type", found.get("status"))
    said = found.get("message", found.get("detail", found.get("error", found)))
    return f"{kind}: {said}" if isinstance(kind, str) else str(said)


def _retry_after_s(headers: Mapping[str, str], body: object) -> float | None:
    """Return how many seconds to wait: from Retry-After (seconds or a date), or from Google's RetryInfo."""
    asked = headers.get("retry-after")
    if asked is None:
        return _retry_info_s(body)
    try:
        seconds = float(asked)
        return max(seconds, 0.0) if math.isfinite(seconds) else None
    except ValueError:
        until = clock(asked)
    now = clock(headers.get("date")) or datetime.now(UTC)
    return max((until - now).total_seconds(), 0.0) if until is not None else None


def _retry_info_s(body: object) -> float | None:
    error: Any = body.get("error", body) if isinstance(body, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else []:
        delay = detail.get("retryDelay") if isinstance(detail, Mapping) else None
        if isinstance(delay, str) and DELAY.fullmatch(delay):
            return float(delay[:-1])
    return None
