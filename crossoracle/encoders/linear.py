"""A linear classifier with probabilities: trained by scikit-learn, applied with two lines of NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_SPREAD = 1e-3


@dataclass(frozen=True, eq=False)
class Linear:
    """A frozen classifier: softmax of ((x - centre) / spread) @ weights + bias.

    Parameters
    ----------
    classes : tuple of str
        In the order of the columns of weights.
    centre, spread : float array, (d,)
        Of the features it was trained on.
    weights, bias : float array, (d, classes) and (classes,)
        Learned.
    """

    classes: tuple[str, ...]
    centre: Floats
    spread: Floats
    weights: Floats
    bias: Floats

    def probabilities(self, x: NDArray[np.floating]) -> Floats:
        """Return the probability of each class, (n, classes), for rows of features, (n, d)."""
        from scipy.special import softmax

        logits = ((x - self.centre) / self.spread) @ self.weights + self.bias
        return np.asarray(softmax(logits, axis=1), dtype=np.float64)


def fit(
    x: NDArray[np.floating], labels: Sequence[str], *, strength: float, share: Floats | None = None
) -> Linear:
    """Train a classifier: multinomial logistic regression with a quadratic penalty.

    Parameters
    ----------
    x : float array, (n, d)
        Features.
    labels : sequence of str
        Their classes, at least two different ones.
    strength : float
        How much data count against the penalty (C of scikit-learn, for standardised features).
    share : float array, (n,), optional
        How much each row counts.

    References
    ----------
    scikit-learn, LogisticRegression (lbfgs).
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    centre = np.asarray(x.mean(axis=0), dtype=np.float64)
    spread = np.maximum(x.std(axis=0).astype(np.float64), LEAST_SPREAD)
    model = LogisticRegression(C=strength, max_iter=150, tol=1e-3)
    with threadpool_limits(1):  # how many there are would change the last digits
        model.fit((x - centre) / spread, list(labels), sample_weight=share)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one column of the two
        weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    return Linear(tuple(map(str, model.classes_)), centre, spread, weights.T.copy(), bias)
