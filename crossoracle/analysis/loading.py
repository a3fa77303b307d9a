"""From the table of predictions to arrays: DuckDB numbers the videos, NumPy puts outcomes in their place."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from crossoracle.analysis.catalogue import canonical
from crossoracle.analysis.predictions import FAILED, PREDICTED, Predictions, View
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.options import METRICS
from crossoracle.precheck import cluster_of
from crossoracle.tables.wording import several

UNNAMED = "unnamed"  # a dataset without a name
CHUNK = 256  # vectors of 2,048 rows that are fetched at a time
log = logging.getLogger("crossoracle")


def load(
    con: duckdb.DuckDBPyConnection,
    predictions: duckdb.DuckDBPyRelation,
    videos: duckdb.DuckDBPyRelation | None = None,
    *,
    oracles: Sequence[str] = (),
    recognizers: Sequence[str] = (),
    runs: Sequence[str] = (),
    cluster: str = "cluster",
    scored: Sequence[str] = (),
) -> Predictions:
    """Bring predictions into memory.

    Parameters
    ----------
    predictions, videos : relations from `tables.read`
    oracles, recognizers, runs : names, all of the table's by default
        Conditions that need no oracle are always among them.
    cluster : column of the videos table that is resampled
    scored : oracles that are known from elsewhere: those without a prediction are named, not refused

    Raises
    ------
    UnknownNameError
        For a name or a column that the tables do not know.
    InputError
        Two conditions are the same one, written differently.
    """
    predictions.create_view("every_prediction", replace=True)
    known = _distinct(con, "oracle", "every_prediction")
    _check_known("oracle", oracles, {*known, *scored})
    _check_known("recognizer", recognizers, _distinct(con, "recognizer", "every_prediction"))
    _check_known("run", runs, _distinct(con, "run", "every_prediction"))
    _choose(con, predictions, videos, {"recognizer": recognizers}, {"oracle": oracles, "run": runs})
    _number_videos(con, videos, cluster)
    silent = sorted({*(oracles or scored)} - set(known))
    notes = tuple(f"{name} has no predictions: it is left out" for name in silent)
    return replace(_filled(con), notes=notes)


def _check_known(kind: str, names: Sequence[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)


def _distinct(con: duckdb.DuckDBPyConnection, column: str, table: str) -> list[str]:
    rows = con.sql(f"select distinct {column} from {table} where {column} is not null order by 1")
    return [name for (name,) in rows.fetchall()]


def _choose(
    con: duckdb.DuckDBPyConnection,
    predictions: duckdb.DuckDBPyRelation,
    videos: duckdb.DuckDBPyRelation | None,
    of_all: dict[str, Sequence[str]],
    of_oracles: dict[str, Sequence[str]],
) -> None:
    """Make the view of predictions that are asked for; those without an oracle are for every oracle."""
    rows = predictions
    for column, names in of_all.items():
        rows = rows.filter(_among(column, names)) if names else rows
    for column, names in of_oracles.items():
        if names:
            rows = rows.filter(_among(column, names) | duckdb.ColumnExpression("oracle").isnull())
    rows.create_view("some_predictions", replace=True)
    name = duckdb.ConstantExpression(_only_dataset(con, videos)).cast("varchar")
    named = duckdb.CoalesceOperator(duckdb.ColumnExpression("dataset"), name).alias("dataset")
    rows.select(duckdb.StarExpression(exclude=["dataset"]), named).create_view("asked", replace=True)


def _among(column: str, names: Sequence[str]) -> duckdb.Expression:
    texts = (duckdb.ConstantExpression(name).cast("varchar") for name in names)
    return duckdb.ColumnExpression(column).isin(*texts)


def _only_dataset(con: duckdb.DuckDBPyConnection, videos: duckdb.DuckDBPyRelation | None) -> str:
    """Return the dataset of predictions that name none."""
    if not con.sql("select 1 from some_predictions where dataset is null limit 1").fetchall():
        return UNNAMED
    videos = videos if videos is not None else con.sql("select dataset from some_predictions")
    names = videos.filter("dataset is not null").select("dataset").distinct().order("dataset").fetchall()
    if len(names) > 1:
        found = f"predictions without a dataset, and {len(names)} datasets ({names[0][0]}, {names[1][0]})"
        raise InputError(f"found {found}; expected a dataset in every row: add the column")
    return str(names[0][0]) if names else UNNAMED


def _number_videos(
    con: duckdb.DuckDBPyConnection, videos: duckdb.DuckDBPyRelation | None, cluster: str
) -> None:
    resampled = f"{cluster_of(videos, cluster)} as cluster"
    con.execute("create or replace temp table named as select distinct dataset, video_id from asked")
    if videos is None:
        known = con.sql(
            f"select *, null::varchar as label, null::double as duration_s, {resampled} from named"
        )
    else:
        known = videos.project(f"dataset, video_id, label, duration_s, {resampled}")
    known.create_view("known", replace=True)
    con.execute(
        """create or replace temp table numbered as
        select (row_number() over (order by n.dataset, n.video_id) - 1)::integer as i, n.dataset, n.video_id,
        k.label, k.duration_s, k.video_id is null as stray, (dense_rank() over (
            partition by n.dataset order by coalesce(k.cluster, n.video_id)) - 1)::bigint as cluster
        from named n left join known k on n.dataset = k.dataset and n.video_id = k.video_id"""
    )
    stray = [video for (video,) in con.sql("select video_id from numbered where stray").fetchall()]
    if stray:
        listed = ", ".join(stray[:3]) + (", ..." if len(stray) > 3 else "")
        told = "not in the videos table, each its own cluster: %s (%s)"
        log.warning(told, several(len(stray), "video"), listed)


def _views(con: duckdb.DuckDBPyConnection) -> tuple[View, ...]:
    """Number the views, and return them with the conditions as the catalogue writes them."""
    con.execute(
        """create or replace temp table views as select row_number() over (
            order by recognizer nulls first, oracle nulls first, run, condition) - 1 as g, *
        from (select distinct recognizer, oracle, run, condition from asked)"""
    )
    rows = con.sql("select recognizer, oracle, run, condition from views order by g").fetchall()
    found = tuple(View(recognizer, oracle, run, canonical(name)) for recognizer, oracle, run, name in rows)
    for view in found:
        if found.count(view) > 1:
            raise InputError(
                f"found condition {view.condition} written in two ways in the predictions of "
                f"{view.recognizer or 'one recognizer'}, expected one; correct one of them"
            )
    return found


def _filled(con: duckdb.DuckDBPyConnection) -> Predictions:
    v: pd.DataFrame = con.sql("select * from numbered order by i").df()
    views = _views(con)
    values = np.full((len(METRICS), len(views), len(v)), np.nan)
    kept, state = np.full(values.shape[1:], np.nan), np.zeros(values.shape[1:], dtype=np.int8)
    rows = con.execute(
        """select n.i, v.g::integer as g, correct1 is not null as predicted,
        coalesce(correct1::double, 'nan') as top1,
        case when correct1 is null then 'nan'::double else coalesce(correct5::double, 'nan') end as top5,
        case when correct1 is null then 'nan'::double else coalesce(p_true, 'nan') end as p_true,
        coalesce(kept_fraction, 'nan') as kept
        from asked a join numbered n using (dataset, video_id) join views v
        on v.condition = a.condition and v.run = a.run
        and v.oracle is not distinct from a.oracle and v.recognizer is not distinct from a.recognizer"""
    )
    while len(chunk := rows.fetch_df_chunk(CHUNK)):
        i, g, predicted, top1, top5, p_true, share = (chunk[name].to_numpy() for name in chunk.columns)
        values[:, g, i] = top1, top5, p_true
        kept[g, i] = share
        state[g, i] = np.where(predicted, PREDICTED, FAILED)
    datasets, dataset = np.unique(_texts(v["dataset"]).astype(str), return_inverse=True)
    return Predictions(
        datasets=tuple(map(str, datasets)),
        dataset=dataset.astype(np.int64),
        video_id=_texts(v["video_id"]),
        label=_texts(v["label"]),
        cluster=v["cluster"].to_numpy(dtype=np.int64),
        duration=v["duration_s"].to_numpy(dtype=float, na_value=np.nan),
        views=views,
        values=values,
        kept=kept,
        state=state,
        named=_classes(con, datasets.tolist()),
    )


def _classes(con: duckdb.DuckDBPyConnection, datasets: Sequence[str]) -> tuple[int, ...]:
    """Count the labels of each dataset, those of videos without predictions too."""
    rows = con.sql("select dataset, count(distinct label) from known group by dataset").fetchall()
    found = dict(rows)
    return tuple(int(found.get(name, 0)) for name in datasets)


def _texts(column: pd.Series[Any]) -> Any:
    return column.astype(object).where(column.notna(), None).to_numpy(dtype=object)


def failures(con: duckdb.DuckDBPyConnection) -> dict[View, str]:
    """Return why predictions of each view failed most often, after `load`."""
    rows = con.sql(
        """select recognizer, oracle, run, condition, mode(failure) from asked
        where correct1 is null and failure is not null group by all"""
    ).fetchall()
    return {View(r, oracle, run, canonical(name)): why for r, oracle, run, name, why in rows}


def confidences(
    con: duckdb.DuckDBPyConnection, prechecks: duckdb.DuckDBPyRelation, known: Predictions
) -> dict[tuple[str, str], Any]:
    """Return how sure each oracle and run was of the action, (videos,), NaN where unknown, after `load`.

    That is P(YES) where it was measured, else the confidence that was stated.
    """
    prechecks.create_view("sure", replace=True)
    rows = con.sql(
        """select oracle, run, i, coalesce(p_yes, confidence)::double as sure
        from sure join numbered using (dataset, video_id) where coalesce(p_yes, confidence) is not null"""
    ).df()
    found: dict[tuple[str, str], Any] = {}
    for (oracle, run), some in rows.groupby(["oracle", "run"]):
        found[oracle, run] = np.full(known.videos, np.nan)
        found[oracle, run][some["i"].to_numpy()] = some["sure"].to_numpy()
    return found
