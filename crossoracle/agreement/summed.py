"""A row of which sums are known alone: what `estimation.Sampled` is for values in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossoracle.agreement.coefficient import Floats
from crossoracle.agreement.estimation import Basis, guard, undefined
from crossoracle.agreement.leaving import LeftOut, Rest
from crossoracle.agreement.tallying import Row


@dataclass(frozen=True)
class Summed:
    """A row's value and its replicates (B,) in a slice, and sums of what is left when clusters are left out.

    The row is the one at ``at`` among those of its coefficient, which ``left`` and ``rest`` are of;
    ``allowed`` is whether it may have an interval.
    """

    row: Row
    value: float
    replicates: Floats
    left: LeftOut
    rest: Rest
    at: int
    allowed: bool = True

    @property
    def comparable(self) -> bool:
        """Whether a difference from it may have an interval."""
        return self.allowed and bool(np.isfinite(self.value))

    def guard(self) -> tuple[bool, str | None]:
        """Return whether it may have an interval, and a warning or the reason why not."""
        return guard(self.row.coefficient, (int(self.rest.kept[self.at]), int(self.rest.unkept[self.at])))

    def basis(self) -> Basis:
        """Return what it rests on."""
        known = undefined(self.row.coefficient, together=bool(self.rest.together[self.at]))
        return Basis(
            self.row,
            self.value,
            self.replicates,
            self.left.jackknife(self.at),
            int(self.rest.videos[self.at]),
            int(self.rest.segments[self.at]),
            *self.guard(),
            self.left.alone(self.at),
            known if np.isnan(self.value) else None,
        )
