"""Tables that imports alone write: measured motion, and what was found on the way."""

from __future__ import annotations

from crossoracle.tables.column import Column
from crossoracle.tables.columns import DATASET, VIDEO_ID, count, text
from crossoracle.tables.table import Check, Table

MOTION = Table(
    "motion",
    "One row per segment of a video: how much moves in it, as somebody else measured it.",
    (
        DATASET,
        VIDEO_ID,
        count("segment", "Which segment of the video, from 0."),
        Column("start_s", "real", "Where the segment starts.", "s", 0),
        Column("end_s", "real", "Where the segment ends.", "s", 0),
        Column(
            "motion",
            "real",
            "How much moves, such as the mean length of the optical flow; only the order within a video "
            "counts; null where it was not measured.",
            low=0,
            nullable=True,
        ),
    ),
    key=("dataset", "video_id", "segment"),
    checks=(Check("end_s > start_s", ("end_s", "start_s"), "end_s > start_s"),),
)

FINDINGS = Table(
    "findings",
    "One row per thing that an import noticed: files that it left out, values that it did not take.",
    (
        Column("format", "text", "The format that was imported."),
        Column("source", "text", "The files or directories that were imported, relative to the study."),
        text("oracle", "The oracle that was named, if one was.", required=True),
        text("run", "The run that was named, if one was.", required=True),
        Column("finding", "text", "What was noticed."),
        Column("name", "text", "The file or the video that it was noticed of."),
        text("detail", "Why, where there is more to be said.", required=True),
    ),
    key=("format", "source", "oracle", "run", "finding", "name", "detail"),
    result=True,
)
