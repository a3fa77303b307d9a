"""What the one reader makes of every example of a published reply."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossoracle.replies import read_score, read_verify

REPLIES = Path(__file__).resolve().parents[2].parent / "shared" / "formats" / "31_raw_oracle_outputs"
needs_replies = pytest.mark.skipif(
    not REPLIES.is_dir(), reason="the published examples of replies are not beside this checkout"
)

N = None
TABLE = {
    # name: (segments, outcome, decision, confidence, scores, segments kept or None, flags)
    "01_strict": (3, "yes", "YES", 0.9, (0.1, 0.6, 0.9), {1, 2}, ()),
    "02_think_then_json": (3, "yes", "YES", 0.9, (0.1, 0.6, 0.9), {1, 2}, ()),
    "03_code_fence": (3, "yes", "YES", 0.8, (0.5, 0.5, 0.5), {0, 1, 2}, ()),
    "04_prose_around": (3, "no", "NO", 0.8, (N, N, N), None, ()),
    "05_truncated_mid_segment": (3, "truncated", "YES", 0.9, (N, N, N), None, ("truncated",)),
    "06_missing_segments_2_and_3": (5, "yes", "YES", 0.9, (0.2, N, N, 0.8, N), {3}, ("missing",)),
    "07_out_of_range_and_duplicate_ids": (
        *(3, "unparsed", "YES", 0.9, (N, N, N), None),
        ("unknown segments", "conflicting", "clipped", "missing"),
    ),
    "08_string_ids": (3, "yes", "YES", 0.9, (0.7, 0.3, N), {0}, ("numbers as text", "string ids", "missing")),
    "09_empty_mss": (3, "yes", "YES", 0.9, (0.2, 0.3, N), set(), ("missing",)),
    "10_refusal": (3, "refused", N, N, (N, N, N), None, ()),
    "11_uncertain": (3, "skip", "SKIP", 0.4, (N, N, N), None, ()),
    "12_confidence_out_of_range": (
        *(3, "unparsed", "YES", 1.0, (N, N, N), None),
        ("confidence clipped", "no segments", "no important set", "missing"),
    ),
    "13_only_regex_recoverable": (3, "truncated", "YES", 0.66, (N, N, N), None, ("truncated",)),
    "14_mss_disagrees_with_scores": (3, "yes", "YES", 0.9, (0.9, 0.2, 0.8), {1}, ("disagrees",)),
    "15_yes_low_confidence": (3, "yes", "YES", 0.4, (0.9, 0.2, 0.8), {0, 2}, ()),
    "16_importance_missing": (3, "yes", "YES", 0.9, (N, 0.6, N), {1}, ("missing",)),
}


@needs_replies
def test_every_example_stands_in_the_table():
    assert {path.stem for path in REPLIES.glob("*.txt")} == TABLE.keys()


@needs_replies
@pytest.mark.parametrize("name", TABLE)
def test_read_as_the_table_says(name):
    n, outcome, decision, confidence, scores, kept, flags = TABLE[name]
    read = read_score((REPLIES / f"{name}.txt").read_text(), n)
    assert (read.outcome, read.decision, read.confidence) == (outcome, decision, confidence)
    assert read.scores == pytest.approx(scores)
    assert read.kept == ((None,) * n if kept is None else tuple(segment in kept for segment in range(n)))
    assert read.flags == flags


@needs_replies
@pytest.mark.parametrize("name", TABLE)
def test_the_decision_alone_is_the_same(name):
    decision = TABLE[name][2]
    read = read_verify((REPLIES / f"{name}.txt").read_text())
    assert read.decision == decision
    assert read.outcome == ("refused" if decision is None else decision.lower())


@needs_replies
def test_phases_and_reasons_are_the_reply_s_own():
    read = read_score((REPLIES / "01_strict.txt").read_text(), 3)
    assert read.phases == ("setup", "contact", "execution")
    assert read.reasons == tuple(f"invented reason {i}" for i in (1, 2, 3))
    assert read.evidence == "ok"
