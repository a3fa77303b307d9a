"""QVHighlights: what three people, and models, thought of every 2-second clip that answers a query.

The annotations are JSON Lines ``{qid, query, duration, vid, relevant_clip_ids, saliency_scores}`` with one
rating of 0 to 4 per clip and person; predictions are ``{qid, vid, pred_saliency_scores}`` with one number per
clip of the whole video. A query of a video is a video of its own here (``vid#qid``); the videos cut from one
source are a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import duckdb

from crossoracle.errors import InputError, TableError, UnknownNameError
from crossoracle.importers.importer import Extract
from crossoracle.importers.lines import REMEDY, keep, not_in, read_lines, unlisted
from crossoracle.importers.ratings import require_rating
from crossoracle.importers.saliency import WINDOWS, exact_share, model_scores
from crossoracle.tables.checking import Fault, refuse
from crossoracle.tables.sql import literal
from crossoracle.tables.wording import several

CLIP_S = 2.0
TOP_RATING = 4


def read(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    *,
    dataset: str = "qvhighlights",
    run: str = "0",
    kept_at: float = 3,
    predictions: Mapping[str, Path] | None = None,
    rescale: str = "oracle",
    kept_share: str | float | Fraction | None = None,
) -> Extract:
    """Read annotations, and the predictions of any number of models.

    Parameters
    ----------
    con, files
        Where to work, and the annotations.
    dataset, run, kept_at : str, str and float
        What stands in those columns; the rating from which a person has kept a clip.
    predictions : mapping of str to Path, optional
        The predictions file of each model.
    rescale, kept_share
        See `crossoracle.importers.saliency.model_scores`.

    Raises
    ------
    TableError
        A line is not what the format says.
    """
    if rescale not in WINDOWS:
        raise UnknownNameError("--rescale", rescale, WINDOWS)
    require_rating(kept_at, 0, TOP_RATING)
    share = None if kept_share is None else exact_share(kept_share)
    keep(con, "queries", _queries(con, files))
    raters = _clips(con)
    names = [f"human-{i + 1:0{len(str(raters))}}" for i in range(raters)]
    keep(con, "scores", _ratings(con, names, kept_at))
    notes = _unrated(con)
    for name, path in (predictions or {}).items():
        if name in names:
            raise InputError(
                f"--predictions: found the name {name}, which is a rater's; give the model another"
            )
        rows, said = model_scores(con, name, path, clip_s=CLIP_S, rescale=rescale, kept_share=share)
        rows.insert_into("scores")
        notes += said
    tables = {"videos": _videos(con, dataset), "scores": _scores(con, dataset, run)}
    return Extract(tables, tuple(notes))


def _queries(con: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    ratings, clips = "json_array_length(saliency_scores)", "json_array_length(relevant_clip_ids)"
    found = f"{ratings} || ' lists of ratings for ' || {clips} || ' clips'"
    expected = "one list for each of relevant_clip_ids"
    fields = {
        "query": "text",
        "duration": "number",
        "relevant_clip_ids": "list of clip numbers",
        "saliency_scores": "list of lists of ratings",
    }
    disagree = Fault(f"{ratings} <> {clips}", "saliency_scores", found, expected, REMEDY)
    return read_lines(con, files, fields, disagree)


def _clips(con: duckdb.DuckDBPyConnection) -> int:
    """Make the table `clips`: one row per rated clip, numbered in order; return the number of raters."""
    items = unlisted(con.table("queries"), "relevant_clip_ids", "saliency_scores")
    raters = int(items.aggregate("max(json_array_length(saliency_scores))").fetchall()[0][0] or 0)
    number = (
        "CASE WHEN json_type(relevant_clip_ids) = 'UBIGINT' THEN TRY_CAST(relevant_clip_ids AS BIGINT) END"
    )
    clips = items.project(
        f"* EXCLUDE (item), {number} AS clip, count(*) OVER (PARTITION BY video_id, {number}) > 1 AS again"
    )
    length = f"{raters} ratings, as for other clips"
    unequal = f"coalesce(json_array_length(saliency_scores), 0) <> {raters}"
    faults = [
        Fault("clip IS NULL", "relevant_clip_ids", "relevant_clip_ids", "whole numbers from 0", REMEDY),
        Fault("again", "relevant_clip_ids", "clip || ' again'", "every clip once", REMEDY),
        Fault(unequal, "saliency_scores", "saliency_scores", length, REMEDY),
    ]
    if not refuse("clips", clips, faults):
        raise TableError(
            "found no rated clip in any query, expected some; is this a split without annotations?"
        )
    segment = "row_number() OVER (PARTITION BY video_id ORDER BY clip) - 1 AS segment"
    keep(con, "clips", clips.project(f"* EXCLUDE (again), {segment}"))
    return raters


def _ratings(con: duckdb.DuckDBPyConnection, names: Sequence[str], kept_at: float) -> duckdb.DuckDBPyRelation:
    ratings = unlisted(con.table("clips"), "saliency_scores", carry=("clip", "segment"))
    refuse("ratings", ratings, [not_in("saliency_scores", 0, TOP_RATING, f"a rating in [0, {TOP_RATING}]")])
    oracle = f"[{', '.join(map(literal, names))}][item + 1] AS oracle"
    rated = ratings.project(
        f"video_id, {oracle}, clip, segment, TRY_CAST(saliency_scores AS DOUBLE) AS rating"
    )
    kept = f"rating >= {literal(float(kept_at))} AS kept"
    return rated.project(f"video_id, oracle, clip, segment, rating / {TOP_RATING} AS score, {kept}")


def _unrated(con: duckdb.DuckDBPyConnection) -> list[str]:
    count = con.table("queries").filter("json_array_length(relevant_clip_ids) = 0").aggregate("count(*)")
    n = count.fetchall()[0][0]
    return [f"without a rated clip, so without scores: {several(n, 'query', 'queries')}"] if n else []


def _videos(con: duckdb.DuckDBPyConnection, dataset: str) -> duckdb.DuckDBPyRelation:
    # the last two numbers of a vid are the seconds at which it was cut from its source
    cluster = "regexp_replace(vid, '_[0-9.]+_[0-9.]+$', '') AS cluster"
    return con.table("queries").project(
        f"{literal(dataset)} AS dataset, video_id, query AS label, duration AS duration_s, {cluster}"
    )


def _scores(con: duckdb.DuckDBPyConnection, dataset: str, run: str) -> duckdb.DuckDBPyRelation:
    return con.table("scores").project(
        f"{literal(dataset)} AS dataset, video_id, oracle, {literal(run)} AS run, segment, "
        f"clip * {CLIP_S} AS start_s, (clip + 1) * {CLIP_S} AS end_s, score, kept"
    )
