"""From videos to a codebook in a file: what the narrative of other videos is told by."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crossoracle.encoders.codebook import Codebook, learn
from crossoracle.encoders.encoder import encoder
from crossoracle.encoders.examples import examples, watched
from crossoracle.provenance import Provenance

SIZE = 64
FRAMES = 16


def write(
    table: Path,
    model: str,
    file: Path,
    *,
    size: int = SIZE,
    frames: int = FRAMES,
    split: str | None = None,
    seed: int = 0,
) -> Codebook:
    """Learn a codebook from videos, and write it into a file with its provenance beside it.

    Parameters
    ----------
    table : path
        A videos table: those to learn from, which should be none of those studied.
    model : str
        The encoder, as of `crossoracle.encoders.encoder.encoder`; the codebook serves no other.
    file : path
        Where it is written to (.npz).
    size : int
        How many tokens.
    frames : int
        How many frames of each video are seen, at even distances.
    split : str, optional
        Only videos of this split; all by default.
    seed : int
        Of k-means.

    Raises
    ------
    InputError
        There are no such videos, or the encoder is not there.
    VideoError
        A file cannot be decoded.
    """
    some, reads = examples(table, split), encoder(model)
    rows = np.concatenate(list(watched(some, frames, reads.frames)))
    book = learn(rows, size, seed=seed)
    inputs: dict[str | Path, str] = {one.path: one.digest for one in some}
    options = {"encoder": reads.describe(), "size": size, "frames": frames, "split": split}
    book.save(file, reads.describe(), Provenance("codebook", inputs, options, seed))
    return book
