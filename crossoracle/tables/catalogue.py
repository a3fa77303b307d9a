"""Every table of a study, declared once: column by column, with units, ranges and meanings.

Fractions are fractions, never percent; times are seconds from the start of the video; a missing value is a
null, never a NaN, a zero or an empty text.
"""

from __future__ import annotations

from crossoracle.errors import UnknownNameError
from crossoracle.tables.column import Column
from crossoracle.tables.columns import (
    DATASET,
    HIGH,
    INTERVAL,
    LEVEL,
    LOW,
    ONE_DATASET,
    ORACLE,
    POOL,
    RUN,
    VALUE,
    VIDEO_ID,
)
from crossoracle.tables.columns import count as _count
from crossoracle.tables.columns import p as _p
from crossoracle.tables.columns import real as _real
from crossoracle.tables.columns import result as _result
from crossoracle.tables.columns import share as _share
from crossoracle.tables.columns import text as _text
from crossoracle.tables.controlling import CONTROLS, REMOVALS
from crossoracle.tables.diagnosing import DIAGNOSTICS_TABLES
from crossoracle.tables.downstream import ACCURACIES, COMPARED, DIFFERENCES, FLOORS, PLANS
from crossoracle.tables.imported import FINDINGS, MOTION
from crossoracle.tables.selecting import SELECTION_TABLES, selection
from crossoracle.tables.table import Check, Table

VIDEOS = Table(
    "videos",
    "One row per video.",
    (
        DATASET,
        VIDEO_ID,
        _text(
            "label", "What is to be recognised: the class, or the query; null where unknown.", required=True
        ),
        Column("class_id", "integer", "The number of the class.", nullable=True, required=False),
        _text("path", "Where the video file is, absolute or relative to the directory of this table."),
        _real("duration_s", "How long the video is.", "s", 0),
        Column(
            "cluster",
            "text",
            "What is resampled: the source that several clips were cut from, or else the video itself.",
            required=False,
            default_from="video_id",
        ),
        _text("split", 'The split that the video belongs to, such as "val".'),
        _text(
            "attributes", "A JSON object with whatever prompts may need, such as a template's placeholders."
        ),
    ),
    key=("dataset", "video_id"),
    checks=(ONE_DATASET,),
)

SCORES = Table(
    "scores",
    "One row per segment of a video, as one run of one oracle scored it.",
    (
        DATASET,
        VIDEO_ID,
        ORACLE,
        RUN,
        _count("segment", "Which segment of the video, from 0."),
        Column("start_s", "real", "Where the segment starts; it belongs to the segment.", "s", 0),
        Column("end_s", "real", "Where the segment ends; it no longer belongs to it.", "s", 0),
        Column(
            "score",
            "real",
            "How much evidence the segment carries; null where the oracle was silent.",
            "fraction",
            0,
            1,
            nullable=True,
            remedy="correct the value, or import scores on another scale with --score-range LO HI",
        ),
        Column(
            "kept",
            "flag",
            "Whether the oracle put the segment into its important set; null where it has none.",
            nullable=True,
            required=False,
        ),
        _text("phase", "The part of the action that the segment shows, in the oracle's words."),
        _text("reason", "Why, in the oracle's words."),
    ),
    key=("dataset", "video_id", "oracle", "run", "segment"),
    checks=(ONE_DATASET, Check("end_s > start_s", ("end_s", "start_s"), "end_s > start_s")),
)

PRECHECKS = Table(
    "prechecks",
    "One row per video and run of an oracle: whether the oracle sees the action at all.",
    (
        DATASET,
        VIDEO_ID,
        ORACLE,
        RUN,
        Column(
            "outcome",
            "text",
            "What came of it; only yes passes. Safety blocks and empty answers are refused; time-outs and "
            "lost connections are errors.",
            choices=("yes", "no", "skip", "refused", "unparsed", "truncated", "error"),
        ),
        _share("p_yes", "The probability of YES, where it is known."),
        Column(
            "p_source",
            "text",
            "Where that probability comes from.",
            nullable=True,
            required=False,
            choices=("logits", "logprobs", "samples", "stated"),
        ),
        _real("confidence", "The confidence that the oracle states.", low=0),
        _count("calls", "How many calls were made to the oracle.", required=False, nullable=True),
        _count("input_tokens", "Tokens sent.", required=False, nullable=True),
        _count("output_tokens", "Tokens received.", required=False, nullable=True),
        _real("cost_usd", "What the calls cost; null where the price is unknown.", "USD", 0),
        _real("latency_s", "How long the calls took.", "s", 0),
        _text("detail", "What else is to be said, such as the message of an error."),
    ),
    key=("dataset", "video_id", "oracle", "run"),
    checks=(ONE_DATASET,),
)

PREDICTIONS = Table(
    "predictions",
    "One row per video, recognizer and condition: what the frozen recognizer said when it saw those frames.",
    (
        _text("dataset", "The dataset of the video; null where the study has only one."),
        VIDEO_ID,
        _text("recognizer", "Which recognizer."),
        _text("oracle", "Whose scores chose the frames; null for conditions that need none."),
        RUN,
        Column("condition", "text", 'The rule for which frames are seen, such as "full" or "led@0.3".'),
        _text("top1", "The class predicted."),
        _text("top5", "The five likeliest classes, as a JSON list."),
        _share("p_true", "The probability given to the true class."),
        Column("correct1", "flag", "Whether the class predicted is the true one.", nullable=True),
        Column(
            "correct5",
            "flag",
            "Whether the true class is among the five likeliest.",
            nullable=True,
            required=False,
        ),
        _share("kept_fraction", "The share of the duration that could be seen."),
        _count("distinct_frames", "How many different frames were seen.", required=False, nullable=True),
        _text("failure", "Why there is no prediction; then correct1 is null."),
        _text(
            "digest",
            "Of all that the row was made from: recognizer, file, frames shown; null where it was imported.",
        ),
    ),
    key=("dataset", "video_id", "recognizer", "oracle", "run", "condition"),
    checks=(
        ONE_DATASET,
        Check(
            "failure IS NULL OR correct1 IS NULL",
            ("correct1", "failure"),
            "correct1 empty where failure gives a reason",
        ),
    ),
)

ESTIMATES = Table(
    "estimates",
    "One row per statistic, pair of oracles (or all of them) and set of videos.",
    (
        Column("statistic", "text", "The name of the coefficient."),
        _text("oracle_a", "First oracle of the pair; null for statistics of all oracles.", required=True),
        _text("run_a", "Run of the first oracle.", required=True),
        _text("oracle_b", "Second oracle of the pair; null for statistics of all oracles.", required=True),
        _text("run_b", "Run of the second oracle.", required=True),
        POOL,
        _text("label", "The label that the row is restricted to; null where it is not.", required=True),
        Column(
            "videos",
            "text",
            "Which videos were compared: those that every oracle, or both of the pair, could recognise, or "
            "all; or a bound or reweighting over what was left out.",
            choices=("joint", "pairwise", "all", "worst", "best", "ipw"),
        ),
        VALUE,
        LOW,
        HIGH,
        LEVEL,
        INTERVAL,
        _count("replicates", "How many bootstrap replicates the interval rests on."),
        _count("n_segments", "Segments that entered the value."),
        _count("n_videos", "Videos that entered the value."),
        _count("n_clusters", "Clusters that entered the value."),
        _count("n_left_out", "Videos without a value of their own."),
        _count("n_undefined", "Resamples in which the statistic was undefined."),
        _text("reason", "Why the value or the interval is null, or what qualifies it.", required=True),
        _result("mc_low", "Monte Carlo standard error of the lower bound."),
        _result("mc_high", "Monte Carlo standard error of the upper bound."),
        _result("jackknife_low", "Lower bound of the cluster-jackknife t interval."),
        _result("jackknife_high", "Upper bound of the cluster-jackknife t interval."),
        _p("p_null", "P value against the permutation null; null where none was drawn."),
    ),
    key=("statistic", "oracle_a", "run_a", "oracle_b", "run_b", "dataset", "label", "videos"),
    result=True,
)

AGREEMENT_DIFFERENCES = Table(
    "agreement_differences",
    "One row per statistic and pair of pairs: the first pair's value minus the second's, same resamples.",
    (
        Column("statistic", "text", "The name of the coefficient."),
        _text("oracle_a1", "First oracle of the first pair.", required=True),
        _text("oracle_b1", "Second oracle of the first pair.", required=True),
        _text("oracle_a2", "First oracle of the second pair.", required=True),
        _text("oracle_b2", "Second oracle of the second pair.", required=True),
        POOL,
        VALUE,
        LOW,
        HIGH,
        _result("simultaneous_low", "Lower bound that holds for all differences of the statistic at once."),
        _result("simultaneous_high", "Upper bound that holds for all differences of the statistic at once."),
        _p("p", "P value of no difference: two-sided clustered t-test of this difference alone."),
    ),
    key=("statistic", "oracle_a1", "oracle_b1", "oracle_a2", "oracle_b2", "dataset"),
    result=True,
)

FLOW = Table(
    "flow",
    "One row per dataset and set of oracles: how many videos that set recognised.",
    (
        POOL,
        Column(
            "kind",
            "text",
            "Whether every oracle of the set passed the video (all_of), or those and no others (exactly).",
            choices=("all_of", "exactly"),
        ),
        _text("oracles", 'The oracles of the set, joined by " & "; null for the empty set.', required=True),
        _count("n", "Videos that fit."),
        _count("n_videos", "Videos there are."),
        _share("rate", "n / n_videos; null where there are no videos.", required=True),
        LOW,
        HIGH,
        LEVEL,
        INTERVAL,
    ),
    key=("dataset", "kind", "oracles"),
    result=True,
)

TESTS = Table(
    "tests",
    "One row per test of a declared family.",
    (
        Column("family", "text", "The family that the p values are adjusted within."),
        Column("test", "text", "What is tested."),
        POOL,
        _result("statistic", "The test statistic; null where it is undefined."),
        _text("df", 'Its degrees of freedom, such as "3, 1547".', required=True),
        _p("p", "The p value."),
        _p("p_adjusted", "The p value adjusted within the family (Holm)."),
    ),
    key=("family", "test", "dataset"),
    result=True,
)

PER_VIDEO = Table(
    "per_video",
    "One row per video and statistic: what the figures of single videos draw.",
    (
        DATASET,
        VIDEO_ID,
        Column("statistic", "text", "The name of the coefficient."),
        VALUE,
        _count("n_segments", "Segments of the video that entered the value."),
        _count("n_oracles", "Oracles that entered the value."),
        _count("n_pairs", "Pairs of oracles that entered the value, which is their mean."),
    ),
    key=("dataset", "video_id", "statistic"),
    result=True,
)

FAILURES = Table(
    "failures",
    "One row per oracle and outcome: how often each kind of failure came up among what it was asked.",
    (
        POOL,
        ORACLE,
        RUN,
        Column("asked", "text", "By the strategy, or by the controls.", choices=("precheck", "controls")),
        Column("outcome", "text", "What came of it.", choices=PRECHECKS["outcome"].choices),
        _count("n", "How often."),
        _count("n_asked", "Of how many."),
        _share("rate", "n / n_asked; null where nothing was asked.", required=True),
    ),
    key=("dataset", "oracle", "run", "asked", "outcome"),
    result=True,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        VIDEOS,
        SCORES,
        PRECHECKS,
        REMOVALS,
        MOTION,
        PREDICTIONS,
        ACCURACIES,
        DIFFERENCES,
        *COMPARED,
        FLOORS,
        PLANS,
        ESTIMATES,
        AGREEMENT_DIFFERENCES,
        FLOW,
        TESTS,
        PER_VIDEO,
        selection(ESTIMATES),
        *SELECTION_TABLES,
        *DIAGNOSTICS_TABLES,
        CONTROLS,
        FAILURES,
        FINDINGS,
    )
}


def table(name: str) -> Table:
    """Return the declaration of a table.

    Raises
    ------
    UnknownNameError
        No table has that name; the message names the nearest.
    """
    if name not in TABLES:
        raise UnknownNameError("table", name, TABLES)
    return TABLES[name]
