"""The direct strategy: one call, in which an oracle says whether it sees the action and scores segments."""

from __future__ import annotations

from crossoracle.oracles.asking.spending import booked
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Oracle
from crossoracle.oracles.strategy import Labelled, detail_of, key_of, score_rows, taken


async def direct(oracle: Oracle, clip: Clip, sample: int) -> Labelled:
    """Ask an oracle once.

    A score is the importance over 100; ``kept`` is the set that the reply itself calls important, also where
    it disagrees with the scores. A video whose action was not recognised has no scores.
    """
    with booked("direct") as spent:
        found = await oracle.score(clip, sample=sample)
    read, key = found.read, key_of(oracle, clip, sample)
    precheck = {
        **key,
        "outcome": read.outcome,
        "p_yes": found.p_yes,
        "p_source": found.p_source,
        "confidence": read.confidence,
        **taken(spent),
        "detail": detail_of(read.detail, found.answer),
    }
    rows = (
        score_rows(key, clip, read.scores, read.kept, read.phases, read.reasons)
        if read.outcome == "yes"
        else []
    )
    return Labelled(rows, precheck, [])
