"""What a statistic returns: numbers with their intervals, frozen and typed.

An `Estimate` is one row of the estimates table; `Estimates` is a sequence of them that renders as a table.
Nothing here is rounded; only ``__str__`` shortens what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
Row = TypeVar("Row")


def _shown(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.3f}"


@dataclass(frozen=True)
class Interval:
    """A confidence interval with its level and the kind of construction.

    ``mc_low`` and ``mc_high`` are the Monte Carlo standard errors of the bounds (0 where the interval is
    deterministic); ``reason`` says why a bound is NaN, or what qualifies it.
    """

    low: float = NAN
    high: float = NAN
    level: float = 0.95
    kind: str = "expanded"
    mc_low: float = NAN
    mc_high: float = NAN
    reason: str | None = None

    def __str__(self) -> str:
        return f"[{_shown(self.low)}, {_shown(self.high)}]"


@dataclass(frozen=True)
class Estimate:
    """One statistic with its interval: one row of the estimates table, field for column."""

    statistic: str
    oracle_a: str | None = None
    run_a: str | None = None
    oracle_b: str | None = None
    run_b: str | None = None
    dataset: str = "all"
    label: str | None = None
    videos: str = "all"
    value: float = NAN
    low: float = NAN
    high: float = NAN
    level: float = 0.95
    interval: str = "expanded"
    replicates: int = 0
    n_segments: int = 0
    n_videos: int = 0
    n_clusters: int = 0
    n_left_out: int = 0
    n_undefined: int = 0
    reason: str | None = None
    mc_low: float = NAN
    mc_high: float = NAN
    jackknife_low: float = NAN
    jackknife_high: float = NAN
    p_null: float = NAN

    def __str__(self) -> str:
        pair = f"({self.oracle_a}, {self.oracle_b})" if self.oracle_a else ""
        interval = f"[{_shown(self.low)}, {_shown(self.high)}]"
        return f"{self.statistic}{pair} = {_shown(self.value)} {interval}"


@dataclass(frozen=True)
class Difference:
    """The difference of two dependent estimates: one row of the agreement_differences table."""

    statistic: str
    oracle_a1: str | None = None
    oracle_b1: str | None = None
    oracle_a2: str | None = None
    oracle_b2: str | None = None
    dataset: str = "all"
    value: float = NAN
    low: float = NAN
    high: float = NAN
    simultaneous_low: float = NAN
    simultaneous_high: float = NAN
    p: float = NAN

    def __str__(self) -> str:
        pairs = f"({self.oracle_a1}, {self.oracle_b1}) - ({self.oracle_a2}, {self.oracle_b2})"
        return f"{self.statistic}{pairs} = {_shown(self.value)} [{_shown(self.low)}, {_shown(self.high)}]"


@dataclass(frozen=True)
class Test:
    """One test of a declared family: one row of the tests table."""

    __test__ = False  # not for pytest to collect

    family: str
    test: str
    dataset: str
    statistic: float
    df: str
    p: float
    p_adjusted: float = NAN


@dataclass(frozen=True)
class Rows(Sequence[Row], Generic[Row]):
    """A sequence of result rows that selects, converts and renders.

    Examples
    --------
    >>> rows = Estimates((Estimate("alpha_interval", value=0.347, low=0.281, high=0.409),))
    >>> print(rows.select(statistic="alpha_interval")[0])
    alpha_interval = 0.347 [0.281, 0.409]
    """

    KIND: ClassVar[type[Any]]  # the dataclass of a row
    rows: tuple[Row, ...] = field(default_factory=tuple)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Rows[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Rows[Row]:
        return type(self)(self.rows[index]) if isinstance(index, slice) else self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def select(self, **columns: Any) -> Rows[Row]:
        """Return the rows whose columns equal the given values."""
        return type(self)(
            tuple(row for row in self.rows if all(getattr(row, k) == v for k, v in columns.items()))
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame, one row per result, columns as declared."""
        import pandas as pd

        return pd.DataFrame({name: [getattr(row, name) for row in self.rows] for name in self.columns()})

    @classmethod
    def columns(cls) -> list[str]:
        """Return the names of the columns in order."""
        return [f.name for f in fields(cls.KIND)]

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, na_rep="", escape=True))

    def __str__(self) -> str:
        return "\n".join(str(row) for row in self.rows)


class Estimates(Rows[Estimate]):
    """Rows of the estimates table."""

    KIND = Estimate


class Differences(Rows[Difference]):
    """Rows of the agreement_differences table."""

    KIND = Difference


class Tests(Rows[Test]):
    """Rows of the tests table."""

    __test__ = False

    KIND = Test
