"""What a pilot study knows: the clusters of a contrast, or of the agreement of two oracles."""

from __future__ import annotations

import numpy as np

from crossoracle.agreement.catalogue import find as find_coefficients
from crossoracle.agreement.progress import say_nothing
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.sample import replicate
from crossoracle.analysis.catalogue import comparisons, find
from crossoracle.analysis.contrast import Comparison
from crossoracle.analysis.floors.sampling import Sampler
from crossoracle.analysis.power.contrast import tally
from crossoracle.analysis.power.population import Floats, Population, Stratum
from crossoracle.analysis.power.width import Width
from crossoracle.analysis.predictions import Group, Predictions
from crossoracle.errors import InputError
from crossoracle.options import METRICS, PowerOptions
from crossoracle.stats.resampling import GivenWeights
from crossoracle.tables.wording import several

FEWEST = 10  # clusters without which a pilot knows too little of how clusters vary


def of_contrast(p: Predictions, options: PowerOptions) -> tuple[Population, Comparison]:
    """Return the clusters of a pilot with their paired differences, and what is compared.

    Raises
    ------
    InputError
        The contrast is not one of two conditions, the pilot has several recognizers or oracles to choose
        from, or too few clusters.
    """
    one, group = _comparison(p, options)
    metric = METRICS.index(options.metric)
    a, b = (p.values[metric, group.views[name]] for name in (one.plus[0], one.minus[0]))
    differences = a - b
    strata, sizes, videos = [], [], 0
    for place in p.places:
        used = ~np.isnan(differences[place])
        if not used.any():
            continue
        _, code = np.unique(p.cluster[place][used], return_inverse=True)
        sums, counts = (
            np.bincount(code, x).astype(float) for x in (differences[place][used], np.ones(used.sum()))
        )
        strata.append(Stratum.of_pilot(tally(sums, counts)))
        sizes.append(len(sums))
        videos += int(used.sum())
    _enough(sum(sizes), f"both {one.plus[0]} and {one.minus[0]}")
    return Population(tuple(strata), tuple(sizes), videos / sum(sizes), sum(sizes)), one


def _comparison(p: Predictions, options: PowerOptions) -> tuple[Comparison, Group]:
    wanted = find([options.contrast or ""], p.conditions)
    found = [
        (one, group)
        for group in p.groups
        if options.recognizer in (None, group.recognizer)
        for one in comparisons(wanted, list(group.views))
        if one.simple and group.has(one.conditions)
    ]
    if not found:
        raise InputError(
            f"--contrast {options.contrast}: found no two conditions in the predictions that it compares; "
            f"the conditions are {', '.join(p.conditions) or 'none'}"
        )
    if len(found) > 1:
        named = [f"{g.recognizer or ''} {g.oracle or ''}:{g.run} {c.sides()}" for c, g in found]
        raise InputError(
            f"--contrast {options.contrast}: found {len(found)} ({'; '.join(named[:3])}), expected one; "
            "choose by --recognizer, --oracle, --run, or two conditions"
        )
    return found[0]


def _enough(clusters: int, what: str) -> None:
    if clusters < FEWEST:
        raise InputError(
            f"found {several(clusters, 'cluster')} with {what} in the pilot, expected at least {FEWEST}; "
            "state rates instead (--discordant, or --kappa and --prevalence)"
        )


def of_agreement(ratings: Ratings, options: PowerOptions) -> Width:
    """Return how wide the interval of two oracles' agreement gets, from the videos of a pilot.

    Raises
    ------
    InputError
        There are not two oracles, too few clusters, or no value in the pilot.
    """
    if len(ratings.oracles) != 2:
        named = ", ".join(ratings.oracles)
        raise InputError(f"found {len(ratings.oracles)} oracles ({named}), expected two: choose by --oracle")
    _enough(sum(ratings.clusters.values()), "scores of both oracles")
    coefficients = find_coefficients([options.coefficient or ""])

    sizes = dict(ratings.clusters)
    ones = GivenWeights({name: np.ones((1, n)) for name, n in sizes.items()})
    sampler = Sampler(ratings, np.arange(ratings.videos), ones, 1)
    one = next(sampler.pairs(coefficients, say_nothing)).of[0, 1]
    if not np.isfinite(one.value):
        why = one.reason or one.row.coefficient.undefined
        raise InputError(f"--coefficient {options.coefficient}: found no value in the pilot: {why}")
    shares = Population(
        tuple(Stratum.of_pilot(np.zeros((1, n))) for n in sizes.values()), tuple(sizes.values()), 1.0
    )

    study = sampler.tallied(coefficients[0])

    def values(clusters: int) -> Floats:
        drawn = shares.weights(clusters, options.simulations, options.seed)
        weights = GivenWeights(dict(zip(sizes, drawn, strict=True)))
        (found,) = replicate(study, weights, list(study.by_key), options.simulations).values()
        return np.asarray(found[0])

    pilot = sum(sizes.values())
    return Width(values, one.value, options.level, len(sizes), pilot, ratings.videos / pilot)
