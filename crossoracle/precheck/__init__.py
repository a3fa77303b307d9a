"""The joint precheck: which videos may be compared, and how many were lost on the way.

Before an oracle scores a video it is asked whether it sees the action at all; only the outcome ``yes``
passes. A video without a precheck row has not passed; an oracle without any row passes every video; without
a prechecks table every video passes. Each of these is said, since it is the reader's assumption to check.
"""

from __future__ import annotations

from crossoracle.precheck.choice import cluster_of, compared
from crossoracle.precheck.counting import TOGETHER, flow
from crossoracle.precheck.passing import never_asked, passed
from crossoracle.precheck.rates import design_effect, rate_interval
from crossoracle.precheck.sets import members, oracles_of

__all__ = [
    "TOGETHER",
    "cluster_of",
    "compared",
    "design_effect",
    "flow",
    "members",
    "never_asked",
    "oracles_of",
    "passed",
    "rate_interval",
]
