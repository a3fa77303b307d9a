"""Embeddings of frames, made once: whoever asks for those of the same pictures is handed them.

They stand under the digests of encoder and pictures. Of an encoder that sees each picture alone, those that
are new are asked for; another one is asked for all that are shown together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.encoder import Encoder, Rows
from crossoracle.video.stored import load, save

REMEMBERED = 10_000
"""Pictures (clips, of an encoder that sees them together) whose embeddings are held in memory."""

_held: dict[str, tuple[Encoder, Rows]] = {}
_at_work: dict[str, Lock] = {}
_holding = Lock()


class Seen(Protocol):
    """A picture that knows its digest before its pixels are needed."""

    @property
    def digest(self) -> str:
        """Of the picture: equal digests, equal pictures."""

    def pixels(self) -> NDArray[np.uint8]:
        """Return the picture as RGB, (height, width, 3)."""


class Shown(Protocol):
    """Pictures in the order of time, such as an oracle's clip."""

    @property
    def frames(self) -> Sequence[Seen]:
        """The pictures."""


def embedded(encoder: Encoder, clip: Shown, cache: str | None = None) -> Rows:
    """Return the embeddings of a clip's frames, (frames, d), in their order.

    Parameters
    ----------
    encoder : Encoder
        Who sees them.
    clip : Shown
        What is seen; of an encoder that sees pictures alone, each is embedded once, wherever it is shown.
    cache : str, optional
        A directory in which embeddings are kept from run to run.
    """
    who = encoder.describe()
    whole = _key(who, clip.frames)
    with _alone(whole):  # who asks for the same meanwhile finds it afterwards
        parts = [[frame] for frame in clip.frames] if encoder.alone else [clip.frames]
        keys = [_key(who, part) for part in parts]
        file = None if cache is None else Path(cache) / f"{whole}.npz"
        found = _recalled(keys)
        if len(found) < len(set(keys)) and file is not None and (stored := load(file, "rows")) is not None:
            found = dict(zip(keys, stored[0][:, None] if encoder.alone else stored, strict=True))
        new = {key: part for key, part in zip(keys, parts, strict=True) if key not in found}
        if new:
            seen = encoder.frames([frame.pixels() for part in new.values() for frame in part])
            found |= dict(zip(new, seen[:, None] if encoder.alone else [seen], strict=True))
        _hold(encoder, found)
        made = np.concatenate([found[key] for key in keys])
        if file is not None and (new or not file.exists()):
            file.parent.mkdir(parents=True, exist_ok=True)
            save(file, rows=made)
        return made


def of_clips(encoder: Encoder, clips: Sequence[NDArray[np.uint8]]) -> list[Rows]:
    """Return the embeddings of the frames of prepared clips, (frames, d) each; nothing is held in memory.

    A frame that is there several times is embedded once, where each is seen alone.
    """
    if not encoder.alone:
        return [encoder.embed(clip) for clip in clips]
    number: dict[bytes, int] = {}
    places = [[number.setdefault(frame.tobytes(), len(number)) for frame in clip] for clip in clips]
    frames = {frame.tobytes(): frame for clip in clips for frame in clip}
    rows = encoder.embed(np.stack([frames[name] for name in number]))
    return [rows[place] for place in places]


def forget(encoder: Encoder) -> None:
    """Let go of the embeddings of an encoder that are held in memory."""
    with _holding:
        for key in [key for key, (who, _) in _held.items() if who == encoder]:
            del _held[key]


@contextmanager
def _alone(key: str) -> Iterator[None]:
    with _holding:
        lock = _at_work.setdefault(key, Lock())
    try:
        with lock:
            yield
    finally:
        with _holding:
            _at_work.pop(key, None)


def _key(who: Any, frames: Sequence[Seen]) -> str:
    told = json.dumps([who, [frame.digest for frame in frames]], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _recalled(keys: Sequence[str]) -> dict[str, Rows]:
    with _holding:
        return {key: _held[key][1] for key in keys if key in _held}


def _hold(encoder: Encoder, found: dict[str, Rows]) -> None:
    """Hold embeddings; those that were used last are the last to go."""
    with _holding:
        for key, rows in found.items():
            _held.pop(key, None)
            _held[key] = encoder, rows
        while len(_held) > REMEMBERED:
            del _held[next(iter(_held))]
