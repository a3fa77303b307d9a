"""Storyboard-guided weights of frames: a class in its own words (coarse), and in sub-texts (fine).

Of several sets of sub-texts the one with the highest text prompt perplexity is kept,

    TPP = exp(-(1/N) sum_n log(alpha(sigma_n) beta(delta_n))),
    sigma_n = (sim(t, s_n) + 1) / 2,  delta_n = 1 - mean_{m != n} (sim(s_n, s_m) + 1) / 2,

with t the text of the class and s_n its sub-texts. The paper leaves alpha and beta open. As the highest TPP
is kept, and good sub-texts are close to the class (sigma) and differ from each other (delta), both must
decrease: here alpha(x) = beta(x) = 1/x, so that TPP is the geometric mean of sigma_n delta_n. Of a sub-text
that stands alone, delta is open, too: it has no other from which to differ. With a delta of 1 it would win
against every set of several; so sets of one text (also of one that is repeated) are left out beside larger
ones, and where there are no others they differ by sigma alone. The form is that without training: words are
not augmented by cross-attention, and weights are fused by their mean, not by feed-forward layers.

References
----------
Liu et al., Storyboard guided Alignment for Fine-grained Video Action Recognition.
Wu et al. (2023), Bidirectional Cross-Modal Knowledge Exploration for Video Recognition with Pre-trained
Vision-Language Models, CVPR (BIKE): the coarse weights alone, its video concept spotting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.encoder import Encoder, Rows
from crossoracle.encoders.two_tower import unit

Floats = NDArray[np.float64]
Weights = Literal["coarse", "fine", "fused"]


@dataclass(frozen=True, eq=False)
class Told:
    """A class in words, embedded.

    Parameters
    ----------
    text : float array, (d,)
        Its name.
    words : float array, (words, d)
        The words of its name.
    subtexts : tuple of str
        The set that was kept; empty where there is none.
    parts : tuple of float array, (words, d) each
        The words of each sub-text.
    wholes : float array, (subtexts, d)
        Each sub-text.
    """

    text: Rows
    words: Rows
    subtexts: tuple[str, ...]
    parts: tuple[Rows, ...]
    wholes: Rows


def told(encoder: Encoder, label: str, candidates: Sequence[Sequence[str]] = ()) -> Told:
    """Embed a class, and keep the best of its sets of sub-texts: of equal ones, the first.

    Sets of a single text are left out beside those of several.

    Raises
    ------
    InputError
        A text has no word that the encoder knows.
    """
    name = label.replace("_", " ")
    text = encoder.texts([name])[0]
    wholes = [encoder.texts(texts) for texts in candidates]
    if not wholes:
        return Told(text, encoder.words(name), (), (), np.empty((0, len(text)), dtype=np.float32))
    several = [i for i, texts in enumerate(candidates) if len(set(texts)) > 1]
    best = max(several or range(len(wholes)), key=lambda i: perplexity(text, wholes[i]))
    kept = tuple(candidates[best])
    return Told(text, encoder.words(name), kept, tuple(map(encoder.words, kept)), wholes[best])


def perplexity(text: Rows, subtexts: Rows) -> float:
    """Return the text prompt perplexity of a set; higher is better, from 0 to 1.

    A single sub-text has none from which to differ: its delta is 1, and it is not to be compared with larger
    sets (`told`). Equal ones have delta 0, and TPP is 0.

    Parameters
    ----------
    text, subtexts : float array, (d,) and (N, d)
        Of length 1.
    """
    near = np.clip((subtexts @ text + 1) / 2, 0, 1).astype(np.float64)
    alike = np.clip((subtexts @ subtexts.T + 1) / 2, 0, 1).astype(np.float64)
    n = len(subtexts)
    apart = 1 - (alike.sum(axis=1) - alike.diagonal()) / (n - 1) if n > 1 else np.ones(1)
    with np.errstate(divide="ignore"):
        return float(np.exp(np.log(near * np.maximum(apart, 0)).mean()))


def coarse(words: Rows, frames: Rows, scale: float) -> Floats:
    """Return the weight of each frame, (frames,), in sum 1: the mean over words of softmax_l sim(w, x_l).

    Parameters
    ----------
    words, frames : float array, (words, d) and (frames, d)
        Of length 1.
    scale : float
        Of cosines before the softmax over frames: the inverse of its temperature.
    """
    from scipy.special import softmax

    seen = softmax(scale * (words @ frames.T).astype(np.float64), axis=1)
    return np.asarray(seen.mean(axis=0), dtype=np.float64)


def fine(parts: Sequence[Rows], frames: Rows, scale: float) -> Floats:
    """Return the weight of each frame, (frames,): softmax_l max_n mean_{w in s_n} sim(w, x_l)."""
    from scipy.special import softmax

    return np.asarray(softmax(scale * fits(parts, frames).max(axis=0)), dtype=np.float64)


def fits(parts: Sequence[Rows], frames: Rows) -> Floats:
    """Return how well each sub-text fits each frame, (subtexts, frames): the mean cosine of its words."""
    return np.stack([(words @ frames.T).astype(np.float64).mean(axis=0) for words in parts])


def weighed(one: Told, frames: Rows, scale: float, weights: Weights) -> Floats:
    """Return the weight of each frame for a class, (frames,), which sum to 1; fused is the mean of both."""
    if weights == "coarse" or not one.parts:
        return coarse(one.words, frames, scale)
    if weights == "fine":
        return fine(one.parts, frames, scale)
    return (coarse(one.words, frames, scale) + fine(one.parts, frames, scale)) / 2


def cosines(every: Sequence[Told], frames: Rows, scale: float, weights: Weights) -> Floats:
    """Return how well a clip fits each class, (classes,): the cosine of its embedding and the class's text.

    The embedding of the clip is the sum of its frames by their weights for that class; the text is the name,
    the mean of the sub-texts, or (fused) the mean of both.
    """
    found = []
    for one in every:
        seen = unit(weighed(one, frames, scale, weights) @ frames)
        found.append(float(seen @ _spoken(one, weights)))
    return np.array(found, dtype=np.float64)


def _spoken(one: Told, weights: Weights) -> Rows:
    if weights == "coarse" or not len(one.wholes):
        return one.text
    fine = unit(one.wholes.mean(axis=0))
    return fine if weights == "fine" else unit(one.text + fine)
