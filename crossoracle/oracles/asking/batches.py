"""What the ledger knows of batches: which questions are in which, from before the upload until the answers.

A batch has a mark of ours, which is written down with the keys of its questions before anything is uploaded,
and which its provider keeps beside it. So a batch whose process died meanwhile is known again by its mark,
and until then its questions are not put by any other way.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from crossoracle.oracles.asking.entries import Batched, BatchState, Context
from crossoracle.oracles.asking.ledger import Ledger, answer_rows, put_row, told
from crossoracle.oracles.asking.states import (
    ADOPTED,
    ANSWERED,
    FOUND,
    LEFT_OUT,
    MISSED,
    NOTED,
    PUT,
    REFUSED,
)
from crossoracle.oracles.asking.writer import LedgerFailed, Operation
from crossoracle.oracles.oracle import CallFailed

INTENDED = "INSERT INTO batches (mark, oracle, state, begun_at) VALUES (?, ?, 'intended', ?)"
NOW = """
INSERT INTO batches (mark, oracle, name, state, begun_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (mark) DO UPDATE SET name = coalesce(excluded.name, name), state = excluded.state
"""
OF = """
SELECT mark, name, batches.state, count(key), batches.oracle, begun_at
FROM batches LEFT JOIN calls ON calls.batch = batches.mark AND calls.state IN ('batched', 'lost')
WHERE batches.oracle = ?1 OR mark IN (
    SELECT batch FROM calls WHERE state IN ('batched', 'lost') AND key IN (SELECT value FROM json_each(?2))
)
GROUP BY mark ORDER BY begun_at, mark
"""
UNSETTLED = """
SELECT DISTINCT oracle FROM batches
WHERE state IN ('intended', 'open') OR (
    state = 'vanished' AND ?1 AND mark IN (SELECT batch FROM calls WHERE state = 'lost')
)
"""
ELSEWHERE = """
SELECT key, dataset, video_id FROM calls JOIN batches ON mark = batch
WHERE calls.state IN ('batched', 'lost') AND batches.oracle <> ?2
    AND (batches.state IN ('intended', 'open') OR (batches.state = 'vanished' AND ?1))
"""
FORGOTTEN = "its provider knows nothing of its batch; possibly paid (use --resend)"
STUDY = ("batches", "#study")  # under which the ledger remembers the mark of all of its batches


def unsettled_of(ledger: Ledger, *, vanished: bool) -> set[str]:
    """Return the oracles that have batches under way; on demand also those whose batches have vanished."""
    return {row[0] for row in ledger.select(UNSETTLED, vanished)}


def batched_elsewhere(ledger: Ledger, oracle: str, *, vanished: bool) -> dict[str, tuple[str, str] | None]:
    """Return the keys of questions in batches that other oracles have under way, and what they are about.

    That is dataset and video_id, or None where the ledger was not told. On demand also of batches that have
    vanished.
    """
    rows = ledger.select(ELSEWHERE, vanished, oracle)
    return {key: None if video is None else (dataset, video) for key, dataset, video in rows}


@dataclass(frozen=True)
class Batchbook:
    """The batches of one oracle, and those of others that hold questions of its own.

    Parameters
    ----------
    ledger : Ledger
        Where they stand.
    oracle : str
        Whose.
    wanted : frozenset of str
        The keys of its questions: another oracle of the same model may have begun their batch, or this one
        under an earlier name.
    """

    ledger: Ledger
    oracle: str
    wanted: frozenset[str] = frozenset()

    def all(self) -> dict[str, Batched]:
        """Return every batch by its mark, in the order in which they were begun."""
        return {
            row[0]: Batched(*row)
            for row in self.ledger.select(OF, self.oracle, json.dumps(sorted(self.wanted)))
        }

    def unsettled(self) -> list[Batched]:
        """Return those that are under way, as far as one knows."""
        return [one for one in self.all().values() if one.state in ("intended", "open")]

    def marks(self) -> dict[str, str]:
        """Return what those of this oracle carry at their provider: the study, and the oracle."""
        return {**self.study(), "oracle": self.oracle}

    def study(self) -> dict[str, str]:
        """Return what all batches of the study carry at their provider."""
        study = self.ledger.recall(*STUDY)
        if study is None:
            study = uuid4().hex
            self.ledger.remember(*STUDY, study)
        return {"crossoracle": study}

    async def intend(self, questions: Mapping[str, Context]) -> str:
        """Write down that questions are about to be uploaded; return the mark of their batch.

        Raises
        ------
        LedgerFailed
            One of them is answered, or in another batch.
        """
        mark = uuid4().hex
        given_up = CallFailed("its batch was given up before it was uploaded", transient=True)
        put = [(PUT, put_row(key, "batched", context, batch=mark)) for key, context in questions.items()]
        changed = await self.ledger.write((INTENDED, (mark, self.oracle, time.time())), *put)
        if not all(changed):
            await self.refused(mark, given_up)
            raise LedgerFailed(
                f"ledger {self.ledger.path}: a question for a batch is answered, or in another; "
                "nothing was uploaded; run again"
            )
        return mark

    async def begun(self, mark: str, name: str) -> None:
        """Write down what the provider calls a batch; what was lost with it waits again."""
        await self.ledger.write(self._now(mark, "open", name), (FOUND, (mark,)))

    async def adopt(self, mark: str, name: str, keys: Iterable[str]) -> None:
        """Take over a batch of this study that the ledger does not know, with what is known to be in it."""
        adopted = [(ADOPTED, (mark, key, self.oracle)) for key in keys]
        await self.ledger.write(self._now(mark, "open", name), *adopted)

    async def refused(self, mark: str, failure: CallFailed) -> None:
        """Write down that a batch came to nothing, and cost nothing."""
        said = (told(failure), failure.status)
        await self.ledger.write(self._now(mark, "done"), (REFUSED, (mark, *said)))

    async def vanished(self, mark: str) -> None:
        """Write down that the provider does not know a batch: its questions may have been paid for."""
        await self.ledger.write(self._now(mark, "vanished"), (MISSED, (mark, FORGOTTEN)))

    async def done(self, mark: str, answers: Mapping[str, str | CallFailed], missing: CallFailed) -> None:
        """Store what a batch brought; what happened to a question that it brought nothing for is given.

        It has failed, and cost nothing; or it is lost, where the failure says that it is possibly paid.
        """
        rows: list[Operation] = []
        for key, answer in answers.items():
            rows.append((NOTED, (mark, key, self.oracle)))
            if isinstance(answer, CallFailed):
                rows.append((LEFT_OUT, (mark, key, told(answer), answer.status)))
            else:
                stored, _ = answer_rows(key, answer, 0.0)
                rows += [stored, (ANSWERED, (None, key))]  # how long it took says nothing of a call
        lost: Operation = (MISSED, (mark, told(missing)))
        failed: Operation = (REFUSED, (mark, told(missing), missing.status))
        left = lost if missing.possibly_paid else failed
        await self.ledger.write(*rows, left, self._now(mark, "done"))

    def _now(self, mark: str, state: BatchState, name: str | None = None) -> Operation:
        return NOW, (mark, self.oracle, name, state, time.time())
