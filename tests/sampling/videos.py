"""Videos made by hand and at random: what tests of sampling need, without tables."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from crossoracle.sampling import Density, Scored, parse


def video(score=None, kept=None, motion=None, *, edges=None, step=1.0, video_id="v"):
    """Return a video; segments are of equal length unless there are edges."""
    known = next(values for values in (score, kept, motion, [None]) if values is not None)
    edges = [i * step for i in range(len(known) + 1)] if edges is None else edges
    return Scored.of("d", video_id, edges, score, kept, motion)


def rates(name, of, seed=0):
    """Return the rates of a condition, as a list, or the reason of its failure."""
    found = parse(name).density(of, seed)
    return found.rate.tolist() if isinstance(found, Density) else found.reason


EIGHTHS = st.integers(1, 24).map(lambda n: n / 8)
TENTHS = st.integers(1, 30).map(lambda n: n / 10)


@st.composite
def edges(draw, most=12):
    """Edges of 1 to `most` segments, whole eighths or tenths of a second long."""
    widths = draw(st.lists(draw(st.sampled_from([EIGHTHS, TENTHS])), min_size=1, max_size=most))
    return np.round(np.concatenate([[0.0], np.cumsum(widths)]), 3)


@st.composite
def densities(draw):
    """Densities with gaps, steps and slopes."""
    found = draw(edges())
    k = len(found) - 1
    rate = draw(st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 1.0)), min_size=k, max_size=k))
    rate[draw(st.integers(0, k - 1))] = draw(st.floats(1e-3, 1.0))
    return Density(found, np.array(rate))


@st.composite
def kept_videos(draw):
    """Videos with a kept set that is never empty."""
    found = draw(edges())
    k = len(found) - 1
    kept = draw(st.lists(st.booleans(), min_size=k, max_size=k).filter(any))
    return Scored.of("d", "v", found, kept=kept)


@st.composite
def frame_times(draw):
    """Times of frames from 0 on, at a constant or a variable rate, up to half a minute."""
    fps = draw(st.sampled_from([5, 12, 24, 25, 30, 30000 / 1001, 60]))
    times = np.arange(int(30 * fps)) / fps
    if not draw(st.booleans()):
        return times
    dropped = np.random.default_rng(draw(st.integers(0, 99))).random(len(times)) < 0.3
    return times[~dropped | (times == 0)]
