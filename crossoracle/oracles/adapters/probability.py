"""P(YES), P(NO) and P(SKIP), from the alternatives of the token at which a reply decides.

The decision is the value of "presence" or "decision" in a JSON reply, or the whole reply where that is one
word. The position is the token that holds the first letter of that value. Each alternative of that token is
stripped of what may stand before a word (spaces, quotes, colons) and counts for a label when what follows is

* the label as a whole word (``YES``, `` "Yes"``, ``no",``); ``NOT`` and ``now`` are no NO;
* or, up to the end of the token, the beginning of exactly one label (``Y``, ``SK``): words may be of several
  tokens. For the token that was chosen the rest of the word is known, and must be the label.

Probabilities are summed by label and renormalised; the label mass is their sum before that.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LABELS = ("YES", "NO", "SKIP")
LOW_MASS = 0.5
THOUGHT = "</think>"
VALUE = re.compile(r'"(?:presence|decision)"\s*:\s*"\s*(?=[A-Za-z])')
BARE = re.compile(r"[^A-Za-z]*(?=(?:yes|no|skip)[^A-Za-z]*\Z)", re.IGNORECASE)
WORD = re.compile(r"\w+")
BEGINNING = re.compile(r"""[\s"'`:*]*(\w+)""")


@dataclass(frozen=True)
class Position:
    """One token of a reply, and what might have stood there.

    Parameters
    ----------
    token : str
        What was chosen.
    logprob : float
        Its natural logarithm of probability.
    others : tuple of (str, float)
        The most probable tokens there; the chosen one may be among them.
    """

    token: str
    logprob: float
    others: tuple[tuple[str, float], ...] = ()

    def alternatives(self) -> tuple[tuple[str, float], ...]:
        """Return all tokens known for this position, the chosen one once."""
        if any(token == self.token for token, _ in self.others):
            return self.others
        return ((self.token, self.logprob), *self.others)


@dataclass(frozen=True)
class Decision:
    """Probabilities of the labels, which add up to 1, and the mass that they had together before.

    Parameters
    ----------
    yes, no, skip : float
        Renormalised.
    mass : float
        In (0, 1]; what is missing went to other words, or to alternatives that were not returned.
    """

    yes: float
    no: float
    skip: float
    mass: float

    @property
    def suspect(self) -> bool:
        """Whether less than half of the probability lay on the labels."""
        return self.mass < LOW_MASS


def decided(text: str | None, positions: Sequence[Position]) -> Decision | None:
    """Return how probable each label was where the reply decides.

    Undefined (None) when there are no alternatives, when the reply has no decision, or when no alternative
    is a label.

    Parameters
    ----------
    text : str or None
        The reply; what stands before it among the positions (thoughts) is passed over.
    positions : sequence of Position
        Its tokens in order.
    """
    found = _position(text or "", positions)
    if found is None:
        return None
    position, word = found
    sums = dict.fromkeys(LABELS, 0.0)
    for token, logprob in position.alternatives():
        label = _label(token, word if token == position.token else None)
        if label is not None and logprob == logprob:
            sums[label] += math.exp(min(logprob, 0.0))
    mass = sum(sums.values())
    if not mass > 0:
        return None
    yes, no, skip = (sums[label] / mass for label in LABELS)
    return Decision(yes, no, skip, min(mass, 1.0))


def _position(text: str, positions: Sequence[Position]) -> tuple[Position, str] | None:
    """Return the token that holds the first letter of the decision, and the word that was written there."""
    joined = "".join(position.token for position in positions)
    begin = joined.rfind(text.strip())
    end = begin + len(text.strip()) if begin >= 0 else len(joined)
    begin = max(begin, joined.rfind(THOUGHT, 0, end) + len(THOUGHT) if THOUGHT in joined else 0, 0)
    *_, match = (None, *VALUE.finditer(joined, begin, end))  # the last one: so reads the reader, too
    match = match or BARE.match(joined, begin, end)
    if match is None:
        return None
    for position, reached in zip(positions, _ends(positions), strict=True):
        if reached > match.end():
            return position, WORD.findall(joined, match.end(), end)[0]
    return None


def _ends(positions: Iterable[Position]) -> Iterable[int]:
    end = 0
    for position in positions:
        end += len(position.token)
        yield end


def _label(token: str, word: str | None) -> str | None:
    """Return the label that a token is, or begins; `word` is the whole word where it is known."""
    if word is not None:
        return word.upper() if word.upper() in LABELS else None
    started = BEGINNING.match(token)
    if started is None:
        return None
    letters, whole = started.group(1).upper(), started.end() < len(token)
    begun = [label for label in LABELS if letters == label or (not whole and label.startswith(letters))]
    return begun[0] if len(begun) == 1 else None
