"""Words for what frames show, and what can be read from the words alone.

A list of captions is a text file with one caption a line. A token of a codebook is told by the caption that
is nearest to its centre. What the captions of a video say of the classes is looked up: the cosines between
the embeddings of texts, nothing of the pictures. A class may be told in one place of a video or in all of it,
so that every class is weighed by a softmax over all pairs of a class and a frame,

    P(c) = sum_l exp(scale * cos(s_l, t_c)) / sum_c' sum_l exp(scale * cos(s_l, t_c')),

with s_l the embedding of the caption of frame l, and t_c that of the class.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.codebook import Codebook
from crossoracle.errors import InputError

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """Frames in a row that are told by the same caption: their numbers, from the first to the last."""

    caption: int
    first: int
    last: int


def captions(path: Path) -> tuple[str, ...]:
    """Read a list of captions.

    Raises
    ------
    InputError
        The file is not there, is no text in UTF-8, or has no captions.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"{path}: found no such file, expected captions, one a line") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: found bytes that are not UTF-8, expected captions, one a line") from error
    found = tuple(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
    if not found:
        raise InputError(f"{path}: found no caption, expected one a line; write some")
    return found


def captioned(rows: Rows, codebook: Codebook, texts: Rows, switch: float) -> NDArray[np.int64]:
    """Return the number of the caption of each frame: that of its token.

    Parameters
    ----------
    rows : float array, (frames, d)
        Frames in the order of time.
    codebook : Codebook
        Whose tokens they get.
    texts : float array, (captions, d)
        Embeddings of the captions.
    switch : float
        What a change of tokens costs; see `Codebook.tokens`.
    """
    called = (codebook.centres @ texts.T).argmax(axis=1)
    return np.asarray(called[codebook.tokens(rows, switch)], dtype=np.int64)


def runs(said: NDArray[np.int64]) -> tuple[Run, ...]:
    """Return the captions in the order of time, neighbours that are the same joined.

    Examples
    --------
    >>> [(run.caption, run.first, run.last) for run in runs(np.array([4, 4, 2, 4]))]
    [(4, 0, 1), (2, 2, 2), (4, 3, 3)]
    """
    if not len(said):
        return ()
    first = np.flatnonzero(np.diff(said, prepend=said[0] - 1))
    last = np.append(first[1:], len(said)) - 1
    return tuple(Run(int(said[a]), int(a), int(b)) for a, b in zip(first, last, strict=True))


def looked_up(told: Rows, classes: Rows, scale: float) -> Floats:
    """Return the probability of each class, (classes,), from the captions of frames.

    Parameters
    ----------
    told : float array, (frames, d)
        Embeddings of the captions of frames, each of length 1.
    classes : float array, (classes, d)
        Embeddings of the classes, each of length 1.
    scale : float
        Of cosines.
    """
    from scipy.special import logsumexp, softmax

    cosines = np.asarray(told, dtype=np.float64) @ classes.T
    return np.asarray(softmax(logsumexp(scale * cosines, axis=0)), dtype=np.float64)
