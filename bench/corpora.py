"""The studies that are measured: a pilot and a corpus of the published sizes.

The corpus has the published split counts (536,181 videos), of which 499,299 pass every precheck, with about
4.58 million segments on those. The pilot has 600 videos, of which 369 pass.
"""

from __future__ import annotations

from bench.generator import Pool

CORPUS = (
    Pool("ssv2", {"train": 168_913, "validation": 24_777, "test": 27_157}, 10_998, 174, 0.5, (5, 11)),
    Pool("k400", {"train": 239_789, "validation": 19_877, "test": 38_671}, 23_277, 400, 1.0, (6, 10), 0.985),
    Pool("diving48", {"train": 15_027, "validation": 1_970}, 2_607, 48, 0.5, (5, 17)),
)
PILOT = (
    Pool("ssv2", {"validation": 200}, 68, 174, 0.5, (5, 11)),
    Pool("k400", {"validation": 200}, 62, 400, 1.0, (6, 10), 0.985),
    Pool("diving48", {"test": 200}, 101, 48, 0.5, (5, 17)),
)
