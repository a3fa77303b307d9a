"""A chat-completions server in a process of its own: fast, deterministic, and it writes down what it did.

``python -m tests.oracles.runner.server LOG DELAY_S`` prints its address, and appends a line to LOG for every
request that came in ("in VIDEO") and every reply that went out ("out VIDEO"). It ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

VIDEO = re.compile(rb"video ([\w-]+)\b")
SEGMENTS = 4


def reply(video: str, asked: str) -> dict[str, object]:
    """Return what the model says of a video: the same each time it is asked in the same words."""
    drawn = sha256(video.encode()).digest()
    presence = "NO" if drawn[0] < 40 else "YES"
    segments = [
        {"segment": i, "importance": drawn[i + 1] % 101, "phase": "action", "reason": "seen"}
        for i in range(SEGMENTS)
    ]
    text = {"presence": presence, "confidence": 90, "evidence": "seen", "segments": segments}
    if asked == "verify":
        text = {"decision": presence, "confidence": 90, "evidence": "seen"}
    else:
        text["important"] = [max(range(SEGMENTS), key=lambda i: drawn[i + 1] % 101)]
    message = {"role": "assistant", "content": json.dumps(text)}
    return {
        "id": "one",
        "object": "chat.completion",
        "created": 0,
        "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


class Model:
    """Answers on every connection, after a while."""

    def __init__(self, log: Path, delay_s: float) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._delay_s = delay_s

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                writer.write(await self._answered(body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answered(self, body: bytes) -> bytes:
        found = VIDEO.search(body)
        video = found[1].decode() if found else "none"
        self._write(f"in {video}")
        await asyncio.sleep(self._delay_s)
        text = json.dumps(reply(video, "verify" if b"verify" in body[:400] else "score")).encode()
        self._write(f"out {video}")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        return head.encode() + text

    def _write(self, line: str) -> None:
        os.write(self._log, f"{line}\n".encode())


@dataclass(frozen=True)
class Serving:
    """A server that is running: its address, and what it has written down."""

    url: str
    log: Path

    def counts(self, what: str) -> Counter[str]:
        """Return how often each video came "in", or went "out"."""
        lines = self.log.read_text().split("\n")
        return Counter(line.partition(" ")[2] for line in lines if line.startswith(f"{what} "))


@contextmanager
def serving(log: Path, delay_s: float) -> Iterator[Serving]:
    """Run the server for the length of a ``with`` block."""
    command = [sys.executable, "-m", __name__, str(log), str(delay_s)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Serving(process.stdout.readline().strip(), log)
    finally:
        process.communicate()


async def main(log: Path, delay_s: float) -> None:
    server = await asyncio.start_server(Model(log, delay_s).talk, "127.0.0.1", 0, backlog=1000)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
