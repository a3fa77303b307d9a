"""The tables of what sampling changes downstream: accuracies under conditions, and their differences."""

from __future__ import annotations

from crossoracle.tables.column import Column
from crossoracle.tables.columns import (
    HIGH,
    INTERVAL,
    LEVEL,
    LOW,
    POOL,
    RUN,
    VALUE,
    count,
    p,
    result,
    share,
    text,
)
from crossoracle.tables.table import Table

RECOGNIZER = text("recognizer", "Which recognizer; null where the predictions name none.", required=True)
WHOSE = text("oracle", "Whose scores chose the frames; null for conditions that need none.", required=True)
STRATUM = text(
    "stratum", 'The part of the videos, such as "duration 1/4"; null for all of them.', required=True
)
METRIC = Column(
    "metric",
    "text",
    "Right at the first guess, right within five guesses, or the probability of the true class.",
    choices=("top1", "top5", "p_true"),
)
REASON = text("reason", "Why the value or the interval is null, or what qualifies it.", required=True)

ACCURACIES = Table(
    "accuracies",
    "One row per recognizer, condition and set of videos: how often the class was right.",
    (
        POOL,
        RECOGNIZER,
        WHOSE,
        RUN,
        Column("condition", "text", 'The rule for which frames were seen, such as "full" or "led@0.3".'),
        STRATUM,
        METRIC,
        VALUE,
        LOW,
        HIGH,
        LEVEL,
        INTERVAL,
        count("n_videos", "Videos that entered the value."),
        count("n_clusters", "Clusters that entered the value."),
        count("n_failed", "Videos whose prediction failed."),
        count(
            "n_missing", "Videos that the recognizer saw, but not under this condition, or not so measured."
        ),
        share("kept_fraction", "The mean share of the duration that could be seen.", required=True),
        REASON,
    ),
    key=("dataset", "recognizer", "oracle", "run", "condition", "stratum", "metric"),
    result=True,
)

DIFFERENCES = Table(
    "differences",
    "One row per contrast of two conditions, recognizer and set of videos: paired by video, same resamples.",
    (
        Column("contrast", "text", 'The name of the contrast, or the conditions as asked: "led@0 - motion".'),
        POOL,
        RECOGNIZER,
        WHOSE,
        RUN,
        Column("condition_a", "text", "The condition, or the difference, that the other is taken from."),
        Column("condition_b", "text", "The condition, or the difference, that is taken from it."),
        STRATUM,
        METRIC,
        VALUE,
        LOW,
        HIGH,
        result("simultaneous_low", "Lower bound that holds for the whole family at once (max-|t|)."),
        result("simultaneous_high", "Upper bound that holds for the whole family at once (max-|t|)."),
        LEVEL,
        INTERVAL,
        count("n_videos", "Videos that have every condition of the contrast."),
        count("n_clusters", "Clusters that those come from."),
        count("n_left_out", "Videos that the recognizer saw, but that lack a condition of the contrast."),
        count(
            "b",
            "Videos right under the first condition alone; null where two are not compared.",
            nullable=True,
        ),
        count("c", "Videos right under the second condition alone; null as for b.", nullable=True),
        p("p_signflip", "P value of no difference: signs of whole clusters flipped."),
        p("p_mcnemar", "McNemar's mid-p; null where a cluster has several videos, or two are not compared."),
        result("tango_low", "Lower bound of Tango's score interval; null as for p_mcnemar."),
        result("tango_high", "Upper bound of Tango's score interval; null as for p_mcnemar."),
        Column("family", "text", "What the simultaneous bounds and p_holm hold for."),
        p("p_holm", "p_signflip adjusted within the family (Holm)."),
        REASON,
    ),
    key=(
        "contrast",
        "dataset",
        "recognizer",
        "oracle",
        "run",
        "condition_a",
        "condition_b",
        "stratum",
        "metric",
    ),
    result=True,
)
