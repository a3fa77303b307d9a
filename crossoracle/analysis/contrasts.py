"""The contrasts: guided against inverted, matched, whole and uniform frames; along alpha; with a choice.

References
----------
The thesis *Meaningful Moments* (its count-matched gap is ``eps``, its comparison with the whole video
``full_gap``). Arlot & Celisse (2010), *Statist. Surv.* 4:40-79: an optimum has to be chosen anew wherever its
uncertainty is estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from crossoracle.analysis.contrast import Comparison, Contrast, Found, pair
from crossoracle.errors import UnknownNameError
from crossoracle.sampling.catalogue import parse
from crossoracle.sampling.condition import SHUFFLED, Condition

LED, FULL = "led@0", "full"


def _parsed(name: str) -> Condition | None:
    """Return a condition of the catalogue, or None for one that came from elsewhere."""
    try:
        return parse(name)
    except UnknownNameError:
        return None


def _words(conditions: Sequence[str], *words: str) -> list[tuple[str, float]]:
    """Return the unshuffled conditions of some forms with their parameters."""
    known = ((name, _parsed(name)) for name in conditions)
    return [
        (name, c.parameter)
        for name, c in known
        if c is not None and c.form.word in words and c.parameter is not None and not c.shuffled
    ]


def _preservation(conditions: Sequence[str]) -> Found:
    """Yield led@a minus full for every a above 0; a = 0 is full_gap, and no test is made twice."""
    if FULL in conditions:
        for name, alpha in sorted(_words(conditions, "led"), key=lambda known: known[1]):
            if alpha > 0:
                yield Comparison("preservation", (name,), (FULL,))


def _score_gain(conditions: Sequence[str]) -> Found:
    """Yield the best of what scores choose minus what is kept; what leaves everything is no choice."""
    thresholds = [(name, t) for name, t in _words(conditions, "threshold") if t > 0]
    budgets = [(name, f) for name, f in _words(conditions, "budget") if 0 < f < 1]
    best = [name for some in (thresholds, budgets) for name, _ in sorted(some, key=lambda known: known[1])]
    if best and LED in conditions:
        yield Comparison("score_gain", (), (LED,), tuple(best))


def _shuffled(conditions: Sequence[str]) -> list[str]:
    return sorted(name for name in conditions if name + SHUFFLED in conditions)


def _shuffle_damage(conditions: Sequence[str]) -> Found:
    for name in _shuffled(conditions):
        yield Comparison("shuffle_damage", (name,), (name + SHUFFLED,))


def _shuffle_damage_difference(conditions: Sequence[str]) -> Found:
    for a, b in combinations(_shuffled(conditions), 2):
        yield Comparison("shuffle_damage_difference", (a, b + SHUFFLED), (a + SHUFFLED, b))


CONTRASTS = (
    Contrast(
        "polarity_gap",
        "Polarity gap",
        "led@0 - inverted@0",
        "What was kept against what was left out: is there more evidence in it?",
        pair("polarity_gap", LED, "inverted@0"),
    ),
    Contrast(
        "eps",
        "Count-matched gap (EPS)",
        "led@0 - bottom",
        "What was kept against as many of the lowest-scored segments.",
        pair("eps", LED, "bottom"),
    ),
    Contrast(
        "full_gap",
        "Gap to the whole video",
        "led@0 - full",
        "The hard cut against the whole video: what leaving out costs, or gains.",
        pair("full_gap", LED, FULL),
    ),
    Contrast(
        "tds",
        "Gap to an even stride (TDS)",
        "led@0 - uniform",
        "What was kept against as much of the video, chosen evenly.",
        pair("tds", LED, "uniform"),
    ),
    Contrast(
        "preservation",
        "Preservation along alpha",
        "led@a - full",
        "What is kept of accuracy when the rest is seen a times as densely; a = 0 is full_gap.",
        _preservation,
    ),
    Contrast(
        "score_gain",
        "Gain by scores",
        "best of threshold@t (t > 0) and budget@f (f < 1) - led@0",
        "What a threshold or a budget gains over the kept set; chosen anew in every resample.",
        _score_gain,
    ),
    Contrast(
        "shuffle_damage",
        "Damage by shuffling",
        "condition - condition+shuffled",
        "What the order of the segments is worth.",
        _shuffle_damage,
    ),
    Contrast(
        "shuffle_damage_difference",
        "Difference of the damage",
        "(a - a+shuffled) - (b - b+shuffled)",
        "Whether order is worth more under one condition than under another.",
        _shuffle_damage_difference,
    ),
)
