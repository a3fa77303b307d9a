"""The oracle that has answered before: score and precheck tables, put through the same path once more.

A replayed oracle goes through strategies, ledger and reader like a model, so a whole study can be tried
without a call. It answers by the name of the video: what is removed from a clip it does not notice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.plain import answer, scoring, verdict, written
from crossoracle.oracles.clip import Border, Clip
from crossoracle.oracles.oracle import Answer, CallFailed, Capabilities, Question
from crossoracle.provenance import digest
from crossoracle.tables import EDGE_S

if TYPE_CHECKING:
    import duckdb

Row = Mapping[str, Any]
Files = str | Sequence[str]
SAYS = {"yes": "YES", "no": "NO", "skip": "SKIP"}
SILENT = {"refused": "refused", "truncated": "length", "unparsed": "stop"}
UNREADABLE = "a reply that could not be read"


@dataclass(frozen=True)
class Replay:
    """Answers from score tables, and from precheck tables where they are given.

    Parameters
    ----------
    oracle : str
        Whose rows are replayed: its name in the tables.
    scores, prechecks : path or sequence of path
        The tables. Without prechecks, or where this oracle has none, every video with scores counts as
        recognised; the reply then states no confidence.
    run : str, optional
        Which run is replayed; by default the one whose number is that of the sample.
    """

    oracle: str
    scores: Files = ()
    prechecks: Files = ()
    run: str | None = None

    paths: ClassVar[tuple[str, ...]] = ("scores", "prechecks")
    """The options that are relative to the study."""

    rule: ClassVar[int] = 2
    """Counts up when the same rows would be told in other words."""

    def __post_init__(self) -> None:
        if not self.scores and not self.prechecks:
            raise InputError(
                f"replay of {self.oracle}: found no table; give scores, prechecks or both (paths of files)"
            )

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on: the tables by digest, whose rows, and the segments."""
        clip = question.clip
        return {
            "adapter": "replay",
            "rule": self.rule,
            "oracle": self.oracle,
            "run": self._run(question),
            "tables": self._digests,
            "kind": question.kind,
            "dataset": clip.dataset,
            "video_id": clip.video_id,
            "segments": [list(border) for border in clip.segments],
        }

    async def ask(self, question: Question) -> str:
        """Build the reply that the rows of this video would have come from.

        Raises
        ------
        CallFailed
            The tables lack the video, cut it into other segments, or hold an error for it.
        """
        known = self._precheck(question)
        outcome = known["outcome"] if known else "yes"
        facts = {"model": self._model(question), "detail": known.get("detail")}
        if outcome in SILENT:
            text = None if outcome == "refused" else UNREADABLE
            return written(text, finish=SILENT[outcome], **facts)
        if outcome not in SAYS:
            raise self._failed(question, f"the table holds an error: {known['detail'] or 'without detail'}")
        return written(self._reply(question, SAYS[outcome], known), **facts, **_measured(known))

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply apart."""
        return answer(raw)

    async def probe(self) -> Capabilities:
        """Say what is known without a call."""
        return Capabilities(logprobs=bool(self.prechecks), structured=True, native_video=False)

    async def close(self) -> None:
        """Close the tables."""
        opened = self.__dict__.pop("_con", None)
        if opened is not None:
            opened.close()

    def _reply(self, question: Question, says: str, known: Row) -> dict[str, Any]:
        evidence, confidence = f"replayed from {self._model(question)}", known.get("confidence")
        if question.kind == "verify":
            return verdict(says, evidence, confidence=confidence)
        rows = self._rows("scores", question)
        if says == "YES" and not rows:
            raise self._failed(question, "found no scores of the video, expected one row per segment")
        if rows:
            self._check_segments(question, rows)
        important = [row["segment"] for row in rows if row["kept"]]
        return scoring(
            [row["score"] for row in rows],
            important if any(row["kept"] is not None for row in rows) else None,
            evidence,
            presence=says,
            confidence=confidence,
            words=rows,
        )

    def _precheck(self, question: Question) -> dict[str, Any]:
        """Return the row of the video, or nothing where the oracle has no prechecks at all."""
        rows = self._rows("prechecks", question)
        if rows:
            return rows[0]
        if self._has_prechecks(question):
            raise self._failed(question, "found no precheck of the video, expected one row")
        if not self._rows("scores", question):
            raise self._failed(question, "found neither scores nor a precheck of the video, expected them")
        return {}

    def _check_segments(self, question: Question, rows: Sequence[Row]) -> None:
        clip = question.clip
        found = [(row["start_s"], row["end_s"]) for row in rows]
        numbered = [row["segment"] for row in rows] == list(range(len(clip.segments)))
        if not numbered or not _aligned(found, clip):
            raise self._failed(
                question,
                f"found {len(found)} segments from {found[0][0]:g} to {found[-1][1]:g} s, expected the "
                f"{len(clip.segments)} of the clip, ending at {clip.duration_s:g} s; cut by the same step",
            )

    def _has_prechecks(self, question: Question) -> bool:
        sql = "SELECT 1 FROM prechecks WHERE run = ? LIMIT 1"
        return bool(self._tables["prechecks"] and self._con.execute(sql, [self._run(question)]).fetchall())

    def _rows(self, table: str, question: Question) -> list[dict[str, Any]]:
        if not self._tables[table]:
            return []
        found = self._con.execute(
            f"SELECT * FROM {table} WHERE run = ? AND dataset = ? AND video_id = ?",
            [self._run(question), question.clip.dataset, question.clip.video_id],
        )
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return sorted(rows, key=lambda row: row.get("segment", 0))

    @cached_property
    def _con(self) -> duckdb.DuckDBPyConnection:
        """The rows of this oracle in memory, from when the first question is asked."""
        from crossoracle.tables import connect, read
        from crossoracle.tables.sql import literal

        con = connect()
        for name, files in self._tables.items():
            if files:
                read(con, name, *files).filter(f"oracle = {literal(self.oracle)}").to_table(name)
        return con

    @property
    def _tables(self) -> dict[str, tuple[str, ...]]:
        given = {"scores": self.scores, "prechecks": self.prechecks}
        return {name: (files,) if isinstance(files, str) else tuple(files) for name, files in given.items()}

    @cached_property
    def _digests(self) -> dict[str, list[str]]:
        from crossoracle.tables.sources import require_file

        for file in [file for files in self._tables.values() for file in files]:
            require_file(Path(file))
        return {name: [digest(file) for file in files] for name, files in self._tables.items()}

    def _run(self, question: Question) -> str:
        return str(question.sample) if self.run is None else self.run

    def _model(self, question: Question) -> str:
        return f"{self.oracle}, run {self._run(question)}"

    def _failed(self, question: Question, message: str) -> CallFailed:
        video = f"{question.clip.dataset}/{question.clip.video_id}"
        return CallFailed(f"replay of {self._model(question)}, {video}: {message}", transient=False)


def _measured(known: Row) -> dict[str, Any]:
    """Return P(YES) where the table has it measured; what an oracle only stated is its confidence."""
    if known.get("p_source") in (None, "stated"):
        return {}
    return {"p_yes": known["p_yes"], "p_source": known["p_source"]}


def _aligned(found: Sequence[Border], clip: Clip) -> bool:
    pairs = zip(found, clip.segments, strict=True)
    return all(abs(a - b) <= EDGE_S for row, cut in pairs for a, b in zip(row, cut, strict=True))
