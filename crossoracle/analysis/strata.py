"""Parts of the videos: by class, or by quarters of what is known of them before the conditions are compared.

Quarters are of the videos of one dataset that one recognizer saw, by values of rank; equal values stay
together, so quarters may be unequal. ``difficulty`` of a video is how often the *other* clusters of its class
are wrong under ``full``: its own outcome would select on the chance that is to be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from crossoracle.analysis.predictions import Floats, Group, Mask, Predictions
from crossoracle.errors import InputError

QUARTERS = 4
Sure = Mapping[tuple[str, str], Floats]


@dataclass(frozen=True)
class Stratum:
    """Some videos; ``name`` is None for all. A stratum of one dataset alone is not pooled."""

    name: str | None
    videos: Mask
    pooled: bool = True


@dataclass(frozen=True)
class Stratified:
    """By what videos are put into strata, with what is known from the prechecks."""

    predictions: Predictions
    by: str | None = None
    sure: Sure = field(default_factory=dict)

    def of(self, group: Group) -> list[Stratum]:
        """Return all videos of a group's recognizer first, then its strata in order.

        Raises
        ------
        InputError
            Nothing is known of any video by what they should be put into strata.
        """
        seen = self.predictions.seen(group.recognizer)
        found = [Stratum(None, seen)]
        if self.by == "class":
            return found + self._classes(seen)
        return found + (self._quarters(group, seen) if self.by else [])

    def unknown(self, group: Group) -> int:
        """Return how many videos of a group's recognizer belong to no stratum."""
        whole, *parts = self.of(group)
        return int((whole.videos & ~np.any([part.videos for part in parts], axis=0)).sum()) if parts else 0

    def check(self) -> None:
        """Refuse strata where nothing is known of any video that they would be made by."""
        if self.by and not any(len(self.of(group)) > 1 for group in self.predictions.groups):
            needs = {
                "class": "labels in the videos table",
                "duration": "duration_s in the videos table",
                "confidence": "prechecks with p_yes or confidence",
                "kept_share": "kept_fraction in the predictions under led@0",
                "difficulty": "labels in the videos table, and predictions under full",
            }
            raise InputError(f"--by {self.by}: found nothing to go by; expected {needs[self.by]}")

    def _classes(self, seen: Mask) -> list[Stratum]:
        p, found = self.predictions, []
        for place in p.places:
            for label in sorted({label for label in p.label[place] if label is not None}):
                videos = np.zeros(p.videos, dtype=bool)
                videos[place] = seen[place] & (p.label[place] == label)
                if videos.any():
                    found.append(Stratum(f"class {label}", videos, pooled=False))
        return found

    def _quarters(self, group: Group, seen: Mask) -> list[Stratum]:
        quarter = quarters(self.predictions, np.where(seen, self._values(group), np.nan))
        names = [f"{self.by} {i + 1}/{QUARTERS}" for i in range(QUARTERS)]
        parts = [Stratum(name, quarter == i) for i, name in enumerate(names)]
        return [part for part in parts if part.videos.any()]

    def _values(self, group: Group) -> Floats:
        """Return what videos are ordered by, NaN where unknown."""
        p = self.predictions
        if self.by == "duration":
            return p.duration
        if self.by == "kept_share":
            unknown = np.full(p.videos, np.nan)
            return p.kept[group.views["led@0"]] if "led@0" in group.views else unknown
        if self.by == "confidence":
            return self.sure.get((group.oracle or "", group.run), np.full(p.videos, np.nan))
        return difficulty(p, group)


def quarters(p: Predictions, values: Floats) -> NDArray[np.int64]:
    """Return which quarter of its dataset each video is in, 0 to 3, by values (videos,); -1 where unknown."""
    quarter = np.full(p.videos, -1, dtype=np.int64)
    for place in p.places:
        here = values[place]
        known = here[~np.isnan(here)]
        if len(known):
            edges = np.quantile(known, np.arange(1, QUARTERS) / QUARTERS)
            quarter[place] = np.where(np.isnan(here), -1, np.searchsorted(edges, here))
    return quarter


def difficulty(p: Predictions, group: Group) -> Floats:
    """Return how often the other clusters of the class are wrong under full, (videos,), NaN where unknown."""
    found = np.full(p.videos, np.nan)
    if "full" not in group.views:
        return found
    wrong = 1 - p.values[0, group.views["full"]]
    known = ~np.isnan(wrong) & np.array([label is not None for label in p.label])
    labels = np.array([label or "" for label in p.label], dtype=str)
    for place in p.places:
        of = np.unique(labels[place], return_inverse=True)[1]
        own = np.unique(np.stack([of, p.cluster[place]]), axis=1, return_inverse=True)[1]
        sums = [np.where(known[place], rows, 0.0) for rows in (wrong[place], np.ones(len(of)))]
        (errors, n) = (np.bincount(of, x)[of] - np.bincount(own, x)[own] for x in sums)
        has = np.array([label is not None for label in p.label[place]])
        found[place] = np.where(has & (n > 0), errors / np.maximum(n, 1), np.nan)
    return found
