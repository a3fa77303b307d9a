"""What a model thought of every clip of a video: its numbers brought to [0, 1], and perhaps a kept set."""

from __future__ import annotations

from fractions import Fraction
from math import floor, inf
from pathlib import Path

import duckdb

from crossoracle.errors import InputError, TableError
from crossoracle.importers.lines import keep, not_in, read_lines, unlisted
from crossoracle.tables.checking import refuse
from crossoracle.tables.sql import literal
from crossoracle.tables.wording import several

WINDOWS = {"oracle": "OVER ()", "video": "OVER (PARTITION BY video_id)", "none": None}
"""The ways to [0, 1]: over which predictions the least and the greatest become 0 and 1, if any."""


def model_scores(
    con: duckdb.DuckDBPyConnection,
    name: str,
    path: Path,
    *,
    clip_s: float,
    rescale: str = "oracle",
    kept_share: Fraction | None = None,
) -> tuple[duckdb.DuckDBPyRelation, list[str]]:
    """Return the rows of a model for the rated clips, and what is to be noted about its predictions.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where the tables `queries` (video_id, duration) and `clips` (video_id, clip, segment) are.
    name : str
        What to call the model.
    path : Path
        JSON Lines ``{qid, vid, pred_saliency_scores}``.
    clip_s : float
        How long a clip is, in seconds.
    rescale : {"oracle", "video", "none"}
        One affine map over the file, one per video, or none.
    kept_share : Fraction, optional
        The share of the rated clips with a prediction that the model keeps; none by default.

    Raises
    ------
    TableError
        A line is wrong, or no prediction is about a video that is rated.
    """
    _predicted(con, path, rescale)
    rated = con.sql("SELECT clips.*, raw, score FROM clips LEFT JOIN predicted USING (video_id, clip)")
    keep(con, "rated", rated)
    return _rows(con, name, kept_share), _notes(con, name, path, clip_s, rescale)


def kept_count(n: int, share: Fraction) -> int:
    """Return how many of n clips a share keeps: at least one, and half a clip counts as one.

    Examples
    --------
    >>> kept_count(5, Fraction("0.3")), kept_count(5, Fraction("0.29")), kept_count(1, Fraction("0.1"))
    (2, 1, 1)
    """
    return max(1, floor(share * n + Fraction(1, 2)))


def exact_share(value: str | float | Fraction) -> Fraction:
    """Return a share as the decimal that was written: 0.3 is three tenths.

    Raises
    ------
    InputError
        It is no number above 0 and up to 1.
    """
    try:
        share = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 1:
        raise InputError(f"--kept-share: found {value}, expected a number above 0 and up to 1; give one")
    return share


def _predicted(con: duckdb.DuckDBPyConnection, path: Path, rescale: str) -> None:
    """Make the table `predicted`: one row per predicted clip, rated or not, with `raw` and `score`."""
    items = unlisted(
        read_lines(con, [path], {"pred_saliency_scores": "list of numbers"}), "pred_saliency_scores"
    )
    window = WINDOWS[rescale]
    low, high, expected = (-inf, inf, "a number") if window else (0, 1, "a number in [0, 1] (--rescale none)")
    refuse(str(path), items, [not_in("pred_saliency_scores", low, high, expected)])
    raw = items.project("video_id, item AS clip, TRY_CAST(pred_saliency_scores AS DOUBLE) AS raw")
    if window:
        ranged = raw.project(f"*, min(raw) {window} AS low, max(raw) {window} AS high")
        # equal predictions say nothing about which clip matters
        scaled = ranged.project(
            "* EXCLUDE (low, high), CASE WHEN high > low THEN (raw - low) / (high - low) END AS score"
        )
    else:
        scaled = raw.project("*, raw AS score")
    keep(con, "predicted", scaled)
    some, scored = con.sql("SELECT count(raw), count(score) FROM predicted").fetchall()[0]
    if some and not scored:
        where = "in the file" if rescale == "oracle" else "of every video"
        raise TableError(
            f"{path}: found equal predictions {where}, expected some that differ; "
            "give --rescale none if they are scores"
        )


def _rows(con: duckdb.DuckDBPyConnection, name: str, kept_share: Fraction | None) -> duckdb.DuckDBPyRelation:
    said = f"video_id, {literal(name)} AS oracle, clip, segment, score"
    if kept_share is None:
        return con.table("rated").project(f"{said}, NULL::BOOLEAN AS kept")
    sizes = con.sql("SELECT DISTINCT count(raw) FROM rated GROUP BY video_id").fetchall()
    counts = ", ".join(f"({n}, {kept_count(n, kept_share)})" for (n,) in sizes)
    best_first = "row_number() OVER (PARTITION BY video_id ORDER BY raw DESC NULLS LAST, segment)"
    placed = f"SELECT *, count(raw) OVER (PARTITION BY video_id) AS n, {best_first} AS place FROM rated"
    return con.sql(f"FROM ({placed}) JOIN (VALUES {counts}) AS counts(n, k) USING (n)").project(
        f"{said}, CASE WHEN raw IS NOT NULL THEN place <= k END AS kept"
    )


def _notes(con: duckdb.DuckDBPyConnection, name: str, path: Path, clip_s: float, rescale: str) -> list[str]:
    lists = "(SELECT video_id, max(clip) + 1 AS n FROM predicted GROUP BY video_id)"
    met, absent, short, strange, silent, flat = con.sql(
        f"""SELECT count(n), count_if(n IS NULL), count_if(n < ceil(duration / {clip_s})),
            (SELECT count(*) FROM {lists} WHERE video_id NOT IN (SELECT video_id FROM queries)),
            (SELECT count_if(raw IS NULL) FROM rated),
            (SELECT count_if(raw IS NOT NULL AND score IS NULL) FROM rated)
        FROM queries LEFT JOIN {lists} USING (video_id)"""
    ).fetchall()[0]
    if not met:
        raise TableError(
            f"{path}: found no prediction for any query that is rated, expected some; check the file"
        )
    said = {
        f"without a prediction: {several(absent, 'query', 'queries')}": absent,
        f"left out, about queries that are not rated: {several(strange, 'prediction')}": strange,
        f"shorter than their video: {short:,} of {several(met, 'list')}": short,
        f"without a prediction, score and kept null: {several(silent, 'rated clip')}": silent,
        f"in videos with equal predictions, score null: {several(flat, 'rated clip')}": flat,
    }
    low, high = con.sql("SELECT min(raw), max(raw) FROM predicted").fetchall()[0]
    mapped = {
        "oracle": f"predictions from {low:.4g} to {high:.4g} mapped to [0, 1], one affine map over the file",
        "video": "predictions mapped to [0, 1], one affine map per video",
        "none": "predictions taken as they are",
    }
    return [f"{name}: {line}" for line in (mapped[rescale], *(line for line, n in said.items() if n))]
