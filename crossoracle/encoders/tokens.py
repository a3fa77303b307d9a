"""From videos to a codebook in a file: what the narrative of other videos is told by."""

from __future__ import annotations

from dataclasses import replace
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
    revision: str | None = None,
    device: str = "auto",
    dtype: str = "auto",
) -> Codebook:
    """Learn a codebook from videos, and write it into a file with its provenance beside it.

    Parameters
    ----------
    table : path
        A videos table: those to learn from, of which none is studied. The file remembers which they are.
    model : str
        The encoder, as of `crossoracle.encoders.encoder.encoder`; the codebook serves no other.
    file : path
        Where it is written to (.npz).
    size, frames : int
        How many tokens, and how many frames of each video are seen, at even distances.
    split : str, optional
        Only videos of this split; all by default.
    seed : int
        Of k-means.
    revision, device, dtype : str
        Of the encoder, as an oracle with this codebook has them; another device will do as well.

    Raises
    ------
    InputError
        There are no such videos, or the encoder is not there.
    VideoError
        A file cannot be decoded.
    """
    some = examples(table, split)
    reads = encoder(model, revision=revision, device=device, dtype=dtype)
    rows = np.concatenate(list(watched(some, frames, reads.frames)))
    videos = frozenset((one.dataset, one.video_id) for one in some)
    book = replace(learn(rows, size, seed=seed), videos=videos)
    inputs: dict[str | Path, str] = {one.path: one.digest for one in some}
    options = {"encoder": reads.describe(), "size": size, "frames": frames, "split": split}
    book.save(file, reads.describe(), Provenance("codebook", inputs, options, seed))
    return book
