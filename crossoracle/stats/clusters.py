"""What is resampled: whole clusters within strata, never segments.

A stratum is a dataset; a cluster is a video, or the source video that several clips share. ``m`` is the
number of videos in a cluster.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEW = 20  # clusters under which every interval carries a warning


def effective_number(m: NDArray[np.integer] | NDArray[np.floating]) -> float:
    """Return the effective number of clusters, (sum m)^2 / sum m^2.

    Parameters
    ----------
    m : array, shape (clusters,)
        Size of each cluster, in videos.

    Returns
    -------
    float
        Between 1 and the number of clusters; NaN when there is none.

    References
    ----------
    Kish (1965), *Survey Sampling*, section 8.2.
    """
    m = np.asarray(m, dtype=float)
    total = float((m**2).sum())
    return float(m.sum() ** 2 / total) if total > 0 else float("nan")
