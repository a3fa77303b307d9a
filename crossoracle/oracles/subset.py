"""A class-balanced, seeded subset of a pool of videos, dataset by dataset.

Every class gives the same number of videos; small classes give all that they have, and what they lack is
shared out among the others. What cannot be divided evenly goes to classes that are drawn, not to the first
of the alphabet. Draws are keyed by (seed, dataset, label, video): neither the order of the rows nor another
class changes them, and a smaller subset with the same seed is part of a larger one.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.options import option
from crossoracle.oracles.files import look_for

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

Class = tuple[str, str]  # dataset and label


@dataclass(frozen=True)
class SubsetOptions:
    """The options of `Study.subset`."""

    per_dataset: int = option(150, "How many videos of each dataset.", low=1)
    datasets: tuple[str, ...] = option((), "Only these datasets; all by default.")
    seed: int = option(0, "Seed of the draw.", low=0)
    without_files: bool = option(False, "Do not look for the video files: they are elsewhere.")


@dataclass(frozen=True)
class Subset:
    """What was drawn.

    Parameters
    ----------
    counts : list of dict
        For each dataset: dataset, drawn, pool (videos), classes, smallest and largest (drawn of one class).
    unlabelled : int
        Videos of the pool that have no label, and were left out.
    path : path
        The videos table that was written.
    """

    counts: list[dict[str, str | int]]
    unlabelled: int
    path: Path


def subset(pool: Sequence[Path], out: Path, options: SubsetOptions) -> Subset:
    """Draw a subset of videos tables, and write it as the videos table of a study.

    Parameters
    ----------
    pool : sequence of path
        Videos tables; paths in them that are relative are relative to their directories.
    out : path
        The directory of the study, which is made where it is missing.

    Raises
    ------
    InputError
        The subset would take the place of its own pool; no video of the pool has a label; a file of the
        videos that were drawn is not there, or none of them is a video.
    UnknownNameError
        A dataset that is wanted is not in the pool.
    """
    from crossoracle.provenance import Provenance, digest
    from crossoracle.tables import Batch, connect

    target = out / "videos.parquet"
    if any(path.resolve() == target.resolve() for path in pool):
        raise InputError(f"{target}: found the pool itself there; give another directory to --out")
    with connect() as con:
        videos = _pool(con, pool, out)
        unlabelled = videos.filter("label IS NULL").aggregate("count(*)").fetchall()[0][0]
        ranked = _ranked(con, _wanted(videos, options.datasets), options.seed)
        there, classes = _counted(ranked)
        wanted = allocated(there, classes, options.per_dataset)
        drawn = _drawn(con, ranked, wanted).select(*videos.columns)
        if not options.without_files:
            look_for(pool, drawn, out)
        provenance = Provenance(
            "subset", {path: digest(path) for path in pool}, asdict(options), options.seed
        )
        with Batch() as batch:
            batch.write("videos", drawn, target, provenance=provenance)
    return Subset(_told(there, wanted), unlabelled, target)


def allocated(there: Mapping[Class, int], order: Sequence[Class], per_dataset: int) -> dict[Class, int]:
    """Share out ``per_dataset`` videos of every dataset over its classes.

    Parameters
    ----------
    there : mapping
        How many videos each class has.
    order : sequence
        The classes in the order in which they get what cannot be divided evenly.

    Examples
    --------
    >>> allocated({("d", "a"): 9, ("d", "b"): 1, ("d", "c"): 9}, [("d", "c"), ("d", "b"), ("d", "a")], 6)
    {('d', 'c'): 3, ('d', 'b'): 1, ('d', 'a'): 2}
    """
    found = dict.fromkeys(order, 0)
    of: dict[str, list[Class]] = defaultdict(list)
    for one in order:
        of[one[0]].append(one)
    for classes in of.values():
        left = min(per_dataset, sum(there[one] for one in classes))
        while left:
            open_ = [one for one in classes if found[one] < there[one]]
            share = max(left // len(open_), 1)
            for one in open_[:left]:
                more = min(share, there[one] - found[one], left)
                found[one] += more
                left -= more
    return found


def _pool(con: DuckDBPyConnection, pool: Sequence[Path], out: Path) -> DuckDBPyRelation:
    """Read the pool; relative paths are turned into paths relative to the study."""
    from functools import reduce

    from duckdb import DuckDBPyRelation

    from crossoracle.tables import read
    from crossoracle.tables.sql import literal

    read(con, "videos", *pool)  # one check of the key over all files
    parts = []
    for path in pool:
        from_out = os.path.relpath(path.parent.resolve(), out.resolve())
        moved = f"CASE WHEN path LIKE '/%' THEN path ELSE {literal(from_out + '/')} || path END AS path"
        parts.append(read(con, "videos", path).project(f"* REPLACE ({moved})"))
    return reduce(DuckDBPyRelation.union, parts)


def _wanted(videos: DuckDBPyRelation, datasets: Sequence[str]) -> DuckDBPyRelation:
    from duckdb import ColumnExpression, ConstantExpression

    known = [name for (name,) in videos.select("dataset").distinct().fetchall()]
    for name in datasets:
        if name not in known:
            raise UnknownNameError("dataset", name, known)
    labelled = videos.filter("label IS NOT NULL")
    if datasets:
        labelled = labelled.filter(ColumnExpression("dataset").isin(*map(ConstantExpression, datasets)))
    if not labelled.limit(1).fetchall():
        raise InputError(
            "found no video with a label; a subset is drawn class by class: fill in the column label"
        )
    return labelled


def _ranked(con: DuckDBPyConnection, videos: DuckDBPyRelation, seed: int) -> DuckDBPyRelation:
    """Return the videos with the place of each in its class, and with what orders the classes."""
    keyed = videos.project(
        f'*, sha256(to_json([{seed}::varchar, dataset, label, video_id])::varchar) AS "#video", '
        f'sha256(to_json([{seed}::varchar, dataset, label])::varchar) AS "#class"'
    )
    return keyed.project('*, row_number() OVER (PARTITION BY dataset, label ORDER BY "#video") AS "#place"')


def _counted(ranked: DuckDBPyRelation) -> tuple[dict[Class, int], list[Class]]:
    rows = ranked.aggregate('dataset, label, count(*) AS n, any_value("#class") AS k').order("dataset, k")
    there = {(dataset, label): n for dataset, label, n, _ in rows.fetchall()}
    return there, list(there)


def _drawn(
    con: DuckDBPyConnection, ranked: DuckDBPyRelation, wanted: Mapping[Class, int]
) -> DuckDBPyRelation:
    import pandas as pd

    rows = [(dataset, label, n) for (dataset, label), n in wanted.items()]
    quota = con.from_df(pd.DataFrame(rows, columns=["dataset", "label", "#quota"]))
    return ranked.join(quota, "dataset, label").filter('"#place" <= "#quota"')


def _told(there: Mapping[Class, int], wanted: Mapping[Class, int]) -> list[dict[str, str | int]]:
    told: list[dict[str, str | int]] = []
    for dataset in sorted({dataset for dataset, _ in there}):
        drawn = [n for one, n in wanted.items() if one[0] == dataset]
        pool = sum(n for one, n in there.items() if one[0] == dataset)
        told.append(
            {
                "dataset": dataset,
                "drawn": sum(drawn),
                "pool": pool,
                "classes": len(drawn),
                "smallest": min(drawn),
                "largest": max(drawn),
            }
        )
    return told
