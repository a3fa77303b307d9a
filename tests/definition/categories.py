"""Kappas and their kin, from segment to segment: of the kept flags, and of the levels of the scores."""

from __future__ import annotations

from itertools import combinations, permutations

from tests.definition.plain import average, both, levels, mean_over_pairs, quotient, units


def corrected(observed, expected):
    return None if observed is None or expected is None else quotient(observed - expected, 1 - expected)


def percent_agreement(videos, read, a, b):
    return average([float(x == y) for x, y in both(videos, read, a, b)])


def cohen_kappa(videos, read, a, b):
    pairs = both(videos, read, a, b)  # chance: any rating of one against any rating of the other
    chance = average([float(x == y) for x, _ in pairs for _, y in pairs])
    return corrected(percent_agreement(videos, read, a, b), chance)


def scott_pi(videos, read, a, b):
    ratings = [x for pair in both(videos, read, a, b) for x in pair]
    return corrected(
        percent_agreement(videos, read, a, b), average([float(x == y) for x in ratings for y in ratings])
    )


def gwet_ac1(videos, read, a, b):
    known, ratings = levels(videos, read, (a, b)), [x for pair in both(videos, read, a, b) for x in pair]
    if len(known) < 2 or not ratings:
        return None
    share = [ratings.count(k) / len(ratings) for k in known]
    return corrected(
        percent_agreement(videos, read, a, b), sum(s * (1 - s) for s in share) / (len(known) - 1)
    )


def pabak(videos, read, a, b):
    known = levels(videos, read, (a, b))
    return corrected(percent_agreement(videos, read, a, b), 1 / len(known)) if known else None


def observed(videos, read):
    """Return the mean over units of the share of their pairs of ratings that agree."""
    shares = [average([float(x == y) for x, y in combinations(unit, 2)]) for unit in units(videos, read)]
    return average(shares)


def share(videos, read, k):
    """Return the mean over units of the share of their ratings that are k."""
    return average([unit.count(k) / len(unit) for unit in units(videos, read)])


def everyone(videos, read):
    return levels(videos, read, tuple(range(len(videos[0][0][read]))))


def fleiss_kappa(videos, read):
    if not units(videos, read):
        return None
    return corrected(observed(videos, read), sum(share(videos, read, k) ** 2 for k in everyone(videos, read)))


def conger_kappa(videos, read):
    oracles = range(len(videos[0][0][read]))
    own = [[s[read][g] for video in videos for s in video if s[read][g] is not None] for g in oracles]
    if not all(own):
        return None
    chance = average(
        [
            sum(own[g].count(k) / len(own[g]) * own[h].count(k) / len(own[h]) for k in everyone(videos, read))
            for g, h in permutations(oracles, 2)
        ]
    )
    return corrected(observed(videos, read), chance)


def gwet_ac1_all(videos, read):
    known = everyone(videos, read)
    if len(known) < 2 or not units(videos, read):
        return None
    evenness = sum(share(videos, read, k) * (1 - share(videos, read, k)) for k in known)
    return corrected(observed(videos, read), evenness / (len(known) - 1))


def brennan_prediger(videos, read):
    known = everyone(videos, read)
    return corrected(observed(videos, read), 1 / len(known)) if known else None


def alpha(videos, read, metric):
    """Return 1 - observed / expected disagreement of the pairable ratings (Krippendorff 2011)."""
    pairable = [unit for unit in units(videos, read) if len(unit) > 1]
    ratings = [x for unit in pairable for x in unit]
    n = len(ratings)
    if n < 2:
        return None
    d_o = sum(metric(x, y) / (len(unit) - 1) for unit in pairable for x, y in permutations(unit, 2)) / n
    d_e = sum(metric(x, y) for x in ratings for y in ratings) / (n * (n - 1))
    return None if d_e < 1e-12 else 1 - d_o / d_e


def alpha_nominal(videos, read):
    return alpha(videos, read, lambda x, y: float(x != y))


def gwet_ac2(videos, power):
    known = everyone(videos, "score")
    if len(known) < 2:
        return None
    reach = (max(known) - min(known)) ** power

    def weight(x, y):
        return 1 - abs(x - y) ** power / reach

    q, evenness = len(known), sum(share(videos, "score", k) * (1 - share(videos, "score", k)) for k in known)
    chance = sum(weight(x, y) for x in known for y in known) / (q * (q - 1)) * evenness
    shares = [average([weight(x, y) for x, y in combinations(unit, 2)]) for unit in units(videos, "score")]
    return corrected(average(shares), chance)


PAIRS = [percent_agreement, cohen_kappa, scott_pi, gwet_ac1, pabak]
EVERYONE = [fleiss_kappa, conger_kappa, gwet_ac1_all, brennan_prediger, alpha_nominal]
MEANS = {"percent_agreement_all": percent_agreement, "light_kappa": cohen_kappa}
READS = [("", "kept"), ("_levels", "score")]


def _mean(of, read):
    return lambda v: mean_over_pairs(lambda a, b: of(v, read, a, b), len(v[0][0][read]))


PAIR = {
    f.__name__ + end: (lambda v, a, b, f=f, read=read: f(v, read, a, b)) for f in PAIRS for end, read in READS
}
ALL = {f.__name__ + end: (lambda v, f=f, read=read: f(v, read)) for f in EVERYONE for end, read in READS}
ALL |= {name + end: _mean(f, read) for name, f in MEANS.items() for end, read in READS}
ALL |= {"gwet_ac2_linear": lambda v: gwet_ac2(v, 1), "gwet_ac2_quadratic": lambda v: gwet_ac2(v, 2)}
