"""The published sweeps: gaps of their counts, and their best thresholds and budgets.

The counts of one dataset were published per condition, not per video: which videos were right under both is
unknown, so only values can be reproduced, not intervals of differences.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.analysis.made import compared, only, predictions

PUBLISHED = Path(__file__).resolve().parents[2].parent / "shared" / "published"
CONDITIONS = {
    ("vlm-fastforward", "0"): "led@0",
    ("lowest-evidence-fastforward", "0"): "bottom",
    ("vlm-fastforward", "1.0"): "full",
}
# shared/published/derived_from_curves.csv, from plot_alpha_curves.py: points, "EPS at alpha=0", "minus full"
GAPS = {"diving48": (29.95, -5.74), "k400": (5.25, 1.45), "ssv2": (9.04, -3.32)}
needs_sweeps = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published sweeps are not beside this repository"
)


def _rows(name: str, dataset: str) -> list[dict[str, str]]:
    with (PUBLISHED / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["dataset"] == dataset]


def _study(dataset: str):
    alphas = _rows("alpha_sweep", dataset)
    n = int(alphas[0]["n_videos"])
    right = {CONDITIONS.get((row["family"], row["alpha"])): row["k_correct_inferred"] for row in alphas}
    right = {name: int(k) for name, k in right.items() if name}
    for sweep, word in (("threshold", "threshold"), ("budget", "budget")):
        for row in _rows(f"{sweep}_sweep", dataset):
            share = float(row[f"{sweep}_pct"]) / 100
            right[f"{word}@{share:g}"] = round(float(row["top1_pct"]) / 100 * int(row["n_videos"]))
    outcomes = {
        (None if name == "full" else "vlm", name): (np.arange(n) < k).astype(float)
        for name, k in right.items()
    }
    return predictions(outcomes), right, n


@needs_sweeps
@pytest.mark.parametrize("dataset", GAPS)
def test_gaps_are_those_published(dataset):
    p, right, n = _study(dataset)
    found = compared(p, "eps", "full_gap", replicates=2)
    eps, full_gap = (only(found, contrast=name) for name in ("eps", "full_gap"))
    assert 100 * eps.value == pytest.approx(GAPS[dataset][0], abs=0.0051)
    assert 100 * full_gap.value == pytest.approx(GAPS[dataset][1], abs=0.0051)
    assert eps.n_videos == n
    assert eps.b - eps.c == right["led@0"] - right["bottom"]


@needs_sweeps
@pytest.mark.parametrize("dataset", GAPS)
def test_the_best_threshold_or_budget_is_found(dataset):
    p, right, n = _study(dataset)
    choices = {
        name: k
        for name, k in right.items()
        if name.startswith(("threshold@", "budget@")) and name not in ("threshold@0", "budget@1")
    }
    row = only(compared(p, "score_gain", replicates=2), contrast="score_gain")
    assert row.value == pytest.approx((max(choices.values()) - right["led@0"]) / n, abs=1e-12)
    assert choices[row.condition_a] == max(choices.values())
