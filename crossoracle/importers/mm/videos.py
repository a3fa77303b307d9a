"""The videos: which dataset, label and source each has, from label files and from pools (CSV)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Protocol

import duckdb

from crossoracle.errors import TableError
from crossoracle.importers.mm.sidecar import Sidecar
from crossoracle.tables.places import place
from crossoracle.tables.sources import ROW, open_source, reading
from crossoracle.tables.sql import quoted

CUT = re.compile(r"(.+)_\d{6}_\d{6}")
"""A clip is named after its source and the seconds at which it was cut from it."""

ATTRIBUTES = ("template", "placeholders", "raw_class_name")
TOP = ("class_id", *ATTRIBUTES)
"""What Parquet has beside the label, and raw files have in their metadata."""

FIELDS = ("video_path", "label", "video_id", "id", "dataset", *TOP)
"""The columns of a pool that are read."""


class Video(NamedTuple):
    """A row of the table videos."""

    dataset: str
    video_id: str
    label: str | None
    class_id: int | None
    path: str | None
    cluster: str
    attributes: str | None


class Named(Protocol):
    """What says of which video it is."""

    video_id: str
    video_path: str | None


class Pool:
    """The videos that a pool lists; a name tells one from the others only within its dataset."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Video]] = {}

    def __iter__(self) -> Iterator[Video]:
        return (video for those in self._known.values() for video in those.values())

    def add(self, video: Video) -> bool:
        """Take a video, and return whether it is new."""
        return self._known.setdefault(video.video_id, {}).setdefault(video.dataset, video) is video

    def get(self, video_id: str, dataset: str) -> Video | None:
        """Return the video of a dataset, or None where it is not listed."""
        return self._known.get(video_id, {}).get(dataset)

    def dataset_of(self, video_id: str, *likely: str | None) -> str | None:
        """Return the first likely dataset that has a video of this name, else the only one, or None."""
        those = self._known.get(video_id, {})
        found = next((name for name in likely if name in those), None)
        return next(iter(those)) if found is None and len(those) == 1 else found


def dataset_of(file: Named, dataset: str | None, pool: Pool) -> str | None:
    """Return the dataset of a video, or None where nothing tells.

    Parameters
    ----------
    file : Named
        A file about the video.
    dataset : str, optional
        The dataset of videos that the pool does not know; the first folder of the path by default.
    pool : Pool
        Where several of its datasets have a video of this name, the folder of the path decides.
    """
    first = folder(_place(file.video_path))
    return pool.dataset_of(file.video_id, first, dataset) or dataset or first


def of_sidecar(sidecar: Sidecar, dataset: str, pool: Pool) -> Video:
    """Return the video of a label file, of a dataset, completed and corrected by the pool."""
    known = pool.get(sidecar.video_id, dataset)
    path = _place(sidecar.video_path)
    more = sidecar.metadata or {}
    more = more | {key: v for key in TOP if (v := getattr(sidecar, key)) is not None}
    label, class_id = sidecar.action_label or None, _whole(more.get("class_id"))
    attributes = _attributes(more) if more else None
    if known:
        label, path = known.label or label, known.path or path
        class_id = known.class_id if known.class_id is not None else class_id
        attributes = known.attributes or attributes
    return Video(dataset, sidecar.video_id, label, class_id, path, cluster(sidecar.video_id), attributes)


def read_pool(con: duckdb.DuckDBPyConnection, path: Path, dataset: str | None) -> Pool:
    """Return the videos that a pool lists.

    Parameters
    ----------
    con, path
        Where to work, and the CSV: ``video_path``, ``label``, and perhaps more of `FIELDS`.
    dataset : str, optional
        The dataset of rows that name none; the first folder of the path by default.

    Raises
    ------
    TableError
        The file cannot be read, lacks a column, or lists a video twice.
    """
    source = open_source(con, path)
    missing = [name for name in ("video_path", "label") if name not in source.types]
    if missing:
        columns, found = " and ".join(missing), ", ".join(source.types)
        raise TableError(f"{path}: found no column {columns} (found {found}), expected a pool of videos")
    names = [name for name in FIELDS if name in source.types]
    with reading(path):
        rows = source.rows.project(", ".join([*map(quoted, names), ROW])).fetchall()
    videos = Pool()
    for *values, number in rows:
        video = _of_row(dict(zip(names, values, strict=True)), dataset, path, number)
        if not videos.add(video):
            raise TableError(
                f"{path}, {place(path, number)}: found {video.video_id} again, expected every video of "
                f"{video.dataset} once; remove one"
            )
    return videos


def folder(path: str | None) -> str | None:
    """Return the first folder of a path in small letters: the dataset, by the habit of the release."""
    parts = (path or "").split("/")[:-1]
    return next((part.lower() for part in parts if part not in ("", ".", "..")), None)


def cluster(video_id: str) -> str:
    """Return what a clip was cut from, or else the clip itself.

    Examples
    --------
    >>> cluster("qA1-x_Zz9bQ_000010_000020"), cluster("900001")
    ('qA1-x_Zz9bQ', '900001')
    """
    cut = CUT.fullmatch(video_id)
    return cut[1] if cut else video_id


def _of_row(row: Mapping[str, str | None], dataset: str | None, pool: Path, number: int) -> Video:
    path = _place(row["video_path"])
    if not path:
        where = f"{pool}, {place(pool, number)}"
        raise TableError(f"{where}, column video_path: found nothing, expected a path; fill it in")
    video_id = (row.get("video_id") or row.get("id") or PurePosixPath(path).stem).strip()
    name = (row.get("dataset") or "").strip() or dataset or folder(path)
    if name is None:
        where = f"{pool}, {place(pool, number)}"
        raise TableError(f"{where}: found no dataset for {video_id}, expected one; say --dataset NAME")
    return Video(
        *(name, video_id, row["label"] or None, _whole(row.get("class_id")), path, cluster(video_id)),
        attributes=_attributes(row),
    )


def _place(path: str | None) -> str | None:
    """Return a path as the release has it: raw files have the directory ``data`` before it."""
    if not path:
        return None
    return path.replace("\\", "/").removeprefix("./").removeprefix("data/")


def _whole(value: Any) -> int | None:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1 << 63 else None


def _attributes(row: Mapping[str, Any]) -> str | None:
    """Return what prompts may need as a JSON object; the placeholders of a template are a list."""
    there = {name: row[name] for name in ATTRIBUTES if row.get(name)}
    if isinstance(there.get("placeholders"), str):
        with suppress(ValueError, RecursionError):  # then it stays the text that it is
            there["placeholders"] = json.loads(there["placeholders"])
    return json.dumps(there, sort_keys=True, ensure_ascii=False) if there else None
