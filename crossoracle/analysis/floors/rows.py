"""What `floor` returns: one row per quantity, arms and set of videos, field for column of the table."""

from __future__ import annotations

from dataclasses import dataclass

from crossoracle.results import NAN, Rows

SELF, CROSS, DIFFERENCE = "self_agreement", "cross_agreement", "difference"
CEILING, DISATTENUATED = "ratio_to_ceiling", "disattenuated"
ACCURACY, ACCURACY_SD, DETECTABLE = "accuracy", "accuracy_sd", "detectable_difference"
NON_INFERIOR, INFERIOR, INCONCLUSIVE = "non-inferior", "inferior", "inconclusive"


def _shown(value: float) -> str:
    return "undefined" if value != value else f"{value:.3f}"


@dataclass(frozen=True)
class Floor:
    """One number about repeated runs: one row of the floors table."""

    quantity: str
    arm_a: str | None
    arm_b: str | None
    statistic: str
    dataset: str
    recognizer: str | None = None
    condition: str | None = None
    value: float = NAN
    low: float = NAN
    high: float = NAN
    level: float = 0.95
    interval: str = "expanded"
    margin: float = NAN
    margin_rule: str | None = None
    bound: float = NAN
    upper_bound: float = NAN
    verdict: str | None = None
    resampled: str = "videos"
    replicates: int = 0
    n_runs_a: int = 0
    n_runs_b: int | None = None
    n_videos: int = 0
    n_clusters: int = 0
    n_left_out: int = 0
    n_undefined: int = 0
    reason: str | None = None

    def __str__(self) -> str:
        arms = ", ".join(arm for arm in (self.arm_a, self.arm_b) if arm)
        verdict = f": {self.verdict}" if self.verdict else ""
        bounds = f"[{_shown(self.low)}, {_shown(self.high)}]"
        return f"{self.quantity} {self.statistic} ({arms}) = {_shown(self.value)} {bounds}{verdict}"


class Floors(Rows[Floor]):
    """Rows of the floors table."""

    KIND = Floor
