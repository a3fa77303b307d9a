"""A synthetic study: oracles that share a signal, and the finished tables that figures read."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from crossoracle.analysis.curves.rows import Curves, Point
from crossoracle.analysis.floors.rows import Floor, Floors
from crossoracle.analysis.rows import Contrasted, Contrasts
from crossoracle.results import Estimate, Estimates
from tests.figures.across import across_of
from tests.figures.single import predictions_of, removals_of

PAIR = ["spearman_within", "kendall_within", "cohen_kappa", "gwet_ac1", "kappa_quadratic", "jaccard"]
ALL = ["alpha_interval", "alpha_ordinal", "alpha_nominal", "fleiss_kappa", "icc_2_1", "spearman_within_all"]
NAMES = ("gemini-3.1-pro", "gpt-5.5", "internvl3-38b", "qwen3-vl-32b")
DATASETS = ("diving48", "k400", "ssv2")


@dataclass(frozen=True)
class Study:
    """The finished tables of one study."""

    oracles: tuple[str, ...]
    scores: pd.DataFrame
    estimates: pd.DataFrame
    flow: pd.DataFrame
    per_video: pd.DataFrame
    differences: pd.DataFrame
    curves: pd.DataFrame
    floors: pd.DataFrame
    predictions: pd.DataFrame
    removals: pd.DataFrame
    videos: pd.DataFrame
    prechecks: pd.DataFrame
    diagnostics_limits: pd.DataFrame
    diagnostics_points: pd.DataFrame
    diagnostics_scores: pd.DataFrame
    diagnostics_classes: pd.DataFrame
    directions: pd.DataFrame
    heterogeneity: pd.DataFrame
    disagreement: pd.DataFrame

    def renamed(self, names) -> Study:
        """Return the same study with other names of oracles."""

        def new(table):
            columns = ("oracle", "oracle_a", "oracle_b", "arm_a", "arm_b")
            found = table.replace({column: names for column in columns if column in table})
            if "oracles" in found:
                sets = found["oracles"].str.split(" & ")
                found["oracles"] = [
                    " & ".join(names[n] for n in s) if isinstance(s, list) else None for s in sets
                ]
            return found

        tables = {field.name: new(getattr(self, field.name)) for field in fields(self)[1:]}
        return Study(tuple(names[n] for n in self.oracles), **tables)


def make_study(oracles=NAMES, datasets=DATASETS, videos=120, seed=0) -> Study:
    rng = np.random.default_rng(seed)
    scores = _scores(rng, oracles, datasets, videos)
    passed = _passed(rng, oracles, datasets, videos)
    estimates = _estimates(rng, oracles, datasets)
    downstream = (_differences(rng, oracles, datasets), _curves(rng, oracles, datasets), _floors(oracles))
    single = (predictions_of(scores, rng), removals_of(scores, rng))
    tables = (scores, estimates, _flow(passed, oracles), _per_video(scores), *downstream, *single)
    return Study(tuple(oracles), *tables, **across_of(rng, oracles, datasets, videos))


def _scores(rng, oracles, datasets, videos):
    rows = []
    for v in range(videos):
        length = int(rng.integers(6, 28))
        truth = np.exp(-(((np.arange(length) - rng.uniform(0, length)) / rng.uniform(1, 4)) ** 2))
        for k, oracle in enumerate(oracles):
            noise = rng.normal(0, rng.uniform(0.1, 0.5) + 0.05 * k, length)
            score = np.clip(np.round((0.8 * truth + 0.1 + noise) * 20) / 20, 0, 1)
            kept = score >= 0.55 - 0.05 * k
            score[rng.random(length) < 0.03] = np.nan
            for s in range(length):
                rows.append((datasets[v % len(datasets)], f"v{v:04d}", oracle, "0", s, s / 2, s / 2 + 0.5))
                rows[-1] += (score[s], bool(kept[s]))
    columns = ["dataset", "video_id", "oracle", "run", "segment", "start_s", "end_s", "score", "kept"]
    return pd.DataFrame(rows, columns=columns)


def _passed(rng, oracles, datasets, videos):
    easy = rng.normal(1.6, 1.0, videos)
    rows = {name: easy + rng.normal(0, 0.8, videos) > 0.2 * k for k, name in enumerate(oracles)}
    return pd.DataFrame(rows).assign(dataset=[datasets[v % len(datasets)] for v in range(videos)])


def _flow(passed, oracles):
    rows = []
    for dataset in ["all", *sorted(passed["dataset"].unique())]:
        part = passed if dataset == "all" else passed[passed["dataset"] == dataset]
        sets = [s for size in range(1, len(oracles) + 1) for s in combinations(oracles, size)]
        for kind, chosen in [("all_of", s) for s in sets] + [("exactly", s) for s in [(), *sets]]:
            inside = part[list(chosen)].all(axis=1)
            if kind == "exactly":
                inside &= ~part[[name for name in oracles if name not in chosen]].any(axis=1)
            n, rate = int(inside.sum()), float(inside.mean())
            half = 1.96 * np.sqrt(max(rate * (1 - rate), 0.001) / len(part))
            bounds = max(rate - half, 0), min(rate + half, 1), 0.95, "wilson"
            rows.append((dataset, kind, " & ".join(chosen) or None, n, len(part), rate, *bounds))
    columns = ["dataset", "kind", "oracles", "n", "n_videos", "rate", "low", "high", "level", "interval"]
    return pd.DataFrame(rows, columns=columns)


def _per_video(scores):
    rows = []
    for (dataset, video), part in scores.groupby(["dataset", "video_id"]):
        wide = part.pivot(index="segment", columns="oracle", values="score")
        correlation = wide.corr("spearman").to_numpy()
        pairs = correlation[np.triu_indices(len(correlation), 1)]
        rows.append(
            (dataset, video, "spearman_within_all", pairs.mean(), len(wide), wide.shape[1], len(pairs))
        )
    columns = ["dataset", "video_id", "statistic", "value", "n_segments", "n_oracles", "n_pairs"]
    return pd.DataFrame(rows, columns=columns)


def _estimates(rng, oracles, datasets):
    level = dict(
        zip(PAIR + ALL, [0.3, 0.25, 0.28, 0.55, 0.32, 0.4, 0.3, 0.28, 0.2, 0.22, 0.31, 0.27], strict=True)
    )
    rows = []
    for statistic, middle in level.items():
        pairs = combinations(sorted(oracles), 2) if statistic in PAIR else [(None, None)]
        for a, b in pairs:
            about = middle + rng.normal(0, 0.1)
            for dataset in ["all", *datasets]:
                value = about if dataset == "all" else about + rng.normal(0, 0.06)
                rows.append(_estimate(statistic, a, b, dataset, value))
    return Estimates(tuple(rows)).to_frame()


def _estimate(statistic, a, b, dataset, value):
    half = 0.05 if dataset == "all" else 0.09
    return Estimate(
        statistic,
        a,
        a and "0",
        b,
        b and "0",
        dataset,
        videos="joint",
        value=value,
        low=value - half,
        high=value + half * 0.95,
        jackknife_low=value - half * 1.05,
        jackknife_high=value + half,
        n_videos=100,
        n_clusters=100,
    )


def _differences(rng, oracles, datasets):
    rows = []
    against = {"polarity_gap": "inverted@0", "eps": "bottom", "full_gap": "full", "tds": "uniform"}
    for metric in ("top1", "p_true"):
        for k, (contrast, other) in enumerate(against.items()):
            for dataset in ["all", *datasets]:
                for oracle in oracles:
                    value, half = 0.3 - 0.09 * k + rng.normal(0, 0.05), 0.05 if dataset == "all" else 0.09
                    row = Contrasted(contrast, dataset, "r", oracle, "0", "led@0", other, None, metric)
                    bounds = {"low": value - half, "high": value + half * 0.95}
                    bounds |= {"simultaneous_low": value - 2 * half, "simultaneous_high": value + 2 * half}
                    rows.append(replace(row, value=value, n_videos=100, family=f"{metric}, r", **bounds))
    return Contrasts(tuple(rows)).to_frame()


ALPHAS = (0.0, 0.25, 0.5, 1.0)
GREY = ("random", "motion", "temporal")
FAMILIES = ("led", "inverted", "gap", "threshold", "budget", "anti", "insertion:budget", "deletion:anti")


def _curves(rng, oracles, datasets):
    rows = []
    grey = [(None, name) for family in GREY for name in (family, f"insertion:{family}")]
    for dataset in ["all", *datasets]:
        for oracle, family in [(o, f) for o in oracles for f in FAMILIES] + grey:
            rows += [_point(rng, dataset, oracle, family, x) for x in ALPHAS]
    return Curves(tuple(rows)).to_frame()


def _point(rng, dataset, oracle, family, x):
    chance = ":" in family and x == 0
    value = rng.uniform(0.4, 0.6) * (1 - x) if family == "gap" else rng.uniform(0.2, 0.5) + 0.4 * x
    half = np.nan if chance else 0.06
    bounds = {"low": value - half, "high": value + half * 0.95}
    bounds |= {"band_low": value - 2 * half, "band_high": value + 2 * half}
    condition = "chance" if chance else f"{family}@{x:g}"
    return Point(
        *(dataset, "r", oracle, "0", family, x, "top1", condition, value), kept_fraction=1 - x / 2, **bounds
    )


def _floors(oracles):
    """Return the floors of three coefficients, one a distance; the arms have three verdicts."""
    reference, *others = oracles
    rows = []
    for statistic, own in (("spearman_within", 0.8), ("cohen_kappa", 0.7), ("mean_abs_difference", 0.1)):
        sign = 1 if statistic == "mean_abs_difference" else -1
        for dataset in ("all", "k400"):
            for arm in oracles:
                about = {"low": own - 0.03, "high": own + 0.04}
                rows.append(Floor("self_agreement", arm, None, statistic, dataset, value=own, **about))
            for k, arm in enumerate(others):
                value = sign * 0.08 * k
                cross = {"value": own + value, "low": own + value - 0.03, "high": own + value + 0.03}
                rows.append(Floor("cross_agreement", arm, reference, statistic, dataset, **cross))
                verdict = ("non-inferior", "inconclusive", "inferior")[k % 3]
                judged = {"bound": value + sign * 0.025, "upper_bound": value - sign * 0.025}
                judged |= {"margin": 0.07, "margin_rule": "half the floor", "verdict": verdict}
                bounds = {"value": value, "low": value - 0.03, "high": value + 0.03}
                rows.append(Floor("difference", arm, reference, statistic, dataset, **bounds, **judged))
    rows.append(Floor("per_video", reference, None, "calls", "all", value=25.0))  # not drawn
    return Floors(tuple(rows)).to_frame()


@pytest.fixture(scope="session")
def study() -> Study:
    return make_study()
