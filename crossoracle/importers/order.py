"""Whether the segments of a video follow each other: in the order of their numbers, and without overlap."""

from __future__ import annotations

import duckdb

from crossoracle.tables import EDGE_S
from crossoracle.tables.checking import Fault, refuse

OF = "PARTITION BY dataset, video_id, oracle, run ORDER BY segment"


def refuse_overlaps(name: str, rows: duckdb.DuckDBPyRelation) -> None:
    """Refuse segments of an oracle that overlap, or that lie in another order than their numbers.

    Parameters
    ----------
    name : str
        What a message calls rows of several files.
    rows : duckdb.DuckDBPyRelation
        Rows of scores with unique keys, with `FILE` and `ROW`.

    Raises
    ------
    TableError
        There are such; the message names file, line or row, video and oracle.
    """
    ordered = rows.project(f'*, lag(end_s) OVER ({OF}) AS "#before"')
    found = (
        "start_s || ' in video ' || video_id || ' of oracle ' || oracle || ', whose segment before it ends "
        'at \' || "#before"'
    )
    fault = Fault(
        f'start_s < "#before" - {EDGE_S}',
        "start_s",
        found,
        "segments in the order of their numbers that overlap by no more than 1 ms",
        "correct the times, or the column segment",
    )
    refuse(name, ordered, [fault])
