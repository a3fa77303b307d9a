"""The demonstration: generated from its seed alone, and through every verb."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd

from crossoracle import demo


def test_the_seed_decides_everything():
    (ratings, prechecks), (again, _) = demo.generate(3), demo.generate(3)
    pd.testing.assert_frame_equal(ratings, again)
    assert not ratings.equals(demo.generate(4)[0])
    assert prechecks.groupby("dataset")["video_id"].nunique().tolist() == [demo.VIDEOS] * 3


def test_scores_are_hundredths_with_gaps_and_some_videos_fail():
    ratings, prechecks = demo.generate()
    scores = ratings["score"].dropna()
    assert ((scores * 100).round(9) % 1 == 0).all()
    assert scores.between(0, 1).all()
    assert 0.01 < ratings["score"].isna().mean() < 0.04
    assert (ratings["kept"].isna() == ratings["score"].isna()).all()
    joint = prechecks.assign(yes=prechecks["outcome"] == "yes").groupby(["dataset", "video_id"])["yes"].all()
    assert 30 < joint.sum() < 60


def test_the_demonstration_runs_every_verb(tmp_path):
    words = [sys.executable, "-m", "crossoracle.demo", "demo"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    for verb in ("import", "precheck", "agree", "draw"):
        assert f"$ crossoracle {verb}" in done.stdout
    assert "Open demo" in done.stdout
    assert (tmp_path / "demo" / "study" / "figures" / "agreement-matrix.png").is_file()
