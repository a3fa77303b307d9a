"""How a reply is kept: its body exactly as it came, with the few headers that are worth keeping beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

KEPT_HEADERS = ("date", "x-request-id", "request-id")


@dataclass(frozen=True)
class Envelope:
    """A stored reply, opened.

    Parameters
    ----------
    body : mapping
        The reply; empty where the body was no JSON object.
    headers : mapping of str to str
        Those of `KEPT_HEADERS` that came with it, in lower case.
    tier : str or None
        "batch" for a reply that came through a batch, at half price.
    """

    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    tier: str | None = None

    @property
    def answered_at(self) -> datetime | None:
        """When the provider answered, by its own clock; prices change, and a stored reply keeps its own."""
        return clock(self.headers.get("date"))


def clock(date: str | None) -> datetime | None:
    """Return the time of an HTTP date, in UTC where it names no zone; None where there is none."""
    try:
        time = parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time


def sealed(body: str, headers: Mapping[str, str], *, tier: str | None = None) -> str:
    """Return a reply as the JSON text that is stored: the body stands in it letter by letter.

    The body has to be JSON (`parsed`).
    """
    lower = {name.lower(): value for name, value in headers.items()}
    kept = json.dumps({name: lower[name] for name in KEPT_HEADERS if name in lower})
    return f'{{"headers": {kept}, "tier": {json.dumps(tier)}, "body": {body}}}'


def parsed(text: str) -> Any:
    """Return what a text says as JSON; None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def opened(raw: str) -> Envelope:
    """Open a stored reply; whatever does not belong there is taken for an empty one."""
    stored = parsed(raw)
    stored = stored if isinstance(stored, dict) else {}
    body, headers = stored.get("body"), stored.get("headers")
    return Envelope(
        body if isinstance(body, dict) else {},
        headers if isinstance(headers, dict) else {},
        stored.get("tier"),
    )
