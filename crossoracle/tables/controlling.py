"""The tables of what oracles are asked besides: removals step by step, and sanity controls."""

from __future__ import annotations

from crossoracle.tables.column import Column
from crossoracle.tables.columns import (
    DATASET,
    HIGH,
    INTERVAL,
    LEVEL,
    LOW,
    ORACLE,
    POOL,
    RUN,
    VALUE,
    VIDEO_ID,
    count,
    share,
    text,
)
from crossoracle.tables.table import Table

CONTROLLED = ("whole", "keep-important", "keep-filler", "important-minus-filler", "wrong-label")
CURVES = ("deletion", "insertion")

REMOVALS = Table(
    "removals",
    "One row per verification of a greedy removal: what was left out, and whether the action was still seen.",
    (
        DATASET,
        VIDEO_ID,
        ORACLE,
        RUN,
        count("step", "The round, from 1; 0 is the whole video."),
        count("segment", "The segment left out besides those gone; null: the whole video.", nullable=True),
        share("p_yes", "P(YES) without it; null where the oracle gave none.", required=True),
        Column("removed", "flag", "Whether it was removed for good in this round."),
    ),
    key=("dataset", "video_id", "oracle", "run", "step", "segment"),
    result=True,
)

CONTROLS = Table(
    "controls",
    "One row per oracle and sanity control: how likely it holds the action to be in what it is shown.",
    (
        POOL,
        ORACLE,
        RUN,
        Column(
            "control",
            "text",
            "What was shown: the whole video; its kept segments alone, or only the others; the whole with "
            "another label; the whole without its highest segments, or these alone.",
            choices=(*CONTROLLED, *CURVES),
        ),
        Column(
            "metric",
            "text",
            "The mean of P(YES), the share of videos with the outcome yes, or the area under a curve.",
            choices=("p_yes", "yes", "area"),
        ),
        share("x", "Of a curve: share of the segments taken away (deletion) or shown.", required=True),
        VALUE,
        LOW,
        HIGH,
        LEVEL,
        INTERVAL,
        count("n_videos", "Videos that entered the value."),
        count("n_clusters", "Clusters that entered the value."),
        count("n_left_out", "Videos without a value of their own."),
        text("reason", "Why the value or the interval is null, or what qualifies it.", required=True),
    ),
    key=("dataset", "oracle", "run", "control", "metric", "x"),
    result=True,
)
