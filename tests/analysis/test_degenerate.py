"""What is missing, failed or constant is stated and counted; nothing crashes, nothing is made up."""

from __future__ import annotations

import numpy as np
import pytest

from crossoracle.errors import InputError, UnknownNameError
from tests.analysis.made import FAIL, NAN, compared, only, predictions, random_outcomes

LED, FULL, INVERTED = ("a", "led@0"), (None, "full"), ("a", "inverted@0")


def _said(found, *words):
    return any(all(word in note for word in words) for note in found.notes)


def test_conditions_that_are_not_there_are_named():
    found = compared(predictions(random_outcomes([LED, FULL], 30)))
    assert {row.contrast for row in found.differences} == {"full_gap"}
    assert _said(found, "for lack of conditions", "polarity_gap (led@0 - inverted@0)", "score_gain")


def test_failed_and_missing_videos_are_counted():
    p = predictions({LED: [1, 0, 1, FAIL, NAN, 1], FULL: [1, 1, 0, 1, 1, NAN]})
    found = compared(p)
    row = only(found, contrast="full_gap")
    assert (row.n_videos, row.n_left_out, row.b, row.c) == (3, 3, 1, 1)
    (led,) = found.accuracies.select(condition="led@0", dataset="all")
    assert (led.n_videos, led.n_failed, led.n_missing, led.value) == (4, 1, 1, 0.75)
    assert _said(found, "led@0 of r / a, d: of 6 videos 1 failed and 1 are missing")
    assert _said(found, "full of r, d: of 6 videos 1 are missing")


def test_a_condition_that_always_failed_is_undefined_with_a_reason():
    found = compared(predictions({LED: [FAIL] * 5, FULL: [1, 0, 1, 1, 1]}))
    row = only(found, contrast="full_gap")
    assert np.isnan([row.value, row.low, row.p_signflip, row.p_holm, row.simultaneous_low]).all()
    assert (row.reason, row.n_videos, row.n_left_out) == ("no video has a prediction for every side", 0, 5)
    assert row.family.endswith(": 0 contrasts")
    (led,) = found.accuracies.select(condition="led@0", dataset="all")
    assert np.isnan(led.value)
    assert led.reason == "no video has a prediction"


def test_one_video_has_a_value_and_no_interval():
    row = only(compared(predictions({LED: [1], FULL: [0]})), contrast="full_gap")
    assert (row.value, row.n_clusters, row.p_signflip) == (1.0, 1, 1.0)
    assert np.isnan([row.low, row.high, row.simultaneous_low]).all()
    assert "needs at least two clusters" in row.reason


def test_no_discordant_pair():
    row = only(compared(predictions({LED: [1, 0] * 20, FULL: [1, 0] * 20})), contrast="full_gap")
    assert (row.value, row.b, row.c, row.p_signflip, row.p_mcnemar, row.p_holm) == (0, 0, 0, 1, 1, 1)
    assert np.isnan(row.low)
    assert "no cluster differs" in row.reason
    assert row.tango_low < 0 < row.tango_high


def test_all_correct():
    found = compared(predictions({LED: [1] * 30, FULL: [1] * 30}))
    (led,) = found.accuracies.select(condition="led@0", dataset="all")
    assert led.value == 1
    assert np.isnan(led.low)
    assert "no cluster differs" in led.reason


def test_an_empty_study_has_no_rows():
    p = predictions({LED: [], FULL: []}, dataset=[])
    found = compared(p)
    assert len(found.accuracies) == len(found.differences) == 0


def test_few_clusters_are_said():
    row = only(compared(predictions(random_outcomes([LED, FULL], 12))), contrast="full_gap")
    assert row.reason == "warning: 12 clusters"


def test_a_choice_that_many_videos_lack_is_no_choice():
    outcomes = random_outcomes([LED, ("a", "threshold@0.5"), ("a", "threshold@0.9")], 40)
    outcomes["a", "threshold@0.9"] = np.where(np.arange(40) < 5, FAIL, 1.0)
    found = compared(predictions(outcomes))
    row = only(found, contrast="score_gain")
    assert (row.condition_a, row.n_videos) == ("threshold@0.5", 40)
    assert _said(found, "no choice were threshold@0.9", "under 90%")


def test_a_dataset_without_a_condition_has_no_row_of_it():
    led = [1.0, 0.0] * 10 + [NAN] * 10
    p = predictions({LED: led, FULL: [1.0] * 15 + [0.0] * 15}, dataset=["x"] * 20 + ["y"] * 10)
    found = compared(p)
    assert {row.dataset for row in found.differences} == {"all", "x"}
    row = only(found, contrast="full_gap")
    assert (row.n_videos, row.n_left_out) == (20, 10)
    assert {row.dataset for row in found.accuracies.select(condition="full")} == {"all", "x", "y"}


def test_clusters_that_resamples_may_miss_are_said():
    led = [1.0, 0.0, 1.0, 1.0] + [NAN] * 60
    row = only(compared(predictions({LED: led, FULL: [0.0] * 64})), contrast="full_gap")
    assert row.n_clusters == 4
    assert np.isnan(row.low) == ("undefined" in row.reason)
    assert "resamples" in row.reason


def test_metrics_that_nothing_has_are_said():
    found = compared(predictions(random_outcomes([LED, FULL], 20)), metrics=("top1", "top5"))
    assert _said(found, "top5 is not compared")
    with pytest.raises(UnknownNameError, match="unknown metric 'top'"):
        compared(predictions(random_outcomes([LED, FULL], 20)), metrics=("top",))


def test_strata_of_nothing_are_refused():
    with pytest.raises(InputError, match="--by duration: found nothing to go by; expected duration_s"):
        compared(predictions(random_outcomes([LED, FULL], 20)), by="duration")


def test_a_constant_share_has_no_interval_of_rounding():
    """p_true is 0.7 and 0.6 everywhere: sums of them differ by rounding, which is no uncertainty."""
    p_true = {LED: [0.7] * 30, FULL: [0.6] * 30}
    p = predictions(random_outcomes([LED, FULL], 30), p_true=p_true)
    row = only(compared(p, replicates=499), contrast="full_gap", metric="p_true")
    assert row.value == pytest.approx(0.1)
    assert np.isnan([row.low, row.high, row.simultaneous_low, row.simultaneous_high]).all()
    assert "no cluster differs" in row.reason
