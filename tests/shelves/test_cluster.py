"""Shelves on a cluster of two nodes, of which one dies: what one machine says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.agreement import shelving, summary
from tests.shelves.shelved import HOW, frames, same, tables

ROOT = Path(__file__).parents[2]


@pytest.mark.ray
@pytest.mark.timeout(240)
@pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install '.[ray]'")
def test_a_cluster_says_what_one_machine_says(tmp_path, monkeypatch):
    home = tables(tmp_path / "study", np.random.default_rng(8))
    done = subprocess.run(
        [sys.executable, "-m", "tests.shelves.driving", str(home), str(tmp_path / "cluster")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["nodes"], told["alive"]) == (2, 1)
    how = HOW | {"differences": True}
    memory = Study(home).agree(out=tmp_path / "memory", **how)
    assert told["notes"] == list(memory.notes)
    monkeypatch.setattr(summary, "MOST_RATINGS", 0)
    monkeypatch.setattr(shelving, "VIDEOS", 100)
    Study(home).agree(out=tmp_path / "shelves", **how)
    cluster, in_memory, shelves = (frames(tmp_path / name) for name in ("cluster", "memory", "shelves"))
    same(cluster, in_memory)
    for name, frame in cluster.items():
        pd.testing.assert_frame_equal(frame, shelves[name], check_exact=True)
    for process in told["daemons"]:
        assert not Path(f"/proc/{process}").exists(), "a daemon of Ray is left"
