"""A few steps of training on one video, at the time of the test: its frames are told apart more clearly.

The adapter is linear and residual: a frame's embedding x becomes z = u / |u| with u = x + x W, and W is 0 at
first. A target g stands for what is looked for: the direction of the text together with the mean of z over
the frames that resemble it. As in BYOL the target is held still while a step is taken (its gradient is
stopped), frames H that resemble the text are drawn towards it, and frames L that do not are driven away:

    loss(W) = mean_H (2 - 2 <z, g>) + mean_L (2 + 2 <z, g>).

For a frame with weight and sign s (-2 / |H| or 2 / |L|), the gradient by u is s (g - z <z, g>) / |u|, and
that by W the sum of the outer products of x with it.

References
----------
Liberatori et al. (2024), Test-Time Zero-Shot Temporal Action Localization, CVPR (T3AL), whose objective this
follows with an adapter that needs no automatic differentiation.
Grill et al. (2020), Bootstrap your own latent, NeurIPS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Training:
    """How it is trained.

    Parameters
    ----------
    steps : int
        How many; 0 leaves everything as it is.
    rate : float
        How far a step goes.
    drawn : int
        How many frames of either kind are looked at in a step, at most.
    """

    steps: int
    rate: float
    drawn: int


def adapted(w: Floats, rows: Floats) -> Floats:
    """Return the embeddings behind the adapter, (frames, d), each of length 1."""
    moved = rows + rows @ w
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float64)


def target(w: Floats, high: Floats, text: Floats) -> Floats:
    """Return what is looked for, (d,): the text, and what the frames that resemble it have in common."""
    seen = adapted(w, high).mean(axis=0)
    both = text + seen / max(float(np.linalg.norm(seen)), np.finfo(float).tiny)
    return np.asarray(both / max(float(np.linalg.norm(both)), np.finfo(float).tiny), dtype=np.float64)


def loss(w: Floats, high: Floats, low: Floats, goal: Floats) -> float:
    """Return the objective for a target that is held still."""
    return float((2 - 2 * adapted(w, high) @ goal).mean() + (2 + 2 * adapted(w, low) @ goal).mean())


def gradient(w: Floats, high: Floats, low: Floats, goal: Floats) -> Floats:
    """Return the derivative of `loss` by the adapter, (d, d).

    Parameters
    ----------
    w : float array, (d, d)
        The adapter.
    high, low : float array, (frames, d)
        Frames that resemble the text, and frames that do not.
    goal : float array, (d,)
        The target, of length 1.
    """
    rows = np.concatenate([high, low])
    sign = np.repeat([-2.0 / len(high), 2.0 / len(low)], [len(high), len(low)])
    moved = rows + rows @ w
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    z = moved / length
    by_moved = sign[:, None] * (goal - z * (z @ goal)[:, None]) / length
    return np.asarray(rows.T @ by_moved, dtype=np.float64)


def refine(rows: Floats, text: Floats, high: Mask, training: Training, rng: np.random.Generator) -> Floats:
    """Train an adapter on one video.

    Parameters
    ----------
    rows : float array, (frames, d)
        Each of length 1.
    text : float array, (d,)
        The embedding of what is looked for, of length 1.
    high : bool array, (frames,)
        Which frames resemble it.
    training : Training
        How.
    rng : numpy.random.Generator
        Draws the frames of each step.

    Returns
    -------
    float array, (d, d)
        The adapter; 0 where all frames are of one kind, since nothing is to be told apart.
    """
    w = np.zeros((rows.shape[1], rows.shape[1]))
    if high.all() or not high.any():
        return w
    for _ in range(training.steps):
        some, others = (_drawn(rows[part], training.drawn, rng) for part in (high, ~high))
        w -= training.rate * gradient(w, some, others, target(w, some, text))
    return w


def _drawn(rows: Floats, most: int, rng: np.random.Generator) -> Floats:
    return rows if len(rows) <= most else rows[rng.choice(len(rows), most, replace=False)]
