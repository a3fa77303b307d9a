"""Right inputs of every reader, from which the wrong ones are made."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from crossoracle.provenance import Provenance
from crossoracle.tables import write
from tests.importers.test_mm import label_file, raw
from tests.importers.test_mm_eval import record
from tests.importers.test_qvhighlights import QUERIES
from tests.importers.test_tvsum import annotated, write_mat
from tests.video.filming import film

SCORES = pd.DataFrame(
    {
        "dataset": ["d", "d", "d", "ü"],
        "video_id": ["a", "a", "b", "b"],
        "oracle": ["o", "o", "o", 'p "q", r'],
        "segment": [0, 1, 0, 0],
        "start_s": [0.0, 0.5, 0.0, 0.0],
        "end_s": [0.5, 1.0, 0.5, 0.5],
        "score": [0.25, None, 1.0, 0.5],
        "kept": [True, None, False, True],
        "reason": ["seen", None, "two\nlines", ""],
    }
)
PREDICTIONS = pd.DataFrame(
    {
        "video_id": ["a", "b", "a"],
        "condition": ["full", "led@0", "inverted@0.5"],
        "correct1": [True, False, None],
        "p_true": [0.5, 0.25, None],
        "failure": [None, None, "nothing is kept"],
    }
)
COUNTS = pd.DataFrame(
    {"dataset": "d", "family": ["led", "led"], "x": [0, 1], "right": [70, 82], "videos": 100}
)
STUDY = """\
[frames]
step_s = 0.5
fps = 2.0
[score]
strategy = "direct"
oracles = ["center", "mine"]
runs = 2
budget = 1.5
[datasets.kinetics400]
step_s = 1.0
prompt = "scoring_general"
[oracles.center]
[oracles.random]
seed = 5
[oracles."gpt-5.5"]
in_flight = 4
requests_per_minute = 60.0
[oracles.mine]
adapter = "openai"
model = "m"
base_url = "http://localhost:8000/v1"
api_key_env = "MY_KEY"
[recognizers.net]
family = "probe"
[agree]
replicates = 99
levels = [0.0, 0.5, 1.0]
on = "joint"
coefficients = ["cohen_kappa"]
[predict]
conditions = ["full", "led@0.25+shuffled"]
[compare]
contrasts = ["led@0 - motion"]
by = "class"
[floor]
arms = ["a=o:0,1"]
margin = "half"
[power]
detect = 0.05
[precheck]
level = 0.9
[controls]
points = 5
[draw]
figures = ["agreement-matrix"]
"""
SIDECAR = json.dumps(
    {
        "sha256": "0" * 64,
        "table": "scores",
        "validated": "scores-0",
        "verb": "import table",
        "inputs": {"a.csv": "0" * 64},
        "options": {"oracles": {"o": {"asked": {}}}},
        "history": [{"verb": "score", "options": {}}],
        "seed": None,
    }
).encode()
RECORD = json.dumps(
    {
        "agree": {
            "from": "0" * 64,
            "made": {"results/estimates.parquet": "0" * 64},
            "shared": ["scores.parquet"],
        }
    }
).encode()


def csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def lines(frame: pd.DataFrame) -> bytes:
    return str(frame.to_json(orient="records", lines=True)).encode()


@cache
def parquet() -> tuple[bytes, ...]:
    """Return score tables as Parquet: packed, as crossoracle writes them, and plain."""
    with tempfile.TemporaryDirectory() as directory:
        path = write("scores", SCORES, Path(directory) / "s.parquet", provenance=Provenance("test"))
        plain = Path(directory) / "plain.parquet"
        copied = f"COPY (FROM '{path}') TO '{plain}' (FORMAT parquet, COMPRESSION uncompressed)"
        duckdb.connect().execute(copied).close()
        return path.read_bytes(), plain.read_bytes()


def labels() -> list[bytes]:
    """Return label files of the published kind."""
    files = [label_file(), label_file(responses=[raw((20, 80), (1,))]), label_file(passed=False)]
    return [json.dumps(one).encode() for one in files]


@cache
def labels_in_parquet() -> tuple[bytes, ...]:
    """Return label files as rows of Parquet."""
    with tempfile.TemporaryDirectory() as directory:
        lines, packed = Path(directory) / "a.jsonl", Path(directory) / "a.parquet"
        lines.write_bytes(b"\n".join(json.dumps(label_file(video_id=name)).encode() for name in "ab"))
        query = f"COPY (FROM read_json_auto('{lines}')) TO '{packed}' (FORMAT parquet)"
        duckdb.connect().execute(query).close()
        return (packed.read_bytes(),)


def archive(contents: list[bytes]) -> bytes:
    """Return an archive of files, not packed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for number, content in enumerate(contents):
            member = tarfile.TarInfo(f"run/{number}.json")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def records() -> list[bytes]:
    """Return recognizer records of the published kind."""
    return [json.dumps(record(named=name)).encode() for name in ("full", "vlm-fastforward-a25")]


def queries() -> bytes:
    return b"".join(json.dumps(query).encode() + b"\n" for query in QUERIES)


@cache
def matlab() -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        return write_mat(Path(directory) / "a.mat", [annotated("one", 2, 4, people=3)]).read_bytes()


@cache
def films() -> tuple[bytes, ...]:
    """Return short videos in three containers."""
    pictures = [np.full((48, 64, 3), 10 * i, np.uint8) for i in range(12)]
    with tempfile.TemporaryDirectory() as directory:
        names = {"a.mp4": "libx264", "a.mkv": "libx264", "a.avi": "mpeg4"}
        return tuple(
            film(Path(directory) / name, pictures=pictures, codec=codec, clock=25).read_bytes()
            for name, codec in names.items()
        )
