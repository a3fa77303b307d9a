"""Random signs of whole clusters, given as weights: the sign-flip test is one more product with the tallies.

Streams are keyed by (seed, dataset, group of 64 draws, block of 4,096 clusters), so that neither threads nor
the order of the work change a sign, and fewer draws are a prefix of more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from crossoracle.stats.resampling import BLOCK, GROUP, Drawn


@dataclass(frozen=True)
class Flips:
    """Signs -1 or 1 of ``clusters`` (dataset -> number), ``replicates`` of them."""

    clusters: dict[str, int]
    replicates: int
    seed: int

    def block(self, stratum: str, start: int, stop: int, block: int) -> Drawn:
        """Return signs (stop - start, clusters of the block)."""
        first, last = start // GROUP, -(-stop // GROUP)
        size = min(BLOCK, self.clusters[stratum] - block * BLOCK)
        signs = np.concatenate([self._group(stratum, g, block, size) for g in range(first, last)])
        return signs[start - first * GROUP : stop - first * GROUP]

    def _group(self, stratum: str, group: int, block: int, size: int) -> Drawn:
        key = np.frombuffer(hashlib.sha256(f"sign flips of {stratum}".encode()).digest()[:16], dtype="<u4")
        bits = np.random.SFC64(np.random.SeedSequence([self.seed, *key.tolist(), group, block]))
        raw = np.asarray(bits.random_raw(-(-GROUP * size // 64)), dtype="<u8").view(np.uint8)
        drawn = np.unpackbits(raw, count=GROUP * size).reshape(GROUP, size)
        return 2 * drawn.astype(np.int32) - 1
