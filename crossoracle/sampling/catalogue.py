"""Every form of condition by name.

Orders are whole segments, the first ones until a goal is reached: a share of the duration, or as long as the
kept segments last together. Of equal values the earlier segment comes first, in rising and in falling order.

``motion-quantile`` is the rule of MGSampler: as much moves between one frame and the next, whichever two
these are. Its authors take differences of pictures or of features; here it is optical flow, as in ``motion``.

References
----------
Zhi et al. (2021), MGSampler: An Explainable Sampling Strategy for Video Action Recognition, ICCV.
"""

from __future__ import annotations

import re

import numpy as np

from crossoracle.errors import UnknownNameError
from crossoracle.sampling.condition import SHUFFLED, Condition, Form
from crossoracle.sampling.density import (
    Floats,
    Order,
    ascending,
    bottom,
    descending,
    first,
    inverted,
    led,
    strided,
    threshold,
)
from crossoracle.sampling.scored import Scored

GRAMMAR = re.compile(
    r"(?P<word>[a-z-]+)(?:@(?P<parameter>[0-9]*\.?[0-9]+(?:e-?[0-9]+)?))?(?:#(?P<seed>[0-9]{1,18}))?"
)
ALL_KEPT = "everything is kept"
WHOLE = "the share takes in every segment"
NO_SHARE = "a share of 0 leaves nothing to see"


def _share(video: Scored, order: Order, share: float) -> Floats:
    return first(order, video.widths, share * float(video.widths.sum()))


def _matched(video: Scored, order: Order) -> Floats:
    return first(order, video.widths, video.kept_s)


def _moving(video: Scored) -> Floats:
    return np.zeros(len(video.widths)) if video.motion is None else video.motion


def _motion(video: Scored) -> Order:
    return descending(_moving(video))


FORMS = (
    Form("full", "The whole video, evenly.", lambda v, x, draw: np.ones(len(v.widths)), (), "always"),
    Form(
        "led@a",
        "Kept segments at density 1, the rest at a; a = 0 is the hard cut.",
        lambda v, x, draw: led(v.in_kept, x),
        ("kept",),
        "a = 1, or everything is kept, or nothing is and a > 0",
    ),
    Form(
        "inverted@a",
        "The negative control: kept segments at density a, the rest at 1; a = 0 is filler only.",
        lambda v, x, draw: inverted(v.in_kept, x),
        ("kept",),
        "a = 1, or nothing is kept, or everything is and a > 0",
        "everything is kept: nothing is left to invert",
    ),
    Form(
        "bottom",
        "The lowest-scored segments, as many as are kept: the count-matched control.",
        lambda v, x, draw: bottom(v.score, v.in_kept),
        ("kept", "score"),
        ALL_KEPT,
    ),
    Form(
        "threshold@t",
        "Segments with a score of at least t.",
        lambda v, x, draw: threshold(v.score, x),
        ("score",),
        "every score is at least t",
        "no score reaches the threshold",
    ),
    Form(
        "budget@f",
        "The highest-scored segments, until they fill a share f of the duration.",
        lambda v, x, draw: _share(v, descending(v.score), x),
        ("score",),
        WHOLE,
        NO_SHARE,
    ),
    Form(
        "anti@f",
        "The lowest-scored segments, until they fill a share f of the duration.",
        lambda v, x, draw: _share(v, ascending(v.score), x),
        ("score",),
        WHOLE,
        NO_SHARE,
    ),
    Form(
        "graded",
        "Everything, as densely as it is scored.",
        lambda v, x, draw: v.score,
        ("score",),
        "all scores are equal, and not 0",
        "every score is 0",
    ),
    Form(
        "graded-kept",
        "Kept segments, as densely as they are scored.",
        lambda v, x, draw: np.where(v.in_kept, v.score, 0.0),
        ("kept", "kept_score"),
        "everything is kept, and all scores are equal and not 0",
        "every kept score is 0",
    ),
    Form(
        "uniform",
        "Segments at an even stride, as long as the kept ones last.",
        lambda v, x, draw: strided(v.widths, v.kept_s),
        ("kept",),
        ALL_KEPT,
    ),
    Form(
        "random#s",
        "Segments at random, as long as the kept ones last; every seed s is another draw.",
        lambda v, x, draw: _matched(v, draw()),
        ("kept",),
        ALL_KEPT,
        seeded=True,
    ),
    Form(
        "motion",
        "The segments that move most (optical flow), as long as the kept ones last.",
        lambda v, x, draw: _matched(v, _motion(v)),
        ("kept", "motion"),
        ALL_KEPT,
    ),
    Form(
        "motion-quantile",
        "Everything, as densely as it moves (optical flow): frames at the quantiles of the motion so far.",
        lambda v, x, draw: _moving(v),
        ("motion",),
        "it moves alike everywhere",
        "nothing moves",
    ),
    Form(
        "uniform@f",
        "Segments at an even stride, until they fill a share f of the duration.",
        lambda v, x, draw: strided(v.widths, x * float(v.widths.sum())),
        (),
        WHOLE,
        NO_SHARE,
    ),
    Form(
        "random@f",
        "Segments at random, until they fill a share f, which holds every smaller one; takes a seed #s too.",
        lambda v, x, draw: _share(v, draw(), x),
        (),
        WHOLE,
        NO_SHARE,
        seeded=True,
    ),
    Form(
        "motion@f",
        "The segments that move most (optical flow), until they fill a share f of the duration.",
        lambda v, x, draw: _share(v, _motion(v), x),
        ("motion",),
        WHOLE,
        NO_SHARE,
    ),
    Form(
        "temporal@f",
        "The first segments in time, until they fill a share f of the duration.",
        lambda v, x, draw: _share(v, np.arange(len(v.widths)), x),
        (),
        WHOLE,
        NO_SHARE,
    ),
)
CONDITIONS: dict[str, Form] = {form.name: form for form in FORMS}
_BY_SHAPE = {(form.word, form.takes_parameter): form for form in FORMS}


def parse(name: str) -> Condition:
    """Read a condition: a form with its parameter and its seed, then "+shuffled" or nothing.

    Raises
    ------
    UnknownNameError
        There is no such form; the message names the nearest.
    InputError
        The parameter is out of range.

    Examples
    --------
    >>> str(parse("led@0.250+shuffled"))
    'led@0.25+shuffled'
    """
    found = GRAMMAR.fullmatch(name.removesuffix(SHUFFLED))
    form = found and _BY_SHAPE.get((found["word"], found["parameter"] is not None))
    if not found or not form or (found["seed"] and not form.seeded):
        known = [form + SHUFFLED for form in CONDITIONS] if "+" in name else CONDITIONS
        raise UnknownNameError("condition", name, known)
    return Condition(
        form,
        float(found["parameter"]) if found["parameter"] else None,
        int(found["seed"]) if found["seed"] else None,
        name.endswith(SHUFFLED),
    )
