"""Strata: quarters within each dataset, classes, and difficulty that leaves a video's own outcome out."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.analysis.strata import Stratified, difficulty
from tests.analysis.made import compared, only, predictions, random_outcomes

LED, FULL = ("a", "led@0"), (None, "full")
DATASETS = ["x"] * 24 + ["y"] * 16


@pytest.fixture
def study():
    outcomes = random_outcomes([LED, FULL], 40)
    labels = np.array([f"c{i % 4}" for i in range(40)], dtype=object)
    labels[3] = None
    return predictions(
        outcomes,
        dataset=DATASETS,
        label=labels,
        duration=np.arange(40, dtype=float),
        kept=np.stack([np.ones(40), np.linspace(0, 1, 40)]),
    )


def _masks(study, by, oracle="a", **known):
    (group,) = [g for g in study.groups if g.oracle == oracle]
    return {part.name: part.videos for part in Stratified(study, by, **known).of(group)}


@pytest.mark.parametrize("by", ["duration", "kept_share"])
def test_quarters_are_of_each_dataset(study, by):
    masks = _masks(study, by)
    assert list(masks) == [None, *(f"{by} {i}/4" for i in range(1, 5))]
    assert [int(m.sum()) for m in masks.values()] == [40, 10, 10, 10, 10]
    assert np.flatnonzero(masks[f"{by} 1/4"]).tolist() == [*range(6), *range(24, 28)]


def test_equal_values_stay_together(study):
    from dataclasses import replace

    masks = _masks(replace(study, duration=np.repeat([1.0, 2.0], 20)), "duration")
    sizes = {name: int(mask.sum()) for name, mask in masks.items() if name}
    assert sum(sizes.values()) == 40
    short = np.repeat([1.0, 2.0], 20)[24:] == 1
    assert not short.any()  # the second dataset has one length: one part


def test_classes_are_of_one_dataset_and_not_pooled(study):
    found = compared(study, by="class")
    strata = {(row.dataset, row.stratum) for row in found.differences if row.stratum}
    assert strata == {(d, f"class c{i}") for d in "xy" for i in range(4)}
    assert any("1 video without class, in no stratum" in note for note in found.notes)
    row = only(found, dataset="y", stratum="class c1")
    assert row.n_videos == 4
    assert row.family == "top1, y, r, by class: 4 contrasts"


def test_difficulty_is_of_the_other_clusters_of_the_class(study):
    right = study.values[0, [v.condition for v in study.views].index("full")]
    group = next(g for g in study.groups if g.oracle == "a")
    found = difficulty(study, group)
    for i in range(40):
        others = [
            j
            for j in range(40)
            if j != i and study.dataset[j] == study.dataset[i] and study.label[j] == study.label[i]
        ]
        expected = np.nan if study.label[i] is None else np.mean([1 - right[j] for j in others])
        assert found[i] == pytest.approx(expected, nan_ok=True)


def test_confidence_is_of_the_oracle(study):
    sure = {("a", "0"): np.linspace(1, 0, 40)}
    masks = _masks(study, "confidence", sure=sure)
    assert np.flatnonzero(masks["confidence 1/4"]).tolist() == [*range(18, 24), *range(36, 40)]
    assert list(_masks(study, "confidence", oracle=None, sure=sure)) == [None]


def test_strata_add_up(study):
    found = compared(study, "full_gap", by="duration")
    whole = only(found, contrast="full_gap")
    parts = [row for row in found.differences if row.dataset == "all" and row.stratum]
    assert sum(row.n_videos for row in parts) == whole.n_videos
    assert sum(row.value * row.n_videos for row in parts) == pytest.approx(whole.value * whole.n_videos)
    assert (sum(row.b for row in parts), sum(row.c for row in parts)) == (whole.b, whole.c)
