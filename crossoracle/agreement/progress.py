"""How far a long run is: told to whoever asked, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossoracle.stats.resampling import Weights

Tell = Callable[[str, float], None]  # what is being done, and which share of it is done


def say_nothing(what: str, share: float) -> None:
    """Take no notice."""


@dataclass
class Watched:
    """Weights that tell how many of them have been drawn; ``total`` is how many will be."""

    weights: Weights
    total: int
    tell: Tell
    _drawn: int = 0
    _lock: Any = field(default_factory=Lock)

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return self.weights.replicates

    def block(
        self, stratum: str, start: int, stop: int, block: int
    ) -> NDArray[np.int32] | NDArray[np.float64]:
        """Return weights (stop - start, clusters of the block)."""
        drawn = self.weights.block(stratum, start, stop, block)
        with self._lock:
            self._drawn += drawn.size
            self.tell("resampling", min(self._drawn / max(self.total, 1), 1.0))
        return drawn
