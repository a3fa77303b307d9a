"""The way to a provider: its address, its key, and the SDK's client while it is in use.

A key goes to whom it belongs. The provider's own variable is read for the provider's own servers alone; any
other server gets the key whose variable is named for it (``api_key_env``), or a word that is none.
"""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from crossoracle.errors import CrossoracleError
from crossoracle.oracles.adapters.failures import Wire
from crossoracle.oracles.oracle import CallFailed, Capabilities

NO_KEY = "none"
"""What a server is sent in place of a key; the SDKs insist on sending something."""

CONNECT_SHARE = 1 / 3
"""Of `timeout_s`, for a connection to be made and again for its encryption.

Less than half, so that it is known that nothing was sent before the time for the whole call is up.
"""


@dataclass
class Line:
    """What an adapter holds while it is in use.

    A client of an event loop, what carries its calls where that is ours to close, and what was found out.
    """

    client: Any = None
    carrier: Any = None
    loop: asyncio.AbstractEventLoop | None = None
    found: Capabilities = field(default_factory=Capabilities)


@dataclass(frozen=True, kw_only=True)
class Connection(ABC):
    """How a model is reached.

    Parameters
    ----------
    model : str
        Which one, as its provider calls it; pin a snapshot where there are any.
    base_url : str, optional
        Another address than the provider's usual one, with http:// or https://.
    api_key_env : str, optional
        The environment variable that holds the key; the key itself is never an option. By default the
        provider's own variable, which is read for the provider's own servers alone, by https: to any other
        base_url no key is sent unless its variable is named here.
    timeout_s : float
        How long one call may take.
    """

    model: str
    base_url: str | None = None
    api_key_env: str | None = None
    timeout_s: float = 120.0
    _line: Line = field(default_factory=Line, init=False, repr=False, compare=False)

    provider: ClassVar[str]
    home: ClassVar[str]
    usual_key_env: ClassVar[str]
    own_hosts: ClassVar[tuple[str, ...]]
    """The hosts that belong to the provider, and all below them."""

    @property
    def at_home(self) -> bool:
        """Whether calls go to the provider's own servers, where nobody on the way can read them."""
        parts = urlsplit(self.base_url or self.home)
        host = parts.hostname or ""
        ours = any(host == own or host.endswith(f".{own}") for own in self.own_hosts)
        return ours and parts.scheme == "https"

    @property
    def key_env(self) -> str | None:
        """The environment variable that the key is read from; None where no key is sent."""
        return self.api_key_env or (self.usual_key_env if self.at_home else None)

    def wire(self) -> Wire:
        """Return whom calls go to, for messages without secrets."""
        return Wire(f"{self.provider} {self.model} at {self._address()}", self.key_env, self._key())

    def client(self) -> Any:
        """Return the SDK's client, made when it is first needed, for the event loop that is running.

        Raises
        ------
        CallFailed
            There is no key, or it can be none; or the environment keeps the SDK from making a client.
        """
        loop = asyncio.get_running_loop()
        if self._line.client is None or self._line.loop is not loop:
            wrong = key_wrong(self.key_env) if self.key_env else None
            if wrong is not None:
                raise self.wire().failure(wrong, transient=False)
            self._line.client, self._line.loop = self._connected(self._key() or NO_KEY), loop
        return self._line.client

    def _connected(self, key: str) -> Any:
        """Make a client; what the SDK's own variables hold goes to the provider's own servers alone."""
        own = f"{self.usual_key_env.partition('_')[0]}_"
        try:
            with _hidden("" if self.at_home else own):
                return self._connect(key)
        except CrossoracleError:
            raise
        except Exception as error:
            failed = self._unmade(error)
        raise failed

    def _unmade(self, error: Exception) -> CallFailed:
        advice = "; see to the proxies (ALL_PROXY and the like) and SSL_CERT_FILE in the environment"
        return self.wire().unsent("no client could be made", error, advice)

    @abstractmethod
    def _connect(self, key: str) -> Any:
        """Make a client: no retries, explicit address."""

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._line.client = self._line.client, None
        if client is not None:
            await self._disconnect(client)

    async def _disconnect(self, client: Any) -> None:
        await client.close()

    def _key(self) -> str | None:
        return key_in(self.key_env) if self.key_env else None

    def _address(self) -> str:
        """Return where calls go, without a name, a password or a query."""
        parts = urlsplit(self.base_url or self.home)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


async def stay(response: Any) -> None:
    """Let no redirect lead to another server; a hook for the responses that an SDK's client gets.

    A client that follows one takes along the headers that it does not know for keys, and what was asked. So
    such an answer counts as any other error: it has no place that it leads to. Within a server, calls may be
    sent on (Gemini's downloads are).
    """
    place = response.headers.get("location")
    if place is None:
        return
    here, there = response.url, response.url.join(place)
    if (here.scheme, here.host, here.port) != (there.scheme, there.host, there.port):
        del response.headers["location"]


def key_in(variable: str) -> str | None:
    """Return the key that an environment variable holds, without the line end that files leave behind it."""
    return os.environ.get(variable, "").strip() or None


def key_wrong(variable: str) -> str | None:
    """Return what is wrong with the key in a variable, without telling the key; None if nothing is."""
    key = key_in(variable)
    if key is None:
        return f"found no key; set the environment variable {variable}"
    if not (key.isascii() and key.isprintable()):
        said = "holds characters that no key has (line breaks, or others than ASCII)"
        return f"the environment variable {variable} {said}; set it to the key alone"
    return None


@contextmanager
def _hidden(prefix: str) -> Iterator[None]:
    """Take variables out of the environment for a moment; by no prefix, none.

    The SDKs read headers from variables of their own, and send them to whatever server they are given.
    """
    names = [name for name in os.environ if prefix and name.startswith(prefix)]
    taken = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(taken)
