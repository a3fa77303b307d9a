"""The flow of videos: how many pass the prechecks of which oracles, alone and together.

A video's *mask* is the set of oracles that it passed, written as bits: bit i stands for ``oracles[i]``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from duckdb import ColumnExpression
from numpy.typing import NDArray

from crossoracle.errors import InputError
from crossoracle.precheck.choice import cluster_of
from crossoracle.precheck.passing import never_asked, passed, text
from crossoracle.precheck.rates import rate_interval
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

log = logging.getLogger("crossoracle")

EVERY_SUBSET = 6  # oracles up to which every subset has a row
MOST = 62  # oracles that a mask of 64 bits can hold
TOGETHER = " & "


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
    _say_who_is_unknown(prechecks, videos, oracles, run)
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
    for name, n in never_asked(prechecks, videos, oracles, run).items():
        told = "%s no precheck of %s (never asked): not passed"
        log.warning(told, several(n, "video has", "videos have"), name)


def _say_who_is_unknown(
    prechecks: DuckDBPyRelation | None, videos: DuckDBPyRelation, oracles: Sequence[str], run: str
) -> None:
    """Say how many videos have prechecks and are none of the videos that shares are taken of."""
    if prechecks is None:
        return
    asked = prechecks.filter(ColumnExpression("run") == text(run))
    asked = asked.filter(ColumnExpression("oracle").isin(*map(text, oracles)))
    asked = asked.select("dataset", "video_id").distinct().set_alias("asked")
    known = videos.select("dataset", "video_id").set_alias("known")
    strange = asked.join(known, "dataset, video_id", how="anti")
    n, first = strange.aggregate("count(*), min(dataset || ' ' || video_id)").fetchall()[0]
    if n:
        told = "not in the videos table, so not counted: %s with prechecks (the first: %s)"
        log.warning(told, several(n, "video"), first)


def _masks(
    con: DuckDBPyConnection,
    passes: DuckDBPyRelation,
    videos: DuckDBPyRelation,
    oracles: Sequence[str],
    cluster: str,
) -> tuple[NDArray[np.object_], Masks]:
    found = con.sql(
        f"""
        with passes_of as (
            select dataset, video_id, bit_or(1::bigint << (list_position($oracles, oracle) - 1)::int) as mask
            from passes group by all
        ),
        counted as (
            select dataset, {cluster_of(videos, cluster)} as cluster,
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
