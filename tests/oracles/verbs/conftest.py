"""A study of real video files, and a server for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossoracle.video.encode import write
from tests.oracles.verbs.seeing import EVIDENCE, FPS, SCALE, STEP_S, Seer, videos


@pytest.fixture
def seer() -> Iterator[Seer]:
    """Return a running server."""
    seer = Seer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, said = seer.answer(body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass  # a client that was killed

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    seer.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield seer
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def clips(tmp_path_factory) -> Path:
    """Return a directory of films, one for each row of EVIDENCE."""
    home = tmp_path_factory.mktemp("clips")
    for name, levels in EVIDENCE.items():
        per = int(FPS * STEP_S)
        # no two segments look the same, or a question about one would be that about the other
        shades = [SCALE * level + place for place, level in enumerate(levels)]
        pictures = [np.full((48, 64, 3), shade, dtype=np.uint8) for shade in shades for _ in range(per)]
        write(home / f"{name}.mp4", pictures, fps=FPS)
    return home


@pytest.fixture
def study(tmp_path, clips) -> Path:
    """Return a study with videos and nothing else."""
    home = tmp_path / "study"
    home.mkdir()
    videos(home, clips, EVIDENCE)
    return home


@pytest.fixture
def told(study, seer) -> Path:
    """Return the study with a study.toml that knows the server."""
    (study / "study.toml").write_text(
        f'[oracles.seer]\nadapter = "openai"\nmodel = "seer"\nbase_url = "{seer.url}"\n'
        'priced_as = "free"\nattempts = 1\n'
    )
    return study
