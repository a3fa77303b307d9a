"""What `compare` returns: accuracies and differences, frozen and typed, field for column of their tables."""

from __future__ import annotations

from dataclasses import dataclass

from crossoracle.results import NAN, Rows


def _percent(value: float) -> str:
    return "undefined" if value != value else f"{100 * value:.1f}"


@dataclass(frozen=True)
class Accuracy:
    """How often a recognizer was right under one condition: one row of the accuracies table."""

    dataset: str
    recognizer: str | None
    oracle: str | None
    run: str
    condition: str
    stratum: str | None
    metric: str
    value: float = NAN
    low: float = NAN
    high: float = NAN
    level: float = 0.95
    interval: str = "expanded"
    n_videos: int = 0
    n_clusters: int = 0
    n_failed: int = 0
    n_missing: int = 0
    kept_fraction: float = NAN
    reason: str | None = None

    def __str__(self) -> str:
        whose = f" ({self.oracle})" if self.oracle else ""
        bounds = f"[{_percent(self.low)}, {_percent(self.high)}]"
        return f"{self.metric} {self.condition}{whose} = {_percent(self.value)} % {bounds}"


@dataclass(frozen=True)
class Contrasted:
    """A paired difference of conditions: one row of the differences table."""

    contrast: str
    dataset: str
    recognizer: str | None
    oracle: str | None
    run: str
    condition_a: str
    condition_b: str
    stratum: str | None
    metric: str
    value: float = NAN
    low: float = NAN
    high: float = NAN
    simultaneous_low: float = NAN
    simultaneous_high: float = NAN
    level: float = 0.95
    interval: str = "expanded"
    n_videos: int = 0
    n_clusters: int = 0
    n_left_out: int = 0
    b: int | None = None
    c: int | None = None
    p_signflip: float = NAN
    p_mcnemar: float = NAN
    tango_low: float = NAN
    tango_high: float = NAN
    family: str = ""
    p_holm: float = NAN
    reason: str | None = None

    def __str__(self) -> str:
        whose = f" ({self.oracle})" if self.oracle else ""
        bounds = f"[{_percent(self.low)}, {_percent(self.high)}]"
        return f"{self.metric} {self.contrast}{whose} = {_percent(self.value)} points {bounds}"


class Accuracies(Rows[Accuracy]):
    """Rows of the accuracies table."""

    KIND = Accuracy


class Contrasts(Rows[Contrasted]):
    """Rows of the differences table."""

    KIND = Contrasted
