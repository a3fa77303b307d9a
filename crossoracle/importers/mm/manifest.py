"""The manifests of a release: what they say of each label file, held against the files themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from crossoracle.errors import TableError
from crossoracle.importers.mm.findings import Findings
from crossoracle.tables.sources import open_source, reading

Files = Mapping[str, Sequence[tuple[bool, int]]]
COLUMNS = ("video_id", "n_segments", "precheck_passed")


def compare(
    con: duckdb.DuckDBPyConnection,
    tables: Sequence[Path],
    files: Files,
    findings: Findings,
) -> None:
    """Hold every manifest among some CSV files against the label files; count what differs.

    Parameters
    ----------
    con, tables
        Where to work, and the CSV files; those that are no manifests are counted as passed over.
    files : mapping of str to sequence of (bool, int)
        For each name of a video whether it passed, and its number of segments; a manifest names no dataset.
    findings : Findings
        Where what differs is counted.
    """
    for path in tables:
        try:
            source = open_source(con, path)
            if not set(COLUMNS) <= source.types.keys():
                findings.add("passed", str(path))
                continue
            with reading(path):
                rows = source.rows.project(", ".join(COLUMNS)).fetchall()
        except TableError as error:
            findings.add("malformed", str(path), str(error).partition(": ")[2])
            continue
        for video_id, segments, passed in rows:
            _hold(str(video_id), str(segments), str(passed), files, findings)


def _hold(video_id: str, segments: str, passed: str, files: Files, findings: Findings) -> None:
    if video_id not in files:
        findings.add("manifest only", video_id)
        return
    of_file = list(zip(*files[video_id], strict=True))
    for kind, said, found in zip(("precheck", "segments"), (passed, segments), of_file, strict=True):
        if said.strip().lower() not in {str(one).lower() for one in found}:
            in_file = " or ".join(dict.fromkeys(map(str, found)))
            findings.add(f"manifest {kind}", video_id, f"{said} in the manifest, {in_file} in the file")
