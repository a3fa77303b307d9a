"""A small study on which every step of ``run`` has something to do, and what is compared of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from crossoracle.importers.run import import_
from crossoracle.provenance import Provenance, digest
from crossoracle.tables import write
from tests.video.filming import film

TOML = """
[frames]
fps = 2.0
jitter_s = 0.05
[score]
runs = 2
[oracles.center]
[oracles.random]
[agree]
replicates = 49
coefficients = ["cohen_kappa", "spearman_within"]
[compare]
replicates = 49
[floor]
arms = ["random=random:0,1", "center=center:0,1"]
floor_of = "random"
replicates = 49
coefficients = ["spearman_within"]
[draw]
figures = ["agreement-matrix"]
"""
VIDEOS = 4
OWN_TIME = ("latency_s",)
"""Columns that no two runs have in common."""


def make(place: Path, videos: int = VIDEOS) -> Path:
    """Write videos, study.toml and predictions into a directory, and return it."""
    place.mkdir(parents=True)
    rows = []
    for i in range(videos):
        film(place / f"{i}.mp4", pictures=[np.full((48, 64, 3), 40 + i % 200, np.uint8)] * 50)
        rows.append({"dataset": "d", "video_id": f"v{i}", "label": "waving", "path": f"{i}.mp4"})
    write("videos", pd.DataFrame(rows), place / "videos.parquet", provenance=Provenance("test"))
    (place / "study.toml").write_text(TOML)
    import_("predictions", predictions(place / "predictions.csv", videos), place)
    return place


def predictions(path: Path, videos: int) -> Path:
    rng = np.random.default_rng(7)
    rows = [
        {"dataset": "d", "video_id": f"v{i}", "recognizer": "net", "oracle": oracle, "condition": condition}
        | {"correct1": bool(rng.random() < 0.7)}
        for i in range(videos)
        for oracle, condition in (("", "full"), ("center", "led@0"), ("center", "inverted@0"))
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def program(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    words = [sys.executable, "-m", "crossoracle", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, **options)


def tables(study: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table of a study; none may be half-written, or it could not be read."""
    found = {}
    for file in sorted(study.rglob("*.parquet")):
        if not file.name.startswith("."):
            with duckdb.connect() as con:
                rows = con.read_parquet(str(file))
                named = ", ".join(f'"{name}"' for name in rows.columns if name not in OWN_TIME)
                found[file.relative_to(study).as_posix()] = rows.project(named).order("ALL").fetchall()
    return found


def half_written(study: Path) -> list[str]:
    """Return the files that are not what the sidecars beside them say; every sidecar must be JSON."""
    wrong = []
    for sidecar in study.rglob("*.json"):
        if sidecar.name.startswith("."):
            continue
        record = json.loads(sidecar.read_text())
        artefact = sidecar.with_suffix("")
        if "sha256" in record and artefact.is_file() and record["sha256"] != digest(artefact):
            wrong.append(artefact.name)
    return wrong


def one_line(done: subprocess.CompletedProcess[str], *words: str) -> str:
    """Return what a refusal says: exit 2, and one line without a traceback in which these words stand."""
    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    if done.returncode != 2 or len(told) != 1 or "Traceback" in done.stderr:
        raise AssertionError(f"left with {done.returncode}: {done.stderr[-2000:]}")
    missing = [word for word in words if word not in told[0]]
    if missing:
        raise AssertionError(f"{missing} not in: {told[0]}")
    return told[0]
