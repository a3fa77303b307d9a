"""What `power` returns: plans, one row per number of clusters, field for column of the plans table."""

from __future__ import annotations

from dataclasses import dataclass

from crossoracle.results import NAN, Rows

CONTRAST, AGREEMENT = "contrast", "agreement"
PILOT, STATED = "pilot", "stated"


@dataclass(frozen=True)
class Plan:
    """What a study of so many clusters would show: one row of the plans table."""

    question: str
    statistic: str
    source: str
    clusters: int
    videos: float
    answer: bool
    difference: float = NAN
    power: float = NAN
    power_low: float = NAN
    power_high: float = NAN
    width: float = NAN
    level: float = 0.95
    value: float = NAN
    closed_form: float = NAN
    pilot_clusters: int = 0
    simulations: int = 0
    reason: str | None = None

    def __str__(self) -> str:
        shows = f"power {self.power:.2f}" if self.question == CONTRAST else f"width {self.width:.3f}"
        return f"{self.clusters:,} clusters: {self.statistic}, {shows}"


class Plans(Rows[Plan]):
    """Rows of the plans table."""

    KIND = Plan
