"""What is said across oracles, frozen and typed, field for column of its tables."""

from __future__ import annotations

from dataclasses import dataclass

from crossoracle.results import NAN, Rows


@dataclass(frozen=True)
class Direction:
    """Which way a contrast points for one oracle, and whether all oracles agree: one row of directions."""

    contrast: str
    dataset: str
    recognizer: str | None
    run: str
    metric: str
    oracle: str
    condition_a: str
    condition_b: str
    value: float
    p_holm: float
    direction: str
    significant: bool | None
    n_oracles: int
    n_positive: int
    n_significant: int
    all_positive: bool | None
    all_significant: bool | None


@dataclass(frozen=True)
class Spread:
    """How much a contrast differs between oracles: one row of the heterogeneity table."""

    contrast: str
    dataset: str
    recognizer: str | None
    run: str
    metric: str
    quantity: str
    oracle: str | None = None
    other: str | None = None
    value: float = NAN
    low: float = NAN
    high: float = NAN
    simultaneous_low: float = NAN
    simultaneous_high: float = NAN
    level: float = 0.95
    interval: str = "expanded"
    n_oracles: int = 0
    n_videos: int = 0
    n_joint: int = 0
    n_clusters: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class Foretold:
    """Accuracy where oracles agree more or less: one row of the disagreement table."""

    dataset: str
    recognizer: str | None
    oracle: str | None
    run: str
    condition: str
    metric: str
    statistic: str
    against: str
    part: str
    value: float = NAN
    low: float = NAN
    high: float = NAN
    level: float = 0.95
    interval: str = "expanded"
    n_videos: int = 0
    n_clusters: int = 0
    n_left_out: int = 0
    n_undefined: int = 0
    p: float = NAN
    reason: str | None = None


class Directions(Rows[Direction]):
    """Rows of the directions table."""

    KIND = Direction


class Heterogeneity(Rows[Spread]):
    """Rows of the heterogeneity table."""

    KIND = Spread


class Disagreement(Rows[Foretold]):
    """Rows of the disagreement table."""

    KIND = Foretold
