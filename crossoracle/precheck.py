"""The joint precheck: which videos may be compared, and how many were lost on the way.

Before an oracle scores a video it is asked whether it sees the action at all; only the outcome ``yes``
passes. A video without a precheck row has not passed; an oracle without any row passes every video; without
a prechecks table every video passes. Each of these is said, since it is the reader's assumption to check.

A video's *mask* is the set of oracles that it passed, written as bits: bit i stands for ``oracles[i]``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from duckdb import ColumnExpression, ConstantExpression, Expression, FunctionExpression
from numpy.typing import NDArray

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.results import Interval
from crossoracle.stats.paired import wilson
from crossoracle.tables.sql import quoted

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

log = logging.getLogger("crossoracle")

EVERY_SUBSET = 6  # oracles up to which every subset has a row
MOST = 62  # oracles that a mask of 64 bits can hold
TOGETHER = " & "


def passed(
    con: DuckDBPyConnection,
    prechecks: DuckDBPyRelation | None,
    videos: DuckDBPyRelation,
    oracles: Sequence[str],
    run: str = "0",
) -> DuckDBPyRelation:
    """Return the pairs of video and oracle that passed the precheck.

    Parameters
    ----------
    con : DuckDBPyConnection
        The connection that the relations belong to.
    prechecks : relation or None
        The prechecks table; None where a study has none.
    videos : relation
        Anything with columns dataset and video_id, one row per video.
    oracles : sequence of str
        The oracles to be compared.
    run : str
        The run whose prechecks count.

    Returns
    -------
    relation
        Columns dataset, video_id, oracle.
    """
    if prechecks is None:
        log.warning("no prechecks table: every video passes")
    open_to_all = _without_rows(prechecks, oracles)
    unasked = FunctionExpression("unnest", _text(open_to_all)).alias("oracle")
    everybody = videos.select("dataset", "video_id", unasked)
    if prechecks is None:
        return everybody
    asked = [name for name in oracles if name not in open_to_all]
    saw = (ColumnExpression("outcome") == _text("yes")) & (ColumnExpression("run") == _text(run))
    saw &= FunctionExpression("list_contains", _text(asked), ColumnExpression("oracle"))
    return prechecks.filter(saw).select("dataset", "video_id", "oracle").union(everybody)


def _text(value: str | list[str]) -> Expression:
    """Return a constant of SQL; a parameter would clash with those of the query that reads the relation."""
    return ConstantExpression(value).cast("varchar" if isinstance(value, str) else "varchar[]")


def _without_rows(prechecks: DuckDBPyRelation | None, oracles: Sequence[str]) -> list[str]:
    if prechecks is None:
        return list(oracles)
    known = {name for (name,) in prechecks.project("oracle").distinct().fetchall()}
    missing = [name for name in oracles if name not in known]
    for name in missing:
        log.warning("oracle %s has no precheck rows: it passes every video", name)
    return missing


@dataclass(frozen=True)
class Masks:
    """How many videos of each cluster passed which oracles.

    Arrays of one length: ``mask`` with the bits of the oracles passed, ``videos`` the number of videos that
    share it, ``cluster`` the code of the cluster they belong to.
    """

    mask: NDArray[np.int64]
    videos: NDArray[np.int64]
    cluster: NDArray[np.int64]

    def __getitem__(self, rows: NDArray[np.bool_]) -> Masks:
        return Masks(self.mask[rows], self.videos[rows], self.cluster[rows])

    def sizes(self) -> NDArray[np.float64]:
        """Return the number of videos of every cluster."""
        return self.in_clusters(np.ones(len(self.mask), dtype=bool))

    def in_clusters(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the number of videos of every cluster whose mask is chosen."""
        present = np.bincount(self.cluster) > 0
        return np.bincount(self.cluster, self.videos * chosen)[present].astype(np.float64)


def flow(
    con: DuckDBPyConnection,
    prechecks: DuckDBPyRelation | None,
    videos: DuckDBPyRelation,
    oracles: Sequence[str],
    *,
    run: str = "0",
    cluster: str = "cluster",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the flow table: how many videos pass which oracles, alone and together.

    Parameters
    ----------
    videos : relation
        Columns dataset, video_id and ``cluster``, one row per video: what the rates are shares of.
    level : float
        Level of the intervals: Wilson's, on the effective number of videos where clips share a cluster.

    Returns
    -------
    DataFrame
        The columns of the flow table. Kind "all_of" counts the videos that pass each of the named oracles
        (and perhaps others), "exactly" those that pass the named oracles and no other.
    """
    import pandas as pd

    if len(oracles) > MOST:
        raise InputError(f"found {len(oracles)} oracles: the flow of videos is worked out for at most {MOST}")
    if len(oracles) > EVERY_SUBSET:
        log.warning(
            "%d oracles: flow shows each, each pair, all but one and all, not every subset", len(oracles)
        )
    _say_who_was_not_asked(prechecks, videos, oracles, run)
    dataset, masks = _masks(con, passed(con, prechecks, videos, oracles, run), videos, oracles, cluster)
    rows = [
        row
        for name in ["all", *sorted(set(dataset))]
        for row in _flow_of(name, masks if name == "all" else masks[dataset == name], oracles, level)
    ]
    return pd.DataFrame(rows)


def _say_who_was_not_asked(
    prechecks: DuckDBPyRelation | None, videos: DuckDBPyRelation, oracles: Sequence[str], run: str
) -> None:
    if prechecks is None:
        return
    rows = prechecks.filter(ColumnExpression("run") == _text(run)).select("dataset", "video_id", "oracle")
    asked = rows.set_alias("asked").join(
        videos.select("dataset", "video_id").set_alias("known"), "dataset, video_id", how="semi"
    )
    counts = dict(asked.aggregate("oracle, count(*)").fetchall())
    known = {name for (name,) in prechecks.select("oracle").distinct().fetchall()}
    (total,) = videos.aggregate("count(*)").fetchall()[0]
    for name in (name for name in oracles if name in known and counts.get(name, 0) < total):
        missing = total - counts.get(name, 0)
        log.warning("oracle %s: %d of %d videos have no precheck row: not passed", name, missing, total)


def _masks(
    con: DuckDBPyConnection,
    passes: DuckDBPyRelation,
    videos: DuckDBPyRelation,
    oracles: Sequence[str],
    cluster: str,
) -> tuple[NDArray[np.object_], Masks]:
    if cluster not in videos.columns:
        raise UnknownNameError("column of the videos table", cluster, videos.columns)
    found = con.sql(
        f"""
        with passes_of as (
            select dataset, video_id, bit_or(1::bigint << (list_position($oracles, oracle) - 1)::int) as mask
            from passes group by all
        ),
        counted as (
            select dataset, coalesce({quoted(cluster)}::varchar, video_id) as cluster,
                   coalesce(mask, 0) as mask, count(*) as videos
            from videos left join passes_of using (dataset, video_id) group by all
        )
        select dataset, dense_rank() over (order by dataset, cluster) - 1 as code, mask, videos from counted
        """,
        params={"oracles": list(oracles)},
    ).fetchnumpy()
    codes = (np.asarray(found[name], dtype=np.int64) for name in ("mask", "videos", "code"))
    return np.asarray(found["dataset"], dtype=object), Masks(*codes)


def _flow_of(
    dataset: str, masks: Masks, oracles: Sequence[str], level: float
) -> Iterator[dict[str, str | int | float | None]]:
    size = masks.sizes()
    total = int(size.sum())
    for kind, chosen in _sets(len(oracles)):
        bits = sum(1 << i for i in chosen)
        matches = masks.mask == bits if kind == "exactly" else masks.mask & bits == bits
        counts = masks.in_clusters(matches)
        rate = rate_interval(counts, size, level)
        n = int(counts.sum())
        yield {
            "dataset": dataset,
            "kind": kind,
            "oracles": TOGETHER.join(oracles[i] for i in chosen) or None,
            "n": n,
            "n_videos": total,
            "rate": n / total if total else float("nan"),
            "low": rate.low,
            "high": rate.high,
            "level": level,
            "interval": rate.kind,
        }


def _sets(k: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    sizes = range(1, k + 1) if k <= EVERY_SUBSET else (1, 2, k - 1, k)
    chosen = [found for size in sizes for found in combinations(range(k), size)]
    yield from (("all_of", found) for found in chosen)
    yield from (("exactly", found) for found in [(), *chosen])


def rate_interval(passed: NDArray[np.float64], size: NDArray[np.float64], level: float = 0.95) -> Interval:
    """Return Wilson's interval of a rate, on the effective number of videos where clips share a cluster.

    Parameters
    ----------
    passed, size : array, shape (clusters,)
        Videos of each cluster that passed, and videos of each cluster.

    Returns
    -------
    Interval
        Of kind "wilson" where every cluster is one video, "wilson-clustered" otherwise. Undefined without
        videos.
    """
    n = float(size.sum())
    if n == 0 or size.max() == 1:
        return wilson(float(passed.sum()), n, level)
    effective = n / design_effect(passed, size)
    found = wilson(float(passed.sum()) / n * effective, effective, level)
    return replace(found, kind="wilson-clustered")


def design_effect(passed: NDArray[np.float64], size: NDArray[np.float64]) -> float:
    """Return how many times the variance of a rate exceeds that of as many independent videos, at least 1.

    For a rate of 0 or 1, and for a single cluster, there is no variance to compare: then it is the effective
    cluster size, sum m^2 / sum m, which is what clips that are all alike in a cluster give.

    References
    ----------
    Kish (1965), *Survey Sampling*, section 5.4; Rao & Scott (1992), *Biometrics* 48:577-585.
    """
    n, c = float(size.sum()), len(size)
    rate = float(passed.sum()) / n
    if c == 1 or rate in (0.0, 1.0):
        return float((size**2).sum()) / n
    variance = c / (c - 1) * float(((passed - rate * size) ** 2).sum()) / n**2
    return max(1.0, variance / (rate * (1 - rate) / n))
