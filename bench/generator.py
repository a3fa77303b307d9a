"""Generated studies of any size: videos, prechecks and scores of several oracles, written as tables.

Everything is SQL over hashes of (seed, what, where), so that nothing is held in memory, no row depends on
the order of the work, and a seed gives the same tables wherever DuckDB has the same hash.

A video has k segments, an importance bump at a random place, and an effect of its own; an oracle adds a bias
and noise, rounds to hundredths, keeps what reaches its threshold, and is silent now and then. A fixed number
of videos of each pool fails the precheck of at least one oracle; who did not pass a video did not score it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from crossoracle.provenance import Provenance
from crossoracle.tables import connect, write

ORACLES = ("oracle-1", "oracle-2", "oracle-3", "oracle-4")
MACROS = (  # a random integer, a uniform and a normal number that belong to (seed, what, i)
    "h(what, i) as hash(i, what, {seed}) >> 12",
    "u(what, i) as (h(what, i) + 0.5) / (1::bigint << 52)",
    "z(what, i) as sqrt(-2 * ln(u(what, i))) * cos(2 * pi() * u(what || ' angle', i))",
)


@dataclass(frozen=True)
class Pool:
    """The videos of one dataset: how many in each split, how many of them fail, and how long they are.

    ``lengths`` are the fewest and the most segments; ``full`` is the share of videos with the most.
    """

    dataset: str
    splits: dict[str, int]
    failed: int
    classes: int
    step_s: float
    lengths: tuple[int, int]
    full: float = 0.0

    @property
    def videos(self) -> int:
        """Number of videos in all splits."""
        return sum(self.splits.values())


def generate(
    pools: tuple[Pool, ...],
    directory: Path,
    *,
    seed: int = 0,
    missing: float = 0.02,
    con: duckdb.DuckDBPyConnection | None = None,
) -> Path:
    """Write videos, prechecks and scores into a directory and return it.

    Parameters
    ----------
    pools : tuple of Pool
    directory : Path
    seed : int
    missing : float
        Share of ratings that an oracle does not give.
    """
    con = con or connect()
    for macro in MACROS:
        con.execute("create or replace macro " + macro.format(seed=seed))
    names = ", ".join(f"({g}, '{name}')" for g, name in enumerate(ORACLES))
    con.execute(f"create or replace temp table oracles as select * from (values {names}) t(g, oracle)")
    con.execute(f"create or replace temp table pool as {' union all '.join(map(_videos, pools))}")
    provenance = Provenance("bench", options={"pools": [pool.dataset for pool in pools]}, seed=seed)
    for name, sql in (("videos", VIDEOS), ("prechecks", PRECHECKS), ("scores", SCORES)):
        rows = con.sql(sql.format(missing=missing))
        write(name, rows, directory / f"{name}.parquet", provenance=provenance)
    return directory


def _videos(pool: Pool) -> str:
    low, high = pool.lengths
    bounds, first = [], 0
    for split, n in pool.splits.items():
        bounds.append(f"when n < {first + n} then '{split}'")
        first += n
    return f"""
        select '{pool.dataset}' as dataset, n, h('{pool.dataset}', n) as i, {pool.step_s} as step,
            case {" ".join(bounds)} end as split, (h('class', i) % {pool.classes})::integer as class_id,
            case when u('full', i) < {pool.full} then {high}
                else {low} + floor(u('k', i) * {high - low + 1}) end::integer as k,
            case when row_number() over (order by h('fails', i)) <= {pool.failed}
                then (1 + h('who', i) % 15)::integer else 0 end as failing
        from range({pool.videos}) t(n)"""


VIDEO_ID = "dataset || '_' || format('{{:06d}}', n)"
VIDEOS = f"""
    select dataset, {VIDEO_ID} as video_id, 'class ' || class_id as label, class_id, k * step as duration_s,
        split
    from pool"""
PRECHECKS = f"""
    select * exclude (x) from (
        select dataset, {VIDEO_ID} as video_id, oracle, '0' as run, u('outcome', i + g) as x,
            case when (failing >> g) & 1 = 0 then 'yes' when x < 0.8 then 'no' when x < 0.95 then 'refused'
                else 'error' end as outcome,
            case outcome when 'yes' then 0.5 + x / 2 when 'no' then x / 2 end as p_yes,
            if(p_yes is null, null, 'logits') as p_source
        from pool cross join oracles)"""
SCORES = f"""
    with places as (
        select *, unnest(range(k)) as segment from pool
    ), signals as (
        select *, ((segment + 0.5) / k - u('peak', i)) / (0.1 + 0.2 * u('width', i)) as away,
            0.2 + 0.12 * z('video', i) + 0.5 * exp(-0.5 * away ** 2) as signal
        from places
    ), rated as (
        select *, i + 64 * segment + g as here,
            round(least(1, greatest(0, signal + 0.03 * g - 0.05 + 0.15 * z('noise', here))), 2) as given,
            u('silent', here) < {{missing}} as silent
        from signals cross join oracles where (failing >> g) & 1 = 0
    )
    select dataset, {VIDEO_ID} as video_id, oracle, '0' as run, segment, segment * step as start_s,
        (segment + 1) * step as end_s, if(silent, null, given) as score,
        if(silent, null, given >= 0.45 + 0.05 * g) as kept
    from rated"""
