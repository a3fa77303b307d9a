"""What a coefficient is: an additive tally per video, and a closed form of the summed tally.

A tally counts each video once; sums of tallies, under any weights of the videos, are all that the closed
form needs. So the bootstrap of every statistic is one product, and the jackknife one subtraction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from crossoracle.agreement.ratings import Ratings, Stack

Floats = NDArray[np.float64]
Columns = Floats | sp.csc_array
PERFECT = frozenset({"symmetric", "perfect", "bounded"})
KAPPA = PERFECT | {"relabelled"}
SCORES = PERFECT | {"affine"}
RANKS = SCORES | {"monotone"}
TINY = 1e-12  # a variance below this share of its own terms is rounding, and counts as 0


@dataclass(frozen=True)
class Counted:
    """A tally of every video.

    ``columns`` (columns, videos) are dense or sparse; ``segments`` (videos,) is how many
    segments of each video enter, 0 for a video that is left out; ``about`` is what the view of the sums
    needs to know, such as the levels that the columns stand for; ``rated`` (videos,) counts the segments
    with any rating, where some coefficients read those with a lone one too.
    """

    columns: Columns
    segments: NDArray[np.int64]
    about: Any = None
    rated: NDArray[np.int64] | None = None

    def entering(self, lone: bool) -> NDArray[np.int64]:
        """Return how many segments of each video enter, with or without those of a lone rating, (videos,)."""
        return self.rated if lone and self.rated is not None else self.segments


@dataclass(frozen=True)
class Levels:
    """How scores become levels: as they come, in K equal bins, or from a given list."""

    bins: int | None = None
    given: tuple[float, ...] | None = None


@dataclass(frozen=True)
class StackTally:
    """A narrow tally: a few numbers per video, counted on stacks of videos of one length.

    ``count(stack, oracles, centre)`` returns the number of segments used (videos,), then the columns;
    ``view(sums, about)`` names the summed columns (columns, ...) for the closed forms. ``rated`` is the
    column that counts the segments with any rating, where some coefficients read those with a lone one too.
    """

    name: str
    count: Callable[[Stack, tuple[int, ...], float], tuple[Floats, ...]]
    names: Callable[..., Any]
    rated: int | None = None

    def view(self, sums: NDArray[np.floating], about: Any) -> Any:
        """Name the summed columns."""
        return self.names(*sums)


@dataclass(frozen=True)
class CellTally:
    """A wide tally: one column per distinct cell, sparse, counted on all the ratings at once.

    ``view(sums, about)`` names the summed cells; that of a joint table takes the balance of concordant pairs
    as a third argument where it is known already. ``together(views)`` is the view of several sets of videos
    from the views of each, where it can do without their common cells. ``one_more(sums, about, some)`` is the
    view of one more observation in each of some cells, where that is shorter than a table for each.
    """

    name: str
    count: Callable[[Ratings, tuple[int, ...], Levels], Counted]
    view: Callable[..., Any]
    together: Callable[..., Any] | None = None
    one_more: Callable[[Floats, Any, slice], Any] | None = None


Tally = StackTally | CellTally


@dataclass(frozen=True, eq=False)
class Coefficient:
    """A coefficient of agreement, declared.

    Attributes
    ----------
    name, title : str
        The value of the ``statistic`` column, and how a reader would say it.
    value, tally : callable, Tally
        The closed form takes the tally's view and is vectorised over all further axes. A coefficient with
        ``mean_of`` has neither: it is the mean over pairs of that coefficient.
    reference, undefined : str
        Where the formula stands, and when it is undefined.
    of : {"pair", "all"}
        Whether it is of two oracles or of all of them.
    reads : {"kept", "levels", "score"}
        What it is computed from.
    low, high : float
        Its range; jackknife intervals are cut there.
    orientation : {1, -1, 0}
        1 where large values mean agreement, -1 where small ones do, 0 where it is not about agreement or
        does not depend on the order within videos (no permutation null).
    laws : frozenset of str
        The laws it obeys (tests/laws).
    lone, default : bool
        Whether segments with a lone rating enter it too (the shares of levels); whether `agree` computes it
        unasked.
    """

    name: str
    title: str
    value: Callable[[Any], Floats] | None
    reference: str
    undefined: str
    of: Literal["pair", "all"]
    reads: Literal["kept", "levels", "score"]
    tally: Tally | None
    mean_of: str | None = None
    low: float = -1.0
    high: float = 1.0
    orientation: int = 1
    laws: frozenset[str] = frozenset()
    lone: bool = False
    default: bool = True


def mean_over_pairs(of: Coefficient, name: str, title: str) -> Coefficient:
    """Declare the mean of a coefficient over all pairs of oracles: pair first, then the mean."""
    laws = of.laws & {"perfect", "bounded", "monotone", "affine", "relabelled"} | {"symmetric"}
    why = "undefined for a pair of oracles"
    return replace(
        of,
        name=name,
        title=title,
        value=None,
        of="all",
        tally=None,
        mean_of=of.name,
        laws=laws,
        undefined=why,
    )


def of_levels(of: Coefficient, tally: Tally | None) -> Coefficient:
    """Declare a coefficient of categories once more, for the levels of the scores."""
    name, title = f"{of.name}_levels", f"{of.title}, score levels"
    base = f"{of.mean_of}_levels" if of.mean_of else None
    return replace(of, name=name, title=title, reads="levels", tally=tally, mean_of=base)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return numerator / denominator, NaN where the denominator is not positive (or only rounding)."""
    return np.asarray(numerator / np.where(denominator > TINY, denominator, np.nan))


def spread(n: Floats, total: Floats, squares: Floats) -> Floats:
    """Return n^2 times the population variance, 0 where it is no more than rounding."""
    v = n * squares - total**2
    return np.where(v <= TINY * n * squares, 0.0, v)


def mean(total: Floats, n: Floats) -> Floats:
    """Return total / n, NaN where n is 0."""
    return ratio(total, n)
