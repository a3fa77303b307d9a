"""From the readings of curves to rows: points with their intervals and bands, areas, and the crossing.

Points rest on the videos that have their own condition, so no video is dropped for the sake of another point.
The band holds for all points of a curve at once (max-|t| over the joint resamples).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crossoracle.analysis.curves.drawing import GAP, Area, Curve
from crossoracle.analysis.curves.rows import Landmark, Point
from crossoracle.analysis.estimating import Rowing
from crossoracle.analysis.predictions import Floats, Mask
from crossoracle.analysis.reading import Part, Read
from crossoracle.analysis.sweeps import FULL, ORDERS
from crossoracle.stats.crossing import crossing
from crossoracle.stats.multiplicity import simultaneous

INSERTED, DELETED = "insertion:", "deletion:"


@dataclass(frozen=True)
class Making:
    """How readings of curves become rows of one study."""

    rowing: Rowing

    def points(self, read: Read, curve: Curve) -> Iterator[Point]:
        """Yield the points over the parameter; those of an order also over the share that was seen."""
        low, high = self._band(read)
        made = [
            replace(self._point(read, curve, i), band_low=float(low[i]), band_high=float(high[i]))
            for i in range(len(curve.x))
        ]
        yield from made
        if curve.family in ORDERS:
            family = (DELETED if curve.family == "anti" else INSERTED) + curve.family
            seen = [replace(self._over_share(point), family=family) for point in made]
            if any(point.condition == FULL for point in seen):
                yield self._chance(read, family, seen[0])
            yield from seen

    def _band(self, read: Read) -> tuple[Floats, Floats]:
        """Return the band over the points that are defined; NaN at the others."""
        low, high = np.full((2, len(read.values)), np.nan)
        known = np.isfinite(read.values)
        if known.any():
            low[known], high[known] = simultaneous(
                read.values[known], read.replicates[known], self.rowing.level
            )
        return low, high

    def crossing(self, read: Read, curve: Curve) -> Landmark:
        """Return where the gap becomes 0; a resample in which it never does is undefined, and counted."""
        value = float(crossing(curve.x, read.values[:, None])[0])
        replicates = crossing(curve.x, read.replicates)
        jackknife = read.joint(crossing(curve.x, read.left_out))
        kind = self.rowing.kind if self.rowing.kind in ("expanded", "percentile") else "expanded"
        found, reason = self.rowing.bounded(value, replicates, jackknife, curve.x[0], curve.x[-1], kind)
        if np.isnan(value):
            reason = f"the gap keeps its sign from {curve.x[0]:g} to {curve.x[-1]:g}, or lacks a point"
        elif value == curve.x[-1] == 1:
            reason = "only at alpha = 1, where both are the whole video" + (f"; {reason}" if reason else "")
        return Landmark(
            **self._names(read, GAP),
            quantity="crossing",
            value=value,
            low=found.low,
            high=found.high,
            **self._how(kind),
            **self._counts(read, np.logical_or.reduce([part.videos for part in read.reading.parts])),
            n_undefined=int(np.isnan(replicates).sum()),
            reason=reason,
        )

    def area(self, read: Read, area: Area) -> Landmark:
        """Return the area under the curve of an order."""
        (part,), value = read.reading.parts, float(read.values[0])
        found, reason = self.rowing.bounded(value, read.replicates[0], read.jackknife(0), 0.0)
        if np.isnan(value):
            reason = self.rowing.no_area(read.reading.metric, read.place)
        return Landmark(
            **self._names(read, (DELETED if area.family == "anti" else INSERTED) + area.family),
            quantity="area",
            value=value,
            low=found.low,
            high=found.high,
            **self._how(),
            **self._counts(read, part.videos),
            n_undefined=int(np.isnan(read.replicates[0]).sum()),
            reason=reason,
        )

    def _point(self, read: Read, curve: Curve, i: int) -> Point:
        part, value = read.reading.parts[i], float(read.values[i])
        lowest = -1.0 if curve.family == GAP else 0.0
        found, reason = self.rowing.bounded(value, read.replicates[i], read.jackknife(i), lowest)
        if np.isnan(value):
            reason = "no video has a prediction" + (" for both sides" if part.minus else "")
        return Point(
            **self._names(read, curve.family),
            x=curve.x[i],
            condition=_condition(curve, i),
            value=value,
            low=found.low,
            high=found.high,
            **self._how(),
            kept_fraction=self._kept(read, curve, i),
            **self._counts(read, part.videos),
            reason="; ".join(why for why in (reason, self._narrower(read, part)) if why) or None,
        )

    def _narrower(self, read: Read, part: Part) -> str | None:
        """Name the datasets that a pooled point is without, though the curve has them."""
        p = self.rowing.predictions
        if read.place >= 0:
            return None
        places = [place for place in read.reading.places if place >= 0]
        gone = [p.datasets[d] for d in places if not part.videos[p.places[d]].any()]
        return f"warning: without {', '.join(gone)}" if gone and len(gone) < len(places) else None

    def _over_share(self, point: Point) -> Point:
        """Return a point over the share that was seen: the one asked for where no prediction tells."""
        if point.kept_fraction == point.kept_fraction:
            return replace(point, x=point.kept_fraction)
        why = "over the share asked for: predictions have no kept_fraction"
        return replace(point, reason=f"{point.reason}; {why}" if point.reason else why)

    def _kept(self, read: Read, curve: Curve, i: int) -> float:
        if curve.family == GAP:
            return np.nan
        here = self.rowing.predictions.within(read.place)
        some = curve.seen[i, here][read.reading.parts[i].videos[here]]
        if np.isnan(some).all():
            return 1.0 if curve.conditions[i] == (FULL,) else np.nan
        return float(np.nanmean(some))

    def _chance(self, read: Read, family: str, like: Point) -> Point:
        """Return the start of a curve over shares: nothing seen, so chance, which is not resampled."""
        here = self.rowing.predictions.within(read.place)
        chance = self.rowing.predictions.chance(read.reading.metric)[here][read.reading.of[here]]
        known = chance[~np.isnan(chance)]
        nothing: dict[str, Any] = dict.fromkeys(("low", "high", "band_low", "band_high"), np.nan)
        why = (
            "chance: what guessing among the classes gives"
            if len(known)
            else self.rowing.no_area(like.metric, read.place)
        )
        told: dict[str, Any] = {
            "kept_fraction": 0.0,
            "n_videos": 0,
            "n_clusters": 0,
            "n_left_out": 0,
            "reason": why,
        }
        value = float(known.mean()) if len(known) else np.nan
        return replace(like, family=family, x=0.0, condition="chance", value=value, **nothing, **told)

    def _names(self, read: Read, family: str) -> dict[str, Any]:
        group, place = read.reading.group, read.place
        return {
            "dataset": "all" if place < 0 else self.rowing.predictions.datasets[place],
            "recognizer": group.recognizer,
            "oracle": group.oracle,
            "run": group.run,
            "family": family,
            "metric": read.reading.metric,
        }

    def _how(self, kind: str = "") -> dict[str, Any]:
        return {"level": self.rowing.level, "interval": kind or self.rowing.kind}

    def _counts(self, read: Read, videos: Mask) -> dict[str, Any]:
        p = self.rowing.predictions
        here = p.within(read.place)
        used = videos[here]
        codes = p.dataset[here][used] * (len(p.cluster) + 1) + p.cluster[here][used]
        left_out = int((read.reading.of[here] & ~used).sum())
        return {"n_videos": int(used.sum()), "n_clusters": len(np.unique(codes)), "n_left_out": left_out}


def _condition(curve: Curve, i: int) -> str:
    names = curve.conditions[i]
    return " - ".join(names) if curve.family == GAP else " + ".join(names)
