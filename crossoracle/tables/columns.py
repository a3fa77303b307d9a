"""Columns that several tables share, and short ways to declare the usual kinds of column."""

from __future__ import annotations

from crossoracle.tables.column import Column
from crossoracle.tables.table import Check

DATASET = Column("dataset", "text", "The dataset that the video belongs to.")
ONE_DATASET = Check(
    "dataset <> 'all'", ("dataset",), 'another name than "all", which stands for all datasets'
)
VIDEO_ID = Column("video_id", "text", "The video; unique within its dataset.")
ORACLE = Column("oracle", "text", "Who or what looked at the video: a model, a rater.")
RUN = Column("run", "text", "Which repetition of the oracle.", required=False, default="0")
POOL = Column("dataset", "text", 'The dataset that the row is about; "all" pools every dataset.')
VALUE = Column("value", "real", "The value; null where it is undefined.", nullable=True)
LOW = Column("low", "real", "Lower bound of the interval; null where there is none.", nullable=True)
HIGH = Column("high", "real", "Upper bound of the interval; null where there is none.", nullable=True)
LEVEL = Column("level", "real", "Nominal coverage of the interval.", low=0, high=1)
INTERVAL = Column("interval", "text", 'How the interval was constructed, such as "expanded" or "wilson".')


def count(name: str, meaning: str, *, required: bool = True, nullable: bool = False) -> Column:
    """Return a column of whole numbers from 0."""
    return Column(name, "integer", meaning, "", 0, required=required, nullable=nullable)


def text(name: str, meaning: str, *, required: bool = False) -> Column:
    """Return a column of text that may be null."""
    return Column(name, "text", meaning, nullable=True, required=required)


def real(name: str, meaning: str, unit: str = "", low: float | None = None) -> Column:
    """Return a column of numbers that a file need not have."""
    return Column(name, "real", meaning, unit, low, nullable=True, required=False)


def share(name: str, meaning: str, *, required: bool = False) -> Column:
    """Return a column of fractions."""
    return Column(name, "real", meaning, "fraction", 0, 1, nullable=True, required=required)


def result(name: str, meaning: str) -> Column:
    """Return a column of numbers that are null where undefined."""
    return Column(name, "real", meaning, nullable=True)


def p(name: str, meaning: str) -> Column:
    """Return a column of p values."""
    return share(name, meaning, required=True)
