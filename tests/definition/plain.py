"""Ratings as plain lists, and what the slow definitions share. Undefined is None."""

from __future__ import annotations

from itertools import combinations
from math import isnan

from crossoracle.agreement.ratings import Ratings

Segment = dict[str, list]  # "score" and "kept": one entry per oracle, None where missing
Video = list[Segment]


def plain(ratings: Ratings) -> list[Video]:
    """Return a list of videos, each a list of segments."""
    videos = []
    for start, stop in zip(ratings.offset[:-1], ratings.offset[1:], strict=True):
        video = []
        for s in range(start, stop):
            score = [None if isnan(x) else float(x) for x in ratings.score[:, s]]
            kept = [None if k < 0 else int(k) for k in ratings.kept[:, s]]
            video.append({"score": score, "kept": kept})
        videos.append(video)
    return videos


def both(videos: list[Video], read: str, a: int, b: int) -> list[tuple]:
    """Return the pairs of ratings of the segments that both oracles rate."""
    pairs = [(segment[read][a], segment[read][b]) for video in videos for segment in video]
    return [(x, y) for x, y in pairs if x is not None and y is not None]


def units(videos: list[Video], read: str) -> list[list]:
    """Return the ratings of every segment that has any."""
    found = [[x for x in segment[read] if x is not None] for video in videos for segment in video]
    return [unit for unit in found if unit]


def complete(videos: list[Video]) -> list[list]:
    """Return the scores of the segments that every oracle scores."""
    return [s["score"] for video in videos for s in video if None not in s["score"]]


def levels(videos: list[Video], read: str, oracles: tuple[int, ...]) -> list:
    """Return the levels: the two flags, or the distinct scores of some oracles."""
    if read == "kept":
        return [0, 1]
    scores = {segment[read][g] for video in videos for segment in video for g in oracles}
    return sorted(scores - {None})


def average(numbers: list[float | None]) -> float | None:
    """Return the mean of the numbers that there are."""
    there = [x for x in numbers if x is not None]
    return sum(there) / len(there) if there else None


def mean_over_pairs(of, oracles: int):
    """Return the mean of a pairwise value; undefined when a pair's is."""
    found = [of(a, b) for a, b in combinations(range(oracles), 2)]
    return None if None in found else average(found)


def quotient(numerator: float, denominator: float) -> float | None:
    """Return the quotient, None where the denominator is 0 but for rounding."""
    return numerator / denominator if denominator > 1e-12 else None
