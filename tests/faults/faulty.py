"""The chat-completions server of the torture, some of whose calls fail in one of many ways.

``python -m tests.faults.faulty LOG DELAY_S SHARE``: as ``tests.oracles.runner.server``, but a share of calls
fails.
A reply counts as gone out only where all of it did.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.oracles.runner import server
from tests.oracles.runner.server import Serving

FAULTS = (
    "429 Too Many Requests",
    "500 Internal Server Error",
    "503 Service Unavailable",
    "502 Bad Gateway",
    "504 Gateway Timeout",
    "hang up",
    "hang up halfway",
    "a page",
)


class Faulty(server.Model):
    """Answers, or does not."""

    def __init__(self, log: Path, delay_s: float, share: float) -> None:
        super().__init__(log, delay_s)
        self._drawn, self._share = random.Random(5), share

    async def _answered(self, body: bytes) -> bytes:
        if self._drawn.random() >= self._share:
            return await super()._answered(body)
        found = server.VIDEO.search(body)
        self._write(f"in {found[1].decode() if found else 'none'}")
        fault = self._drawn.choice(FAULTS)
        if fault == "hang up":
            raise ConnectionError(fault)
        if fault == "hang up halfway":
            return b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{"id": '
        text = b"<html>sorry</html>"
        status = "200 OK" if fault == "a page" else fault
        again = "Retry-After: 0\r\n" if fault.startswith("429") else ""
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{again}Content-Length: {len(text)}\r\n\r\n"
        return head.encode() + text

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request of a connection: half a reply is followed by nothing."""
        closing = _Closing(writer)
        await super().talk(reader, closing)


class _Closing:
    """A writer that hangs up after a reply that is not whole."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer, self._half = writer, False

    def write(self, data: bytes) -> None:
        self._half = b"Content-Length: 4000" in data
        self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()
        if self._half:
            raise ConnectionError("halfway")

    def close(self) -> None:
        self._writer.close()


@contextmanager
def failing(log: Path, delay_s: float, share: float) -> Iterator[Serving]:
    """Run the server for the length of a ``with`` block."""
    command = [sys.executable, "-m", __name__, str(log), str(delay_s), str(share)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Serving(process.stdout.readline().strip(), log)
    finally:
        process.communicate()


async def main(log: Path, delay_s: float, share: float) -> None:
    serving = await asyncio.start_server(Faulty(log, delay_s, share).talk, "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{serving.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    serving.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
