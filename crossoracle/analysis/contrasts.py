"""The contrasts: guided against inverted, matched, whole and uniform frames; along alpha; with a choice.

References
----------
The thesis *Meaningful Moments* (its count-matched gap is ``eps``, its comparison with the whole video
``full_gap``). Petsiuk, Das & Saenko (2018), *BMVC* (areas under insertion and deletion curves). Arlot &
Celisse (2010), *Statist. Surv.* 4:40-79: an optimum has to be chosen anew wherever its uncertainty is
estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

from crossoracle.analysis.contrast import Comparison, Contrast, Found, pair
from crossoracle.analysis.sweeps import FULL, shared, swept
from crossoracle.sampling.condition import SHUFFLED

LED = "led@0"


def _words(conditions: Sequence[str], word: str) -> list[tuple[str, float]]:
    """Return the unshuffled conditions of a form with their parameters, in order."""
    return [(name, x) for x, names in swept(conditions, word).items() for name in names]


def _preservation(conditions: Sequence[str]) -> Found:
    """Yield led@a minus full for every a above 0; a = 0 is full_gap, and no test is made twice."""
    if FULL in conditions:
        for name, alpha in _words(conditions, "led"):
            if alpha > 0:
                yield Comparison("preservation", (name,), (FULL,))


def _score_gain(conditions: Sequence[str]) -> Found:
    """Yield the best of what scores choose minus what is kept; what leaves everything is no choice."""
    thresholds = [(name, t) for name, t in _words(conditions, "threshold") if t > 0]
    budgets = [(name, f) for name, f in _words(conditions, "budget") if 0 < f < 1]
    best = [name for some in (thresholds, budgets) for name, _ in some]
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


def _areas(contrast: str, a: str, b: str) -> Callable[[Sequence[str]], Found]:
    """Return what finds the difference of the areas under two curves, where both end at the whole video."""

    def among(conditions: Sequence[str]) -> Found:
        if FULL in conditions and shared(conditions, a, b):
            yield Comparison(contrast, (a,), (b,), areas=True)

    return among


def _against(order: str, title: str, meaning: str) -> Contrast:
    """Declare the difference of the area of the highest scores first and that of another order."""
    name = f"area_{order}"
    return Contrast(name, title, f"area(budget@f) - area({order}@f)", meaning, _areas(name, "budget", order))


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
    _against(
        "random",
        "Insertion: scores against random",
        "The area under accuracy over the share that is seen: highest scores first, or at random.",
    ),
    _against(
        "temporal",
        "Insertion: scores against order in time",
        "The same, against the first segments in time.",
    ),
    _against(
        "motion",
        "Insertion: scores against motion",
        "The same, against the segments that move most.",
    ),
    _against(
        "anti",
        "Insertion against deletion",
        "Highest scores first against lowest first, which is deletion of the highest read backwards.",
    ),
    Contrast(
        "deletion_area_random",
        "Deletion: random against scores",
        "area(random@f) - area(anti@f)",
        "What deleting the highest scores first costs beyond deleting at random.",
        _areas("deletion_area_random", "random", "anti"),
    ),
)
