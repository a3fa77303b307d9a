"""One label file or motion cache after another: what each becomes, and which came before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from crossoracle.errors import InputError
from crossoracle.importers.mm.findings import Findings
from crossoracle.importers.mm.motion import Cache
from crossoracle.importers.mm.outcomes import failed, outcome_of
from crossoracle.importers.mm.rows import Rows
from crossoracle.importers.mm.scores import Rated, rated
from crossoracle.importers.mm.sidecar import Document, Sidecar, parsed
from crossoracle.importers.mm.videos import Pool, Video, dataset_of, of_sidecar
from crossoracle.replies import Outcome, ScoreRead, read_score

MOST = {"p_yes": 1.0, "confidence": 1.0, "calls": 1e9, "latency_s": 1e9}
"""The largest values that are believed; none may be negative."""


@dataclass(frozen=True)
class Taken:
    """What a label file says: the outcome of its precheck, and the scores of one that passed."""

    outcome: Outcome
    detail: str | None
    rated: Rated | None


@dataclass
class Labels:
    """What has been read so far.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Where the rows go.
    pool : Pool
        The videos of the pool.
    dataset : str, optional
        The dataset of videos that the pool does not know.
    findings : Findings
        What was noticed.
    files : dict of str to list of (bool, int)
        For each name of a video, whether it passed, and its number of segments, as its file says; several
        where datasets have videos of one name.
    """

    con: duckdb.DuckDBPyConnection
    pool: Pool
    dataset: str | None
    findings: Findings
    files: dict[str, list[tuple[bool, int]]] = field(default_factory=dict)
    _seen: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    _moved: dict[tuple[str, str], int] = field(default_factory=dict)
    _rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        self._rows = Rows(self.con)

    def take(self, document: Document) -> None:
        """Take the label file or motion cache that a document is, if it is one.

        Raises
        ------
        InputError
            Its video has no dataset, or came before with different labels.
        """
        sidecar = parsed(document, self.findings)
        if sidecar is None:
            return
        dataset = dataset_of(sidecar, self.dataset, self.pool)
        if dataset is None and isinstance(sidecar, Cache):
            self.findings.add("motion nowhere", document.name)
            return
        if dataset is None:
            raise InputError(
                f"{document.name}: found no folder in video_path ({sidecar.video_path}), expected the "
                "dataset there; say --dataset NAME"
            )
        if isinstance(sidecar, Cache):
            self._take_motion(sidecar, dataset)
        else:
            self._take_labels(document, sidecar, of_sidecar(sidecar, dataset, self.pool))

    def _take_labels(self, document: Document, sidecar: Sidecar, video: Video) -> None:
        noticed = Findings()
        taken = _taken(sidecar, noticed)
        if self._came_before(document, sidecar, video, taken):
            self.findings.add("twice", sidecar.video_id)
            return
        said = sidecar.mss_result.precheck_passed, len(sidecar.segments)
        self.files.setdefault(sidecar.video_id, []).append(said)
        if sidecar.action_label and video.label != sidecar.action_label:
            noticed.add("relabelled", sidecar.video_id, f"{sidecar.action_label} in the file")
        self._rows.add_one("videos", video)
        self._rows.add_one("prechecks", _precheck(sidecar, video, taken, noticed))
        if taken.rated is not None:
            self._rows.add("scores", *_scores(sidecar, video, taken.rated))
        self.findings.update(noticed)

    def _take_motion(self, cache: Cache, dataset: str) -> None:
        moved = tuple((s.index, s.start_s, s.end_s, s.mean_flow_magnitude) for s in cache.segments)
        key, n = (dataset, cache.video_id), len(moved)
        if key in self._moved:
            same = self._moved[key] == hash(moved)
            self.findings.add("motion again" if same else "motion differs", cache.video_id)
            return
        self._moved[key] = hash(moved)
        self._rows.add("motion", [dataset] * n, [cache.video_id] * n, *zip(*moved, strict=True))

    def done(self) -> dict[str, duckdb.DuckDBPyRelation]:
        """Return every table that has rows; videos of the pool are there without a label file, too."""
        for video in self.pool:
            if (video.dataset, video.video_id) not in self._seen:
                self._rows.add_one("videos", video)
        return self._rows.done()

    def _came_before(self, document: Document, sidecar: Sidecar, video: Video, taken: Taken) -> bool:
        edges = tuple((segment.start_s, segment.end_s) for segment in sidecar.segments)
        said = (tuple(taken.rated.scores), tuple(taken.rated.kept)) if taken.rated else ()
        print_ = hash((taken.outcome, edges, said))
        key = (video.dataset, video.video_id)
        if key not in self._seen:
            self._seen[key] = document.name, print_
            return False
        name, before = self._seen[key]
        if before != print_:
            raise InputError(
                f"{document.name}: found other labels of {video.video_id} than in {name}, expected the "
                "files of one oracle and run; import each with its own --oracle or --run"
            )
        return True


def _taken(sidecar: Sidecar, noticed: Findings) -> Taken:
    reads = _read_again(sidecar)
    outcome, detail = outcome_of(sidecar, reads)
    if outcome != "yes":
        _notice(sidecar, outcome, noticed)
        return Taken(outcome, detail, None)
    found = rated(sidecar, reads, noticed)
    if found.usable:
        return Taken(outcome, detail, found)
    told = next((read.detail for read in reads if read.detail), "it was asked several times")
    return Taken("unparsed", f"passed, but its scores could not be read: {told}", found)


def _read_again(sidecar: Sidecar) -> list[ScoreRead]:
    """Return the raw replies as the one reader reads them; a search's replies rate no segments."""
    if sidecar.searched:
        return []
    n = len(sidecar.segments)
    return [read_score(r.raw_output, n) for r in sidecar.responses if r.raw_output is not None]


def _notice(sidecar: Sidecar, outcome: Outcome, noticed: Findings) -> None:
    decision = (sidecar.responses[-1].decision or "SKIP").upper() if sidecar.responses else "SKIP"
    if decision == "SKIP" and outcome not in ("no", "skip"):
        noticed.add("unparsed" if outcome == "truncated" else outcome, sidecar.video_id)
    if any(segment.weight is not None for segment in sidecar.segments):
        noticed.add("failed", sidecar.video_id)


def _precheck(sidecar: Sidecar, video: Video, taken: Taken, noticed: Findings) -> tuple[Any, ...]:
    """Return a row of prechecks; of a reply that failed, its zeros are no measurement."""
    result = sidecar.mss_result
    last = sidecar.responses[-1] if sidecar.responses else None
    silent = last is None or failed(last)
    given = {
        "p_yes": None if silent else result.precheck_vote_yes,
        "confidence": None if last is None or silent else last.confidence,
        "calls": result.total_oracle_calls,
        "latency_s": sidecar.elapsed_s,
    }
    sound = {name: v if v is not None and 0 <= v <= MOST[name] else None for name, v in given.items()}
    if sound != given:
        noticed.add("outside", sidecar.video_id)
    source = None
    if sound["p_yes"] is not None and last is not None:
        source = "stated" if last.logit_yes is None else "logits"
    return (
        *(video.dataset, video.video_id, taken.outcome, sound["p_yes"], source),
        *(sound["confidence"], sound["calls"], sound["latency_s"], taken.detail),
    )


def _scores(sidecar: Sidecar, video: Video, found: Rated) -> tuple[Sequence[Any], ...]:
    """Return the columns of the rows of scores."""
    segments, n = sidecar.segments, len(sidecar.segments)
    starts, ends = [segment.start_s for segment in segments], [segment.end_s for segment in segments]
    said = (found.scores, found.kept, found.phases, found.reasons)
    return ([video.dataset] * n, [video.video_id] * n, range(n), starts, ends, *said)
