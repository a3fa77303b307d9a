"""The verb predict in a process of its own, with a recognizer that another package brings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from crossoracle.provenance import Provenance, read_sidecar
from crossoracle.tables import write
from tests.video.filming import film

ROOT = Path(__file__).parents[2]
RGB = {"r": (220, 20, 20), "g": (20, 220, 20)}
NAMES = {"r": "red_thing", "g": "Green thing"}


@pytest.fixture
def elsewhere(tmp_path):
    """The environment in which a package brings the family "colours"."""
    site = tmp_path / "site"
    info = site / "colours_of_others-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: colours-of-others\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[crossoracle.recognizers]\ncolours = colours_of_others:SPEC\n")
    (site / "colours_of_others.py").write_text(
        "import time\n"
        "from crossoracle.recognizers.recognizer import RecognizerSpec\n"
        "from tests.recognizers.colours import Colours\n"
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True)\n"
        "class Slow(Colours):\n"
        "    pause_s: float = 0.0\n"
        "    mark: str = ''\n"
        "    def predict(self, clips):\n"
        "        if self.mark:\n"
        "            with open(self.mark, 'a') as file: file.write('clip\\n')\n"
        "        time.sleep(self.pause_s)\n"
        "        return super().predict(clips)\n"
        "SPEC = RecognizerSpec('colours', 'for tests', 'colours_of_others:Slow')\n"
    )
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}


@pytest.fixture
def home(tmp_path):
    place = tmp_path / "study"
    place.mkdir()
    videos, scores = [], []
    for i, letter in enumerate("rgrg"):
        other = "g" if letter == "r" else "r"
        colours = [np.full((48, 64, 3), RGB[name], np.uint8) for name in [other] * 50 + [letter] * 25]
        film(place / f"{i}.mp4", pictures=colours)
        videos.append({"dataset": "d", "video_id": f"v{i}", "label": NAMES[letter], "path": f"{i}.mp4"})
        for segment in range(6):
            whose = {"dataset": "d", "video_id": f"v{i}", "oracle": "good", "segment": segment}
            edges = {"start_s": segment / 2, "end_s": (segment + 1) / 2}
            scores.append({**whose, **edges, "score": segment / 5, "kept": segment >= 4})
    for name, rows in (("videos", videos), ("scores", scores)):
        write(name, pd.DataFrame(rows), place / f"{name}.parquet", provenance=Provenance("test"))
    (place / "study.toml").write_text('[recognizers.tiny]\nfamily = "colours"\n\n[predict]\nworkers = 1\n')
    return place


def _rows(home):
    with duckdb.connect() as con:
        return con.sql(f"SELECT * FROM '{home / 'predictions.parquet'}'").df()


def test_predictions_are_written_and_shown(home, command, elsewhere):
    done = command("predict", home, env=elsewhere)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(home / "predictions.parquet")]
    assert "12 rows new, 0 replaced" in done.stderr
    right = _rows(home).groupby("condition")["correct1"].mean().to_dict()
    assert right == {"full": 0.0, "inverted@0": 0.0, "led@0": 1.0}
    told = read_sidecar(home / "predictions.parquet")
    assert (told["verb"], told["options"]["workers"]) == ("predict", 1)
    assert set(told["inputs"]) == {"videos.parquet", "scores.parquet"}
    assert told["options"]["recognizer"]["family"] == "colours"


def test_again_for_machines(home, command, elsewhere):
    command("predict", home, "--condition", "full", env=elsewhere)
    done = command("predict", home, "--condition", "full", "--json", env=elsewhere)
    found = json.loads(done.stdout)
    assert (found["new"], found["replaced"]) == (0, 0)
    assert found["predictions"][0]["n"] == 4
    assert found["predictions"][0]["oracle"] is None
    assert found["files"] == [str(home / "predictions.parquet")]


def test_predictions_can_go_elsewhere(home, command, elsewhere, tmp_path):
    done = command("predict", home, "--out", tmp_path / "out", "--limit", 1, env=elsewhere)
    assert done.returncode == 0, done.stderr
    assert len(_rows(tmp_path / "out")) == 3
    assert not (home / "predictions.parquet").exists()


def test_nothing_predicted_is_no(home, command, elsewhere):
    for file in home.glob("*.mp4"):
        file.write_bytes(b"")
    done = command("predict", home, env=elsewhere)
    assert done.returncode == 1
    assert "12 rows without a prediction, most often: found nothing that can be decoded" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--condition", "leed@0"), "did you mean"),
        (("--recognizer", "tinny"), "did you mean 'tiny'"),
        (("--oracle", "goo"), "did you mean 'good'"),
        (("--protocol", "crop"), "one of repack, mask"),
        (("--clips", "0"), "at least 1"),
    ],
)
def test_what_is_wrong_is_one_line(home, command, elsewhere, arguments, told):
    done = command("predict", home, *arguments, env=elsewhere)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr


def test_labels_that_are_no_classes_are_listed(home, command, elsewhere):
    (home / "study.toml").write_text(
        '[recognizers.tiny]\nfamily = "colours"\nnames = ["red thing", "x", "y"]\n'
    )
    done = command("predict", home, env=elsewhere)
    assert done.returncode == 2
    assert "d: Green thing: no such class" in done.stderr


def test_a_probe_without_its_file_is_one_line(home, command, elsewhere):
    done = command("predict", home, "--recognizer", "probe", env=elsewhere)
    assert done.returncode == 2
    assert done.stderr.startswith("error: recognizer probe: found no file recognizer.npz, expected a trained")


def test_stopped_keeps_what_was_predicted(home, elsewhere, command, tmp_path):
    mark = tmp_path / "mark"
    slow = f'[recognizers.tiny]\nfamily = "colours"\npause_s = 3\nmark = "{mark}"\n'
    (home / "study.toml").write_text(slow)
    words = [sys.executable, "-m", "crossoracle", "predict", str(home), "--condition", "full", "--batch", "1"]
    with subprocess.Popen(
        words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=elsewhere, text=True
    ) as going:
        while not mark.is_file() or len(mark.read_text().splitlines()) < 2:  # the second video is under way
            time.sleep(0.05)
        going.send_signal(signal.SIGINT)
        _, told = going.communicate(timeout=60)
    assert going.returncode == 130, told
    assert "stopped; nothing is half-written" in told
    kept = len(_rows(home))
    assert kept == 1
    (home / "study.toml").write_text('[recognizers.tiny]\nfamily = "colours"\n')
    done = command("predict", home, "--condition", "full", env=elsewhere)
    assert f"{4 - kept} row" in done.stderr
    assert len(_rows(home)) == 4
