"""Kept sets and top segments, video by video."""

from __future__ import annotations

from tests.definition.plain import average, both, mean_over_pairs, quotient
from tests.definition.scores import pearson_of


def count(videos, a, b, x, y):
    """Return how many segments the first oracle flags x and the second y."""
    return sum(pair == (x, y) for pair in both(videos, "kept", a, b))


def positive_agreement(videos, a, b):
    only = count(videos, a, b, 1, 0) + count(videos, a, b, 0, 1)
    return quotient(2 * count(videos, a, b, 1, 1), 2 * count(videos, a, b, 1, 1) + only)


def negative_agreement(videos, a, b):
    only = count(videos, a, b, 1, 0) + count(videos, a, b, 0, 1)
    return quotient(2 * count(videos, a, b, 0, 0), 2 * count(videos, a, b, 0, 0) + only)


def prevalence_index(videos, a, b):
    difference = count(videos, a, b, 1, 1) - count(videos, a, b, 0, 0)
    return quotient(difference, len(both(videos, "kept", a, b)))


def bias_index(videos, a, b):
    difference = count(videos, a, b, 1, 0) - count(videos, a, b, 0, 1)
    return quotient(difference, len(both(videos, "kept", a, b)))


def kept_sets(video, a, b):
    """Return the two sets of kept segments, among those that both flag."""
    flagged = [i for i, s in enumerate(video) if None not in (s["kept"][a], s["kept"][b])]
    return ({i for i in flagged if video[i]["kept"][g] == 1} for g in (a, b))


def jaccard(videos, a, b):
    found = []
    for video in videos:
        first, second = kept_sets(video, a, b)
        found.append(len(first & second) / len(first | second) if first | second else None)
    return average(found)


def set_f1(videos, a, b):
    found = []
    for video in videos:
        first, second = kept_sets(video, a, b)
        found.append(2 * len(first & second) / (len(first) + len(second)) if first | second else None)
    return average(found)


def keep_ratios(videos, a, b):
    """Return the two kept shares of every video in which both flag a segment."""
    pairs = [both([video], "kept", a, b) for video in videos]
    return [(average([x for x, _ in p]), average([y for _, y in p])) for p in pairs if p]


def keep_ratio_mae(videos, a, b):
    return average([abs(x - y) for x, y in keep_ratios(videos, a, b)])


def keep_ratio_pearson(videos, a, b):
    return pearson_of(keep_ratios(videos, a, b))


def membership(scores, k):
    """Return each segment's share of the k highest; those tied at the cut share the places that are left."""
    cut = sorted(scores, reverse=True)[k - 1]
    above, tied = sum(x > cut for x in scores), sum(x == cut for x in scores)
    return [1.0 if x > cut else (k - above) / tied if x == cut else 0.0 for x in scores]


def topk_overlap(videos, a, b):
    found = []
    for video in videos:
        known = [s for s in video if None not in (s["score"][a], s["score"][b], s["kept"][a], s["kept"][b])]
        k = min(sum(s["kept"][g] for s in known) for g in (a, b))
        if k:
            first, second = (membership([s["score"][g] for s in known], k) for g in (a, b))
            found.append(sum(min(p, q) for p, q in zip(first, second, strict=True)) / k)
    return average(found)


def jaccard_all(videos):
    return mean_over_pairs(lambda a, b: jaccard(videos, a, b), len(videos[0][0]["kept"]))


PAIR = {
    f.__name__: f
    for f in (
        positive_agreement,
        negative_agreement,
        prevalence_index,
        bias_index,
        jaccard,
        set_f1,
        keep_ratio_mae,
        keep_ratio_pearson,
        topk_overlap,
    )
}
ALL = {"jaccard_all": jaccard_all}
