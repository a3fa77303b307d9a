"""Randomness with a name: what is drawn depends on what it is for, never on the order of the work."""

from __future__ import annotations

import hashlib
import json

import numpy as np
from numpy.typing import NDArray


def stream(seed: int, dataset: str, video_id: str, condition: str) -> np.random.Generator:
    """Return the stream of random numbers of one video under one condition."""
    name = json.dumps([seed, dataset, video_id, condition])
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def rearranged(n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a random order of n things that is not the one they are in, where there are two or more."""
    order = rng.permutation(n)
    while n > 1 and (order[1:] > order[:-1]).all():
        order = rng.permutation(n)
    return order
