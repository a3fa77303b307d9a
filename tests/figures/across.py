"""Finished tables across oracles: limits of agreement, classes, prechecks, directions, disagreement."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from crossoracle.figures.titles import CONTRASTS


def across_of(rng, oracles, datasets, videos):
    """Return the tables by name; ``datasets`` without the pooled rows."""
    places = ["all", *datasets]
    return {
        "diagnostics_limits": _limits(rng, oracles, places),
        "diagnostics_points": _points(rng, oracles, places),
        "diagnostics_scores": _spread(rng, oracles, places),
        "diagnostics_classes": _classes(rng, oracles, datasets),
        "directions": _directions(rng, oracles, places),
        "heterogeneity": _heterogeneity(rng, places),
        "disagreement": _disagreement(rng, oracles, places),
    } | _asked(rng, oracles, datasets, videos)


def _bounds(value, half):
    return {"value": value, "low": value - half, "high": value + 0.95 * half, "level": 0.95, "reason": None}


def _limits(rng, oracles, places):
    rows = []
    for dataset in places:
        for a, b in combinations(sorted(oracles), 2):
            mean, sd = rng.normal(0, 0.05), rng.uniform(0.15, 0.3)
            of = {"mean": mean, "lower": mean - 1.96 * sd, "upper": mean + 1.96 * sd}
            for quantity, value in of.items():
                row = {"dataset": dataset, "oracle_a": a, "oracle_b": b, "quantity": quantity, "sd": sd}
                sizes = {"n_segments": 900, "n_videos": 90, "n_clusters": 80}
                rows.append(row | _bounds(value, 0.04) | sizes)
    return pd.DataFrame(rows)


def _points(rng, oracles, places):
    rows = []
    for dataset in places:
        for a, b in combinations(sorted(oracles), 2):
            at = np.unique(rng.integers(4, 17, (30, 2)), axis=0) / 20
            cells = {(round((x + y) / 2, 3), round(x - y, 2)): rng.integers(1, 90) for x, y in at}
            rows += [(dataset, a, b, mean, difference, int(n)) for (mean, difference), n in cells.items()]
    return pd.DataFrame(rows, columns=["dataset", "oracle_a", "oracle_b", "mean", "difference", "n"])


def _spread(rng, oracles, places):
    rows = []
    for dataset in places:
        for oracle in oracles:
            for passed in (True, False):
                n = rng.integers(1, 100, 21)
                edges = [*(k / 20 for k in range(20)), np.nan]
                for k, low in enumerate(edges):
                    high = low + 0.05
                    rows.append((dataset, oracle, passed, low, high, int(n[k]), n[k] / n.sum()))
    return pd.DataFrame(rows, columns=["dataset", "oracle", "passed", "low", "high", "n", "share"])


def _classes(rng, oracles, datasets):
    rows = []
    for dataset in datasets:
        for oracle in oracles:
            for k in range(6):
                value = rng.uniform(0.2, 0.8)
                row = {"dataset": dataset, "label": f"class {k} {'z' * 40}", "statistic": "kept_share"}
                row |= {"oracle_a": oracle, "oracle_b": None, "n_videos": 9, "n_clusters": 9}
                shrunk = 0.5 + 0.6 * (value - 0.5)
                row |= {"own_share": 0.6, "mean": 0.5, "between_sd": 0.1}
                rows.append(row | _bounds(shrunk, 0.08) | {"value": value, "shrunk": shrunk})
    return pd.DataFrame(rows)


def _directions(rng, oracles, places):
    rows = []
    for contrast in CONTRASTS:
        for metric in ("top1", "p_true"):
            for dataset in places:
                values = {oracle: rng.normal(0.1, 0.1) for oracle in oracles}
                for oracle, value in values.items():
                    row = {"contrast": contrast, "dataset": dataset, "recognizer": "r", "run": "0"}
                    row |= {"metric": metric, "oracle": oracle, "value": value, "p_holm": 0.04}
                    up = sum(v > 0 for v in values.values())
                    counts = {"n_oracles": len(oracles), "n_positive": up, "n_significant": 2}
                    row |= {
                        "condition_a": "led@0",
                        "condition_b": "inverted@0",
                        "significant": bool(value > 0.1),
                    }
                    row |= {"direction": "positive" if value > 0 else "negative"}
                    rows.append(row | counts | {"all_positive": up == len(oracles), "all_significant": False})
    return pd.DataFrame(rows)


def _heterogeneity(rng, places):
    rows = []
    for contrast in CONTRASTS:
        for metric in ("top1", "p_true"):
            for dataset in places:
                for quantity, value in (("mean", rng.normal(0.1, 0.05)), ("sd_between", 0.04)):
                    row = {"contrast": contrast, "dataset": dataset, "recognizer": "r", "run": "0"}
                    row |= {"metric": metric, "quantity": quantity, "oracle": None, "other": None}
                    row |= {"simultaneous_low": None, "simultaneous_high": None, "interval": "expanded"}
                    row |= {"n_oracles": 4, "n_videos": 30, "n_joint": 30, "n_clusters": 30}
                    rows.append(row | _bounds(value, 0.05))
    return pd.DataFrame(rows)


PARTS = (*(f"quarter {k}/4" for k in range(1, 5)), "last - first quarter", "correlation")


def _disagreement(rng, oracles, places):
    rows = []
    for dataset in places:
        for oracle, condition in [(None, "full"), *((name, "led@0") for name in oracles)]:
            for statistic in ("jaccard_all", "spearman_within_all"):
                for against in ("accuracy", "difficulty"):
                    for part in PARTS:
                        row = {"dataset": dataset, "recognizer": "r", "oracle": oracle, "run": "0"}
                        row |= {"condition": condition, "metric": "top1", "statistic": statistic}
                        row |= {"against": against, "part": part, "interval": "expanded", "p": np.nan}
                        sizes = {"n_videos": 30, "n_clusters": 30, "n_left_out": 0, "n_undefined": 0}
                        rows.append(row | _bounds(rng.uniform(0.6, 0.9), 0.08) | sizes)
    return pd.DataFrame(rows)


def _asked(rng, oracles, datasets, videos):
    """Return videos of six classes a dataset, one of them longer named, and their prechecks."""
    of = [datasets[v % len(datasets)] for v in range(videos)]
    label = [f"class {int(k)} {'z' * 40}" for k in rng.integers(0, 6, videos)]
    known = pd.DataFrame({"dataset": of, "video_id": [f"v{v:04d}" for v in range(videos)], "label": label})
    asked = known[["dataset", "video_id"]].merge(pd.DataFrame({"oracle": list(oracles)}), how="cross")
    outcome = np.where(rng.random(len(asked)) < 0.8, "yes", "no")
    return {"videos": known, "prechecks": asked.assign(run="0", outcome=outcome)}
