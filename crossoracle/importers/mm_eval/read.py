"""Recognizer records in, predictions out; a video whose frames could not be chosen counts as failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from crossoracle.errors import InputError, TableError
from crossoracle.importers.importer import Extract
from crossoracle.importers.mm.documents import documents
from crossoracle.importers.mm.findings import Findings
from crossoracle.importers.mm.read import uncollected
from crossoracle.importers.mm.rows import Rows
from crossoracle.importers.mm.sidecar import Document
from crossoracle.importers.mm.videos import Pool, dataset_of, read_pool
from crossoracle.importers.mm_eval.conditions import condition
from crossoracle.importers.mm_eval.record import Record, parsed

TEXTS = {
    "malformed": ("file", "left out, cannot be read"),
    "passed": ("file", "passed over, no records"),
    "copies": ("file", "passed over, copies or summaries of records"),
    "labels": ("file", "passed over, label files or motion caches; `crossoracle import mm` reads them"),
    "misnamed": ("file", "another video or condition in the name of the file, taken from the record"),
    "unknown": ("record", "a condition that crossoracle does not know, under its own name"),
    "collides": ("record", "another prediction for a condition that has two names, under its own name"),
    "twice": ("record", "found again with the same prediction, taken once"),
    "no prediction": ("record", "nothing to predict from, so no prediction, right or wrong"),
    "disagrees": ("record", "top1_correct that disagrees with the classes, taken as it is"),
}
"""What can be noticed, as in `crossoracle.importers.mm.findings`."""

Row = tuple[Any, ...]


def read(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    *,
    oracle: str | None = None,
    dataset: str | None = None,
    run: str = "0",
    pool: Path | None = None,
) -> Extract:
    """Read recognizer records from directories and archives.

    Parameters
    ----------
    con, files
        Where to work, and what to read.
    oracle, run : str
        Whose labels chose the frames; the records do not say.
    dataset : str, optional
        Their dataset, unless the pool names it; by default the first folder of the path of each video.
    pool : Path, optional
        A CSV of videos: the dataset of each.

    Raises
    ------
    InputError
        No oracle was named; a video comes twice with different predictions, or has no dataset.
    TableError
        There is no record, or an archive holds what no honest one holds.
    """
    findings = Findings(TEXTS)
    known = read_pool(con, pool, dataset) if pool else Pool()
    records = Records(con, oracle, run, dataset, known, findings)
    tables: list[Path] = []
    with uncollected():
        for document in documents(con, files, findings, tables):
            record = parsed(document, findings)
            if record is not None:
                records.take(document, record)
    for path in tables:
        findings.add("passed", str(path))
    extracted = records.rows.done()
    if not extracted:
        found = "; ".join(findings.notes()) or "no files at all"
        raise TableError(f"{', '.join(map(str, files))}: found no record ({found}), expected at least one")
    return Extract(extracted, tuple(findings.notes()), findings.listed())


@dataclass
class Records:
    """What has been read so far; oracle, run, dataset, pool and findings are as in `read`."""

    con: duckdb.DuckDBPyConnection
    oracle: str | None
    run: str
    dataset: str | None
    pool: Pool
    findings: Findings
    rows: Rows = field(init=False)
    _seen: dict[tuple[str | None, ...], tuple[str, str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = Rows(self.con)

    def take(self, document: Document, record: Record) -> None:
        """Take a record.

        Raises
        ------
        InputError
            It names no dataset or came before with another prediction, or no oracle was named.
        """
        dataset = dataset_of(record, self.dataset, self.pool)
        if dataset is None:
            raise InputError(
                f"{document.name}: found no folder in video_path ({record.video_path}), expected the dataset "
                "there; say --dataset NAME"
            )
        ours = condition(record.condition, record.shuffle_segments)
        name = str(ours) if ours else record.condition
        guided = ours.needs_oracle if ours else not record.condition.startswith("full")
        if guided and not self.oracle:
            raise InputError(
                f"{document.name}: found condition {record.condition}, expected whose labels chose the "
                "frames; say --oracle NAME"
            )
        who = (self.oracle, self.run) if guided else (None, "0")
        said = _said(record, name)
        key = (dataset, record.video_id, record.recognizer, *who, name)
        if key in self._seen and self._seen[key][1] != record.condition:
            self.findings.add("collides", document.name, f"{record.condition} is {name}, too")
            name, key = record.condition, (*key[:-1], record.condition)
        if self._came_before(document, record, key, hash(said)):
            self.findings.add("twice", document.name)
            return
        if ours is None:
            self.findings.add("unknown", document.name, record.condition)
        if record.failure:
            self.findings.add("no prediction", document.name, record.failure)
        if record.disagrees:
            self.findings.add("disagrees", document.name)
        self.rows.add_one("predictions", (dataset, record.video_id, _recognizer(record), *who, name, *said))

    def _came_before(
        self, document: Document, record: Record, key: tuple[str | None, ...], said: int
    ) -> bool:
        if key not in self._seen:
            self._seen[key] = document.name, record.condition, said
            return False
        name, _, before = self._seen[key]
        if before != said:
            raise InputError(
                f"{document.name}: found another prediction of {record.video_id} under {record.condition} "
                f"than in {name}, expected the records of one oracle and run; import each with its own "
                "--oracle or --run"
            )
        return True


def _recognizer(record: Record) -> str:
    """Return the recognizer; other protocols than that of the conditions here make another one of it."""
    protocol = record.protocol_resolved
    return record.recognizer if protocol in (None, "repack") else f"{record.recognizer}+{protocol}"


def _said(record: Record, name: str) -> Row:
    """Return what a row holds behind its key; of a failure, verdicts are none."""
    if record.failure:
        return (None, None, None, None, None, None, record.failure)
    classes = [str(one) for one in record.top5_labels or record.top5_label_ids or ()]
    share = 1.0 if name == "full" else None  # of the others the duration is not recorded
    return (
        *(classes[0], json.dumps(classes, ensure_ascii=False), record.p_true),
        *(record.top1_correct, record.top5_correct, share, None),
    )
