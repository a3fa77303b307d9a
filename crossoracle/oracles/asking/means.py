"""What replies of a model took on average, as the ledger has them, whatever its oracle is called now.

The ledger says which model answered, and that may be called otherwise than the one that was asked: a snapshot
of it, or what an Azure deployment hides. So it is remembered who answers for whom; of older ledgers a model
counts that is called the same, or the same and a date.
"""

from __future__ import annotations

import json
from typing import Any

from crossoracle.oracles.adapters.connection import Connection
from crossoracle.oracles.asking.entries import AVERAGES, Mean
from crossoracle.oracles.asking.ledger import Ledger

ANSWERS = "answers for"  # the kind under which the ledger remembers it
MEANS = f"""
SELECT {AVERAGES} FROM calls
WHERE state = 'answered' AND kind IS NOT NULL AND (oracle = ?1 OR ?1 IS NULL)
    AND (model IN (SELECT value FROM json_each(?2)) OR model GLOB ?3)
GROUP BY kind
"""


class Answering:
    """Who answers for the model that an adapter asks.

    Parameters
    ----------
    adapter : Adapter
        How a model is reached; one without a model is known by the oracle's name alone.
    ledger : Ledger
        What remembers it.
    """

    def __init__(self, adapter: Any, ledger: Ledger) -> None:
        model = getattr(adapter, "model", None)
        self.model: str | None = model if isinstance(model, str) else None
        self._asked = adapter.wire().name if isinstance(adapter, Connection) else self.model
        self._ledger = ledger
        known = ledger.recall(ANSWERS, self._asked) if self._asked else None
        self.known: set[str] = set(json.loads(known)) if known else set()

    def learn(self, answered: str | None) -> None:
        """Remember who answered; the ledger is written only when that is news."""
        if self._asked is None or answered is None or answered in self.known:
            return
        self.known.add(answered)
        if not self._ledger.read_only:
            self._ledger.remember(ANSWERS, self._asked, json.dumps(sorted(self.known)))

    def means(self, oracle: str) -> dict[str, Mean]:
        """Return what its replies took, by kind of question: the oracle's own, or else all of the model."""
        if self.model is None:
            return self._ledger.means(oracle)
        names = json.dumps(sorted(self.known | {self.model}))
        dated = "" if self.known else f"{self.model}-[0-9]*"
        for whose in (oracle, None):
            rows = self._ledger.select(MEANS, whose, names, dated)
            if rows:
                return {row[0]: Mean(*row[1:]) for row in rows}
        return {}
