"""Tokens of what frames show: a codebook over embeddings, and a path through it that seldom changes.

A frame has the token whose centre is near, unless its neighbours have another that is nearly as near: the
tokens of a video are those for which the sum of all distances and of a penalty for every change is least,
found exactly (Viterbi, 1967). So frames that follow each other share tokens.

References
----------
Peng et al. (2025), LVLM-VAR, arXiv 2509.05695: semantic action tokens that are consistent in time.
Viterbi (1967), Error bounds for convolutional codes, IEEE Transactions on Information Theory 13.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import InputError
from crossoracle.provenance import Provenance, write_sidecar
from crossoracle.video.stored import load, save

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
KIND, FORMAT = "codebook", 1
MEANING = ("family", "model", "version", "dtype")
"""What an encoder says of itself that its embeddings mean something by; where it computes is not of it."""

BEGINNINGS = 4
"""How often k-means begins anew; the best end counts."""

_fitting = Lock()
"""A limit of threads holds for the process: two that came and went in between would leave it behind."""


@dataclass(frozen=True, eq=False)
class Codebook:
    """Centres of what frames look like.

    Parameters
    ----------
    centres : float array, (tokens, d)
        Each of length 1.
    videos : frozenset of (str, str)
        The dataset and the video_id of those that it was learned from, where that is known.
    """

    centres: Rows
    videos: frozenset[tuple[str, str]] = frozenset()

    def tokens(self, rows: Rows, switch: float) -> NDArray[np.int64]:
        """Return the token of each frame.

        Parameters
        ----------
        rows : float array, (frames, d)
            In the order of time, each of length 1.
        switch : float
            What a change costs, in cosine distance; 0 gives every frame its nearest token.
        """
        return cheapest(1 - np.asarray(rows, dtype=np.float64) @ self.centres.T, switch)

    def save(self, path: Path, encoder: Mapping[str, Any], provenance: Provenance | None = None) -> None:
        """Write it into a file, whole or not at all, with what came in beside it.

        Parameters
        ----------
        encoder : mapping
            What the encoder of the rows says of itself; with another one the centres mean nothing.
        provenance : Provenance, optional
            What it was learned from.
        """
        about = {"kind": KIND, "format": FORMAT, "encoder": dict(encoder), "videos": sorted(self.videos)}
        save(path, about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8), centres=self.centres)
        write_sidecar(path, provenance or Provenance("codebook"))


def learn(rows: Rows, size: int, *, seed: int = 0) -> Codebook:
    """Return a codebook of frames: k-means, of which the centres are brought to length 1.

    Parameters
    ----------
    rows : float array, (frames, d)
        Of any number of videos, each of length 1.
    size : int
        How many tokens; no more than there are different rows.
    seed : int
        Of where k-means begins.

    Raises
    ------
    InputError
        There are no rows, or no tokens.

    References
    ----------
    scikit-learn, KMeans (k-means++, Lloyd).
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    if not len(rows) or size < 1:
        raise InputError(f"codebook: found {len(rows)} frames for {size} tokens, expected at least 1 of each")
    size = min(size, len(np.unique(rows, axis=0)))
    model = KMeans(size, n_init=BEGINNINGS, random_state=seed)
    with _fitting, threadpool_limits(1):  # how many there are would change the last digits
        model.fit(np.asarray(rows, dtype=np.float64))
    length = np.linalg.norm(model.cluster_centers_, axis=1, keepdims=True)
    centres = model.cluster_centers_ / np.maximum(length, np.finfo(np.float32).tiny)
    return Codebook(centres.astype(np.float32))


def read(path: Path, encoder: Mapping[str, Any]) -> Codebook:
    """Read a codebook.

    Parameters
    ----------
    encoder : mapping
        What the encoder in use says of itself.

    Raises
    ------
    InputError
        The file is not there, damaged or of another kind, or was learned with another encoder.
    """
    found = load(path, "about", "centres")
    about = json.loads(bytes(found[0])) if found else {}
    if found is None or (about.get("kind"), about.get("format")) != (KIND, FORMAT):
        what = about.get("kind") or ("no such file" if not path.exists() else "a damaged file")
        raise InputError(f"{path}: found {what}, expected a {KIND}; learn it again")
    learned_with, in_use = _meaning(about["encoder"]), _meaning(encoder)
    if learned_with != in_use:
        raise InputError(
            f"{path}: found a codebook that was learned with another encoder ({learned_with}); expected that "
            f"of the option model ({in_use}); learn it again"
        )
    return Codebook(found[1], frozenset((dataset, name) for dataset, name in about.get("videos", ())))


def _meaning(encoder: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an encoder says of itself, without the device and the versions of libraries."""
    return {name: encoder[name] for name in MEANING if name in encoder}


def cheapest(costs: Floats, switch: float) -> NDArray[np.int64]:
    """Return the states, one per row, whose costs and changes together cost least.

    Parameters
    ----------
    costs : float array, (n, states)
        Of each state in each place.
    switch : float
        Of every change from one place to the next, 0 or more.

    Returns
    -------
    int array, (n,)
        Of equal sums, one that stays where it can.

    Examples
    --------
    >>> cheapest(np.array([[0.0, 1.0], [0.6, 0.4], [0.0, 1.0]]), 0.0).tolist()
    [0, 1, 0]
    >>> cheapest(np.array([[0.0, 1.0], [0.6, 0.4], [0.0, 1.0]]), 0.2).tolist()
    [0, 0, 0]
    """
    n, states = costs.shape
    stay, came = np.arange(states), np.zeros((n, states), dtype=np.int64)
    best = costs[0] if n else np.zeros(states)
    for place in range(1, n):
        cheapest_before = int(best.argmin())
        jump = best[cheapest_before] + switch
        came[place] = np.where(best <= jump, stay, cheapest_before)
        best = np.minimum(best, jump) + costs[place]
    path = np.zeros(n, dtype=np.int64)
    for place in range(n - 1, -1, -1):
        path[place] = best.argmin() if place == n - 1 else came[place + 1, path[place + 1]]
    return path
