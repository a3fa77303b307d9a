"""Oracles of the literature on the built-in study: ``python -m bench.literature [--seeds 201 202 203]``.

How well each finds the planted moments, against motion, centre and random, and what it costs. Every number
comes out of the verbs; the videos of all seeds are pooled, so that one interval answers, resampled by source.
docs/literature.md is written from the record. Two oracles need torch (``pip install '.[local]'``); without it
they are recorded as not run. Every oracle is asked in a process of its own, so that its processor seconds
are those of nobody else.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import pairwise
from math import isnan
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from bench.benchmark import STATISTIC
from bench.measuring import measure, save, side
from crossoracle.benchmark import LITERATURE, prepare
from crossoracle.config import Study
from crossoracle.oracles.asking.forecast import FIRST_TOKEN_S, TOKENS_PER_S
from crossoracle.oracles.catalogue import PRESETS
from crossoracle.video.synthetic import TRUTH

SEEDS = (201, 202, 203)
"""Whose videos nobody looked at while defaults were chosen."""
PRIOR = "class-prior"
TRAINED = ("action-sensitivity", "one-step-sampler")
BASELINES = ("random", "motion", "center")
FINE = "storyboard-fine"
SIGNALS = (*LITERATURE, FINE, *TRAINED)
CONTRASTS = (("storyboard", "saliency"), (FINE, "saliency"), ("action-sensitivity", PRIOR))
CONDITIONS = ("led@0", "inverted@0", "budget@0.5", "anti@0.5")
COSTS = "costs.json"

FURTHER = """
[oracles.storyboard-fine]
adapter = "storyboard"
model = "models/two-tower.npz"
classes = "models/classes.toml"
subtexts = "models/subtexts.toml"
weights = "fine"

[oracles.action-sensitivity]
adapter = "action-sensitivity"
train = "training.parquet"
model = "models/action-sensitivity.safetensors"

[oracles.one-step-sampler]
adapter = "one-step-sampler"
train = "training.parquet"
model = "models/one-step-sampler.safetensors"
recognizer = "models/recognizer.npz"

[oracles.motion]
adapter = "motion"

[oracles.center]
adapter = "center"

[oracles.random]
adapter = "random"
seed = {seed}
"""

READER = """
[oracles."narrative-reader with gpt-5.5"]
adapter = "narrative-reader"
model = "models/two-tower.npz"
classes = "models/classes.toml"
captions = "models/captions.txt"
reader = "gpt-5.5"
"""


def compare(place: Path, seeds: Sequence[int] = SEEDS, **small: int) -> Path:
    """Do the study with every seed, pool what the oracles said, and record what it shows."""
    homes = {seed: place / str(seed) for seed in seeds}
    for seed, home in homes.items():
        _made(home, seed, small)
        for name in asked():
            _asked(home, name)
        Study(home).predict(oracles=tuple(asked()), conditions=CONDITIONS)
    pool = pooled(homes, place / "pool")
    costs = {str(seed): _costs(home) for seed, home in homes.items()}
    forecast = vlms(next(iter(homes.values())))
    return save("literature", {"not_run": not_run(), "costs": costs} | shown(pool) | {"vlms": forecast})


def not_run() -> dict[str, str]:
    """Return the oracles that cannot be asked here, and why."""
    return {} if find_spec("torch") else dict.fromkeys(TRAINED, "needs the extra local")


def asked() -> list[str]:
    """Return the oracles that can be asked here, the baselines too."""
    return [name for name in (*SIGNALS, *BASELINES) if name not in not_run()]


def _made(home: Path, seed: int, small: Mapping[str, int]) -> None:
    """Prepare the study of a seed, if that is still to be done."""
    if (home / COSTS).exists():
        return
    began: dict[str, float] = {}
    prepare(home, seed, tell=lambda what, _: _note(began, what), literature=True, **small)
    study = home / "study.toml"
    study.write_text(study.read_text(encoding="utf-8") + FURTHER.format(seed=seed), encoding="utf-8")
    two_tower = time.process_time() - began["training the two-tower"]
    (home / COSTS).write_text(json.dumps({"two_tower": two_tower, "oracles": {}}), encoding="utf-8")


def _note(began: dict[str, float], what: str) -> None:
    began.setdefault(what, time.process_time())


def _asked(home: Path, name: str) -> None:
    """Ask an oracle, in a process of its own, and write down what it cost; it is asked once."""
    costs = _costs(home)
    if name not in costs["oracles"]:
        costs["oracles"][name] = measure(side("bench.literature", name, home)).answer
        (home / COSTS).write_text(json.dumps(costs), encoding="utf-8")


def _costs(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / COSTS).read_text(encoding="utf-8"))
    return found


def ask(home: Path, name: str) -> dict[str, float]:
    """Ask an oracle about the videos of a study: about one, for which it may have to learn, then all."""
    began = time.process_time()
    Study(home).score(oracles=(name,), limit=1)
    first = time.process_time()
    Study(home).score(oracles=(name,))
    done = time.process_time()
    if name == "action-sensitivity":
        _prior(home)
    (row,) = _rows(
        f"SELECT count(*) AS videos, sum(calls) AS calls, sum(input_tokens + output_tokens) AS tokens "
        f"FROM '{home}/prechecks.parquet' WHERE oracle = '{name}'"
    )
    return row | {"first_s": first - began, "others_s": done - first}


def _prior(home: Path) -> None:
    """Write what the class Gaussians of action sensitivity alone say, of the videos that it recognised."""
    import torch

    from crossoracle.encoders.learned import load
    from crossoracle.encoders.sensitivity import gaussians

    name, taken = TRAINED[0], (0.25, 0.75)  # where the two frames of a segment stand
    learned, _ = load(home / "models" / f"{name}.safetensors", name)
    scores = duckdb.sql(
        f"SELECT s.*, v.label, v.duration_s FROM '{home}/scores.parquet' s JOIN '{home}/videos.parquet' v "
        f"USING (dataset, video_id) WHERE s.oracle = '{name}' ORDER BY ALL"
    ).df()
    found = []
    for row in scores.itertuples():
        places = [(row.start_s + at * (row.end_s - row.start_s)) / row.duration_s for at in taken]
        of_classes = gaussians(learned.own(row.dataset), torch.tensor(places, dtype=torch.float32))
        found.append(float(of_classes[:, learned.classes[row.dataset].index(row.label)].mean()))
    scores = scores.drop(columns=["label", "duration_s"]).assign(oracle=PRIOR, score=found)
    _write(scores, home / "prior.parquet")


def pooled(homes: Mapping[int, Path], pool: Path) -> Path:
    """Put the tables of all seeds together; a video, and its source, is called by its seed too."""
    pool.mkdir(exist_ok=True)
    files = {name: (name,) for name in ("videos", "prechecks", "predictions")}
    for table, names in {**files, "scores": ("scores", TRUTH, "prior")}.items():
        parts = [
            duckdb.sql(f"SELECT * FROM '{home}/{name}.parquet'").df().assign(seed=f"{seed}-")
            for seed, home in homes.items()
            for name in names
            if (home / f"{name}.parquet").exists()
        ]
        rows = pd.concat(parts, ignore_index=True)
        for column in {"video_id", "cluster"} & set(rows.columns):
            rows[column] = rows["seed"] + rows[column]
        _write(rows.drop(columns=["seed", "path", "kept"], errors="ignore"), pool / f"{table}.parquet")
    return pool


def _write(rows: pd.DataFrame, file: Path) -> None:
    duckdb.from_df(rows).write_parquet(str(file))


def shown(pool: Path) -> dict[str, Any]:
    """Return what the pooled videos show of each oracle."""
    known = [name for name in SIGNALS if name in asked()]
    pairs = [(name, other) for name in known for other in BASELINES]
    pairs += [pair for pair in CONTRASTS if pair[0] in known]
    rated = [*known, *([PRIOR] if TRAINED[0] in known else []), *BASELINES]
    return {
        "passed": [row for name in asked() for row in _passed(pool, name)],
        "truth": [row for name in rated for row in _found(pool, name)],
        "differences": [row for pair in pairs for row in above(pool, *pair)],
        "downstream": _downstream(pool),
    }


def _passed(pool: Path, name: str) -> list[dict[str, Any]]:
    flow = Study(pool).precheck(oracles=(name,)).table
    rows = flow[flow.kind == "all_of"].assign(oracle=name)
    return _records(rows, ["dataset", "oracle", "n", "n_videos", "rate", "low", "high"])


def _found(pool: Path, name: str) -> list[dict[str, Any]]:
    """Return how an oracle goes with the planted truth, among the videos that it recognised."""
    found = Study(pool).agree(oracles=(TRUTH, name), coefficients=(STATISTIC,), out=pool / "found")
    columns = ["dataset", "oracle", "value", "low", "high", "n_videos", "n_clusters", "n_left_out"]
    return _records(found.estimates.to_frame().assign(oracle=name), columns)


def above(pool: Path, name: str, other: str) -> Iterator[dict[str, Any]]:
    """Yield by how much more than another an oracle goes with the truth, where both recognised the video."""
    how: dict[str, Any] = {"on": "joint", "coefficients": (STATISTIC,), "differences": True}
    found = Study(pool).agree(oracles=(TRUTH, name, other), out=pool / "found", **how)
    for row in found.differences:
        sides = {row.oracle_a1, row.oracle_b1}, {row.oracle_a2, row.oracle_b2}
        if not all(TRUTH in one for one in sides):
            continue
        one: dict[str, Any] = {"dataset": row.dataset, "oracle": name, "against": other, "p": _or_none(row.p)}
        bounds = (row.value, row.low, row.high) if name in sides[0] else (-row.value, -row.high, -row.low)
        yield one | dict(zip(("value", "low", "high"), map(_or_none, bounds), strict=True))


def _downstream(pool: Path) -> list[dict[str, Any]]:
    """Return differences of accuracy between conditions, of the videos that each oracle recognised."""
    told = tuple(" - ".join(pair) for pair in pairwise(CONDITIONS))[::2]
    found = Study(pool).compare(contrasts=told, metrics=("top1",)).differences.to_frame()
    columns = ["dataset", "oracle", "condition_a", "condition_b", "value", "low", "high", "n_videos"]
    return _records(found[found.stratum.isna()], columns)


def vlms(home: Path) -> list[dict[str, Any]]:
    """Return what the presets, and one of them as a reader, are forecast to take for a video of a study."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        videos = duckdb.sql(f"SELECT * FROM '{home}/videos.parquet'").df()
        _write(videos.assign(path=f"{home.resolve()}/" + videos.path), place / "videos.parquet")
        sections = "".join(f'[oracles."{one.name}"]\n' for one in PRESETS)
        (place / "study.toml").write_text(sections + READER, encoding="utf-8")
        (place / "models").symlink_to(home.resolve() / "models")
        seen = Study(place).foresee()
    return [
        {
            "oracle": one.oracle,
            "calls": one.calls / seen.videos,
            "input_tokens": one.input_tokens / seen.videos,
            "output_tokens": one.output_tokens / seen.videos,
            "usd": None if one.usd is None else one.usd / seen.videos,
            "seconds": FIRST_TOKEN_S + one.output_tokens / seen.videos / TOKENS_PER_S,
        }
        for one in seen.forecasts
    ]


def _or_none(value: float) -> float | None:
    return None if isnan(value) else value


def _rows(query: str) -> list[dict[str, Any]]:
    found = duckdb.sql(query)
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def _records(rows: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(rows[columns].to_json(orient="records", double_precision=15))
    return found


def main() -> None:
    """Ask one oracle and print what it cost, or do all of it and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", nargs=2, metavar=("ORACLE", "STUDY"))
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--videos", type=int, help="of each class to be studied, where it should be fewer")
    parser.add_argument("--at", type=Path, help="a directory that keeps the studies, to go on with them")
    given = parser.parse_args()
    if given.side:
        print(json.dumps(ask(Path(given.side[1]), given.side[0])))
        return
    from bench.signals import write

    small = {} if given.videos is None else {"videos": given.videos}
    with tempfile.TemporaryDirectory() as directory:
        compare(given.at or Path(directory), given.seeds, **small)
    write()


if __name__ == "__main__":
    main()
