"""What curves become: points with bands, and what is read from a whole curve."""

from __future__ import annotations

from dataclasses import dataclass

from crossoracle.results import NAN, Rows


@dataclass(frozen=True)
class Point:
    """One point of a curve: one row of the curves table."""

    dataset: str
    recognizer: str | None
    oracle: str | None
    run: str
    family: str
    x: float
    metric: str
    condition: str
    value: float = NAN
    low: float = NAN
    high: float = NAN
    band_low: float = NAN
    band_high: float = NAN
    level: float = 0.95
    interval: str = "expanded"
    kept_fraction: float = NAN
    n_videos: int = 0
    n_clusters: int = 0
    n_left_out: int = 0
    reason: str | None = None

    def __str__(self) -> str:
        whose = f" ({self.oracle})" if self.oracle else ""
        return f"{self.metric} {self.family}{whose} at {self.x:g} = {self.value:.3f}"


@dataclass(frozen=True)
class Landmark:
    """The area under a curve, or where it becomes 0: one row of the landmarks table."""

    dataset: str
    recognizer: str | None
    oracle: str | None
    run: str
    family: str
    quantity: str
    metric: str
    value: float = NAN
    low: float = NAN
    high: float = NAN
    level: float = 0.95
    interval: str = "expanded"
    n_videos: int = 0
    n_clusters: int = 0
    n_left_out: int = 0
    n_undefined: int = 0
    reason: str | None = None

    def __str__(self) -> str:
        whose = f" ({self.oracle})" if self.oracle else ""
        bounds = f"[{self.low:.3f}, {self.high:.3f}]"
        return f"{self.quantity} of {self.family}{whose}, {self.metric} = {self.value:.3f} {bounds}"


class Curves(Rows[Point]):
    """Rows of the curves table."""

    KIND = Point


class Landmarks(Rows[Landmark]):
    """Rows of the landmarks table."""

    KIND = Landmark
