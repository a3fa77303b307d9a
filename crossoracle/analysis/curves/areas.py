"""The area under accuracy over the share of a video that is seen: insertion, and deletion read backwards.

Segments come in some order (highest scores first, at random, ...) until they fill a share f. Each video has
its own area: the trapezoids of its outcomes y over the shares k that it *was* shown, from chance at nothing
to the whole video::

    sum_i (k_{i+1} - k_i) (y_i + y_{i+1}) / 2,   k_0 = 0, y_0 = 1/classes, k_last = 1, y_last = y(full)

Areas of videos add up, so their mean is tallied, resampled and tested like an accuracy, paired by video.

References
----------
Petsiuk, Das & Saenko (2018), *BMVC* (insertion and deletion: the mean over images of each one's own area).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from crossoracle.analysis.contrast import Comparison
from crossoracle.analysis.predictions import Floats, Group, Predictions
from crossoracle.analysis.strata import Stratum
from crossoracle.analysis.sweeps import FULL, ORDERS, Sweep, inner, shared, swept
from crossoracle.analysis.tallying import Cell, Line, places_of
from crossoracle.options import METRICS


def shares(p: Predictions, group: Group, names: Sequence[str], parameter: float) -> Floats:
    """Return the share of each video that was seen, (videos,): the mean over conditions that count as one.

    It is the parameter, for all videos, where no prediction under a condition tells.
    """
    rows = [p.kept[group.views[name]] for name in names]
    told = [np.full(p.videos, parameter) if np.isnan(row).all() else row for row in rows]
    return np.asarray(np.mean(told, axis=0))


def areas(p: Predictions, group: Group, metric: str, order: str, at: Sequence[float]) -> Floats:
    """Return each video's area under the curve of an order, (videos,).

    Parameters
    ----------
    order : str
        One of ORDERS.
    at : sequence of float
        The shares between 0 and 1 that are used.

    Returns
    -------
    array
        NaN where a point of the video, the share that it was shown or the number of classes is unknown.
    """
    sweep, values = swept(group.views, order), p.values[METRICS.index(metric)]
    points = [values[[group.views[name] for name in sweep[f]]].mean(axis=0) for f in at]
    y = np.stack([p.chance(metric), *points, values[group.views[FULL]]])
    seen = [shares(p, group, sweep[f], f) for f in at]
    k = np.stack([np.zeros(p.videos), *seen, np.ones(p.videos)])
    by_share = np.argsort(k, axis=0, kind="stable")
    return trapezoid(np.take_along_axis(y, by_share, 0), np.take_along_axis(k, by_share, 0))


def trapezoid(y: Floats, k: Floats) -> Floats:
    """Return the areas (n,) under points (points, n) with rising k.

    Examples
    --------
    >>> trapezoid(np.array([[0.0], [1.0], [1.0]]), np.array([[0.0], [0.5], [1.0]]))
    array([0.75])
    """
    return np.asarray((np.diff(k, axis=0) * (y[1:] + y[:-1]) / 2).sum(axis=0))


def under(p: Predictions, group: Group, metric: str) -> Iterator[tuple[str, Sweep, Floats]]:
    """Yield the orders that make a curve which ends at the whole video: name, conditions, areas (videos,)."""
    for order in ORDERS:
        sweep = swept(group.own, order)
        if inner(sweep) and FULL in group.views:
            yield order, sweep, areas(p, group, metric, order, inner(sweep))


def compare_areas(
    cell: Cell, group: Group, stratum: Stratum, metric: str, wanted: Sequence[Comparison]
) -> None:
    """Add the differences of areas that are the group's own; both sides rest on the shares that both have."""
    p, names = cell.predictions, list(group.views)
    for one in (comparison for comparison in wanted if comparison.areas):
        orders, at = (one.plus[0], one.minus[0]), shared(names, one.plus[0], one.minus[0])
        used = [name for order in orders for f in at for name in swept(names, order)[f]]
        places = places_of(p, group, stratum, [*used, FULL]) if group.has(used) else ()
        if not places:
            continue
        a, b = (areas(p, group, metric, order, at) for order in orders)
        videos = stratum.videos & ~np.isnan(a) & ~np.isnan(b)
        line = Line(group, metric, stratum.name, one, videos, stratum.videos, places)
        plus, minus = (cell.extra(videos, values) for values in (a, b))
        cell.place(line, plus, minus)
