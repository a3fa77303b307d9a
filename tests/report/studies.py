"""A study with everything that a report shows: videos that can be played, scores, prechecks, predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from crossoracle.config import Study
from crossoracle.provenance import Provenance
from crossoracle.tables import write
from tests import generated
from tests.video.filming import film, rolling

CONDITIONS = {"full": 0.75, "led@0": 0.85, "inverted@0": 0.4, "bottom": 0.5, "uniform": 0.7}
FIGURES = ("agreement-matrix", "contrasts")


def whole(home: Path, *, videos: int = 6, names: dict[str, str] | None = None, filmed: int = 2) -> Path:
    """Write the tables of a study; some videos of each dataset have a file, a second for each segment."""
    home.mkdir(parents=True)
    ratings, prechecks = generated.generate(videos=videos)
    about = ratings[["dataset", "video_id", "label", "cluster"]].drop_duplicates()
    lengths = ratings.groupby(["dataset", "video_id"])["end_s"].max()
    paths = {key: f"films/{key[0]}-{key[1]}.mp4" for key in lengths.index if int(key[1][-2:]) <= filmed}
    (home / "films").mkdir()
    for k, (key, path) in enumerate(paths.items()):
        film(home / path, pictures=[np.roll(one, 7 * k, axis=0) for one in rolling(int(25 * lengths[key]))])
    about["path"] = [paths.get(key) for key in zip(about["dataset"], about["video_id"], strict=True)]
    scores = ratings.drop(columns=["label", "cluster"])
    for rows in (scores, prechecks):
        rows["oracle"] = rows["oracle"].map(lambda name: (names or {}).get(name, name))
    made = {"videos": about, "scores": scores, "prechecks": prechecks}
    made["predictions"] = predicted(about, scores["oracle"].unique())
    for name, rows in made.items():
        write(name, rows, home / f"{name}.parquet", provenance=Provenance("test"))
    return home


def predicted(about: pd.DataFrame, oracles) -> pd.DataFrame:
    """Return predictions of every video under every condition: right as often as CONDITIONS says."""
    rng = np.random.default_rng(7)
    rows = []
    for key in about[["dataset", "video_id"]].to_dict("records"):
        for condition, right in CONDITIONS.items():
            for oracle in [None] if condition == "full" else oracles:
                whose = {"recognizer": "probe", "oracle": oracle, "condition": condition}
                rows.append({**key, **whose, "correct1": bool(rng.random() < right)})
    return pd.DataFrame(rows)


def worked(home: Path, *, figures=FIGURES) -> Study:
    """Do with a study what the verbs do, short of the report."""
    study = Study(home)
    study.precheck()
    study.agree(replicates=99, seed=3)
    study.compare(replicates=99, seed=3)
    study.draw(list(figures))
    return study
