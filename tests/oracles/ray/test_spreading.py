"""Models in a cluster of two nodes: the same tables; who dies loses what it was answering, and no more."""

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
from crossoracle.oracles import catalogue
from crossoracle.oracles.asking.ledger import Ledger
from tests.oracles.ray.slow import GATE
from tests.oracles.verbs.conftest import clips
from tests.oracles.verbs.seeing import EVIDENCE, table

__all__ = ["clips"]

ROOT = Path(__file__).parents[3]
VIDEOS = 60
SPEC = catalogue.AdapterSpec("slow", "for tests", "tests.oracles.ray.slow:Slow", paid=False)


@pytest.fixture
def study(tmp_path, clips) -> Path:
    """Return a study of many videos from few films, and one that is refused."""
    home = tmp_path / "study"
    home.mkdir()
    names = ["refused", *(f"v{number:02d}" for number in range(VIDEOS - 1))]
    films = [sorted(EVIDENCE)[number % len(EVIDENCE)] for number in range(VIDEOS)]
    rows = [
        {"dataset": "light", "video_id": name, "label": "waving", "path": str(clips / f"{film}.mp4")}
        for name, film in zip(names, films, strict=True)
    ]
    pd.DataFrame(rows).to_csv(home / "videos.csv", index=False)
    (home / "study.toml").write_text(
        '[oracles.slow]\nadapter = "slow"\n[oracles.mistyped]\nadapter = "slow"\nmodel = "slwo"\n'
    )
    return home


def test_servers_are_asked_from_here(study, monkeypatch):
    monkeypatch.setattr(catalogue, "ADAPTERS", (*catalogue.ADAPTERS, SPEC))
    with pytest.raises(InputError, match="found no model that runs in a process of ours"):
        Study(study, videos=study / "videos.csv").score(engine="ray", oracles=("center", "motion"))


def test_ray_that_is_missing_is_told(study, monkeypatch):
    monkeypatch.setattr(catalogue, "ADAPTERS", (*catalogue.ADAPTERS, SPEC))
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(NotInstalledError, match="Ray is not installed; pip install"):
        Study(study, videos=study / "videos.csv").score(engine="ray")


@pytest.mark.ray
@pytest.mark.timeout(120)
@pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: pip install '.[ray]'")
def test_a_worker_and_a_node_die_and_the_tables_are_those_of_one_process(study, monkeypatch, tmp_path):
    videos = study / "videos.csv"
    done = subprocess.run(
        [sys.executable, "-m", "tests.oracles.ray.driving", str(study), str(videos)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RAY_USAGE_STATS_ENABLED": "0",
            GATE: str(tmp_path / "gate"),
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["workers"] == 2
    assert 12 <= told["answered when the node died"] <= 20
    assert told["outcomes"] == {"yes": VIDEOS - 1, "error": 1}
    with Ledger(study / "ledger.sqlite", read_only=True) as ledger:
        found = ledger.select("SELECT state, attempts, possibly_paid FROM calls")
    states = [state for state, *_ in found]
    assert (states.count("answered"), states.count("failed")) == (VIDEOS - 1, 1)
    again = sum(attempts - 1 for _, attempts, _ in found)
    assert 1 <= again <= 2 * 8, "of each that died, what it had been given"
    assert not any(possibly_paid for *_, possibly_paid in found)
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "study.toml").write_bytes((study / "study.toml").read_bytes())
    monkeypatch.setattr(catalogue, "ADAPTERS", (*catalogue.ADAPTERS, SPEC))
    Study(alone, videos=videos).score()
    for name in ("scores", "prechecks"):
        pd.testing.assert_frame_equal(
            table(study, name).drop(columns="calls", errors="ignore"),
            table(alone, name).drop(columns="calls", errors="ignore"),
        )
    wrong = table(study, "prechecks").query("oracle == 'mistyped'")
    assert set(wrong["detail"]) == {"model slwo: found no such model, expected slow; check the name"}
    for process in told["daemons"]:
        assert not Path(f"/proc/{process}").exists(), "a daemon of Ray is left"
