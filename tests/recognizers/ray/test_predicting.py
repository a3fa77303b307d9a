"""Recognizers in a cluster of two nodes: the same table; who dies loses the batches that it had, no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.errors import InputError, NotInstalledError
from crossoracle.recognizers import catalogue
from crossoracle.recognizers.recognizer import RecognizerSpec
from tests.recognizers.conftest import LABELS, _frame, coloured, said, table

ROOT = Path(__file__).parents[3]
SPEC = RecognizerSpec("slow", "for tests", "tests.recognizers.ray.slow:Slow")
FILMS = {"r": "kkkkrr", "g": "bbbbgg", "b": "rrbbbb"}
VIDEOS = 40
HOW = {"conditions": ("full", "led@0"), "batch": 2}


@pytest.fixture
def study(tmp_path) -> Path:
    """Return a study of many videos from few films; what one of them needs is missing."""
    home = tmp_path / "study"
    (home / "videos").mkdir(parents=True)
    for name, letters in FILMS.items():
        coloured(home / "videos" / f"{name}.mp4", letters)
    films = {f"v{i:02d}": sorted(FILMS)[i % 3] for i in range(VIDEOS)}
    videos = [
        {"dataset": "d", "video_id": name, "label": LABELS[film], "path": f"videos/{film}.mp4"}
        for name, film in films.items()
    ]
    videos[7]["path"] = "videos/missing.mp4"
    table("videos", videos, home)
    table("scores", [row for name in films for row in said(name, "good", "000011")], home)
    (home / "study.toml").write_text(
        '[recognizers.tiny]\nfamily = "slow"\n[recognizers.small]\nfamily = "slow"\nmost = 1\n'
    )
    return home


@pytest.fixture(autouse=True)
def _family(monkeypatch):
    monkeypatch.setattr(catalogue, "FAMILIES", (*catalogue.FAMILIES, SPEC))


def test_ray_that_is_missing_is_told(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(NotInstalledError, match="Ray is not installed; pip install"):
        Study(study).predict(engine="ray")


def test_an_engine_is_known(study):
    with pytest.raises(InputError, match="engine is 'dask'; expected one of local, ray"):
        Study(study).predict(engine="dask")


@pytest.mark.ray
@pytest.mark.timeout(240)
@pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install '.[ray]'")
def test_a_worker_and_a_node_die_and_the_table_is_that_of_one_process(study, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.recognizers.ray.driving", str(study)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["workers"], told["videos"], told["rows"]) == (2, VIDEOS, 2 * VIDEOS)
    assert told["refused"] == "2 clips at a time need more memory than the device has"
    cluster = _frame(study)
    (study / "predictions.parquet").unlink()
    Study(study).predict(recognizers=("tiny",), **HOW)
    pd.testing.assert_frame_equal(cluster, _frame(study))
    assert cluster["failure"].notna().sum() == 2, "a missing file is a reason, not a death"
    for process in told["daemons"]:
        assert not Path(f"/proc/{process}").exists(), "a daemon of Ray is left"
