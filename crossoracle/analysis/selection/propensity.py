"""The probability to pass, given what is known beforehand: penalised logistic regression, many at once.

beta maximises sum_i w_i (y_i log p_i + (1 - y_i) log(1 - p_i)) - sum_j penalty_j beta_j^2 / 2, with
p = 1 / (1 + exp(-x'beta)), by Newton's method for all rows of weights (resamples) together: the Hessians of
all rows are one product of matrices, over the distinct patterns of covariates. That is what lets every
resample have a fit of its own; for one row it equals scikit-learn's LogisticRegression and, without penalty,
statsmodels' Logit.

References
----------
le Cessie & van Houwelingen (1992), *Applied Statistics* 41:191-201 (ridge logistic regression); Rosenbaum &
Rubin (1983), *Biometrika* 70:41-55; Seaman & White (2013), *Stat. Methods Med. Res.* 22:278-295 (weighting).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from crossoracle.analysis.selection.covariates import Design

Floats = NDArray[np.float64]
STEPS, CLOSE, LONGEST = 50, 1e-6, 4.0  # of Newton's method: after a step of 1e-6 the error is 1e-12
PIECE = 8192  # patterns whose products of columns are held at a time
NEVER, ALWAYS = -np.inf, np.inf  # the constant where nobody passes, or everybody does


def fit(design: Design, passed: NDArray[np.bool_], weights: Floats, start: Floats | None = None) -> Floats:
    """Fit the model once per row of weights.

    Parameters
    ----------
    passed : array, shape (videos,)
    weights : array, shape (rows, videos)
    start : array, shape (columns,)
        Where to begin, such as the fit of the data as they are.

    Returns
    -------
    array, shape (rows, columns)
        Where everybody (nobody) with a weight passes, the constant is inf (-inf) and the rest 0; NaN where
        Newton's method does not converge, or no video has a weight.
    """
    rows, into = design.patterns
    of_all, of_passed = (np.asarray((into @ w.T).T) for w in (weights, weights * passed))
    beta = np.zeros((len(weights), rows.shape[1]))
    total, passing = weights.sum(axis=1), weights @ passed
    some = (passing > 0) & (passing < total)
    beta[(passing == total) & (total > 0), 0] = ALWAYS
    beta[(passing == 0) & (total > 0), 0] = NEVER
    beta[total == 0] = np.nan
    if some.any():
        beta[some] = _newton(rows, design.penalty, of_all[some], of_passed[some], start)
    return beta


def _newton(x: Floats, penalty: Floats, every: Floats, passed: Floats, start: Floats | None) -> Floats:
    """Maximise for each row; x (patterns, columns), weights of all and of those passed (rows, patterns)."""
    beta = np.zeros((len(every), x.shape[1]))
    if start is not None and np.isfinite(start).all():
        beta += start
    left = np.arange(len(every))
    for _ in range(STEPS):
        step = _step(x, penalty, every[left], passed[left], beta[left])
        longest = np.abs(step).max(axis=1)
        beta[left] += step * np.minimum(1, LONGEST / np.maximum(longest, CLOSE))[:, None]
        left = left[longest > CLOSE]
        if not len(left):
            break
    beta[left] = np.nan
    return beta


def _step(x: Floats, penalty: Floats, every: Floats, passed: Floats, beta: Floats) -> Floats:
    """Return Newton's step of each row, (rows, columns)."""
    k = x.shape[1]
    upper = np.triu_indices(k)
    gradient = -beta * penalty
    entries = np.zeros((len(every), len(upper[0])))
    for first in range(0, len(x), PIECE):
        here = slice(first, first + PIECE)
        p = expit(beta @ x[here].T)
        expected = every[:, here] * p
        gradient += (passed[:, here] - expected) @ x[here]
        entries += (expected * (1 - p)) @ (x[here][:, upper[0]] * x[here][:, upper[1]])
    hessian = np.empty((len(every), k, k))
    hessian[:, upper[0], upper[1]] = entries
    hessian[:, upper[1], upper[0]] = entries
    hessian += np.diag(penalty + 1e-12)
    return np.asarray(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0])


def probability(design: Design, beta: Floats, videos: NDArray[np.bool_] | slice = slice(None)) -> Floats:
    """Return the probability to pass of some videos under each fit, (rows, videos)."""
    columns = design.columns[videos]
    sure = np.isinf(beta[:, 0])
    found = expit(np.where(sure[:, None], 0.0, beta) @ columns.T)
    found[sure] = (beta[sure, :1] > 0).astype(float)
    return np.asarray(found)
