"""What the ledger knows of batches: which questions are in which, from before the upload until the answers.

A batch has a mark of ours, which is written down with the keys of its questions before anything is uploaded,
and which its provider keeps beside it. So a batch whose process died meanwhile is known again by its mark,
and until then its questions are not put by any other way.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from crossoracle.oracles.asking.entries import Batched, BatchState, Context
from crossoracle.oracles.asking.ledger import Ledger, answer_rows, put_row, told
from crossoracle.oracles.asking.states import ADOPTED, FOUND, LEFT_OUT, NOTED, PUT, REFUSED, VANISHED
from crossoracle.oracles.asking.writer import LedgerFailed, Operation
from crossoracle.oracles.oracle import CallFailed

INTENDED = "INSERT INTO batches (mark, oracle, state, begun_at) VALUES (?, ?, 'intended', ?)"
NOW = """
INSERT INTO batches (mark, oracle, name, state, begun_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (mark) DO UPDATE SET name = coalesce(excluded.name, name), state = excluded.state
"""
OF = """
SELECT mark, name, batches.state, count(key)
FROM batches LEFT JOIN calls ON calls.batch = batches.mark AND calls.state = 'batched'
WHERE batches.oracle = ? GROUP BY mark ORDER BY begun_at, mark
"""
STUDY = ("batches", "#study")  # under which the ledger remembers the mark of all of its batches


@dataclass(frozen=True)
class Batchbook:
    """The batches of one oracle.

    Parameters
    ----------
    ledger : Ledger
        Where they stand.
    oracle : str
        Whose.
    """

    ledger: Ledger
    oracle: str

    def all(self) -> dict[str, Batched]:
        """Return every batch by its mark, in the order in which they were begun."""
        return {row[0]: Batched(*row) for row in self.ledger.select(OF, self.oracle)}

    def unsettled(self) -> list[Batched]:
        """Return those that are under way, as far as one knows."""
        return [one for one in self.all().values() if one.state in ("intended", "open")]

    def marks(self) -> dict[str, str]:
        """Return what all of them carry at their provider: the study, and the oracle."""
        study = self.ledger.recall(*STUDY)
        if study is None:
            study = uuid4().hex
            self.ledger.remember(*STUDY, study)
        return {"crossoracle": study, "oracle": self.oracle}

    async def intend(self, questions: Mapping[str, Context]) -> str:
        """Write down that questions are about to be uploaded; return the mark of their batch.

        Raises
        ------
        LedgerFailed
            One of them is answered, or in another batch.
        """
        mark = uuid4().hex
        put = [(PUT, put_row(key, "batched", context, batch=mark)) for key, context in questions.items()]
        changed = await self.ledger.write((INTENDED, (mark, self.oracle, time.time())), *put)
        if not all(changed):
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
        await self.ledger.write(self._now(mark, "vanished"), (VANISHED, (mark,)))

    async def done(self, mark: str, answers: Mapping[str, str | CallFailed], missing: CallFailed) -> None:
        """Store what a batch brought; a question that it did not come to has failed, and cost nothing."""
        rows: list[Operation] = []
        for key, answer in answers.items():
            rows.append((NOTED, (mark, key, self.oracle)))
            if isinstance(answer, CallFailed):
                rows.append((LEFT_OUT, (mark, key, told(answer), answer.status)))
            else:
                rows.extend(answer_rows(key, answer, 0.0))
        left = (REFUSED, (mark, told(missing), missing.status))
        await self.ledger.write(*rows, left, self._now(mark, "done"))

    def _now(self, mark: str, state: BatchState, name: str | None = None) -> Operation:
        return NOW, (mark, self.oracle, name, state, time.time())
