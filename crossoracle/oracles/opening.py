"""From a video file to a clip: which frames are shown, to which segments they belong, and their digests.

Frames stand at the instants (j + 1/2) / fps, so that no border of a segment falls on one. The digests of the
pictures are remembered: when a run is resumed, questions that were answered before are recognised without
decoding a video again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from crossoracle.errors import InputError, VideoError
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.settings import FrameOptions
from crossoracle.oracles.shelf import Shelf, Shown

if TYPE_CHECKING:
    from crossoracle.video.segments import Segments

log = logging.getLogger("crossoracle")

FILE, CLIP, PICTURED = "file", "clip", "pictured"  # kinds of what is remembered
PICTURES = 1  # counts up when the same options would give other pictures


class Memory(Protocol):
    """Remembers texts by kind and key; the ledger does."""

    def recall(self, kind: str, key: str) -> str | None:
        """Return a text, or None."""

    def remember(self, kind: str, key: str, text: str) -> None:
        """Keep a text."""


def open_clip(
    path: Path,
    dataset: str,
    video_id: str,
    label: str,
    attributes: Mapping[str, Any],
    options: FrameOptions,
    *,
    remember: Memory | None = None,
    sample: int = 0,
    shelf: Shelf | None = None,
) -> Clip:
    """Open a video as the clip that every oracle is shown.

    Parameters
    ----------
    path : path
        The file.
    dataset, video_id, label, attributes
        Of the video, as the videos table has them.
    options : FrameOptions
        How it is cut and which frames are shown.
    remember : Memory, optional
        Where durations and digests are kept; without it, every video is decoded.
    sample : int
        Which repetition: frames are moved differently in each, where ``jitter_s`` says so.
    shelf : Shelf, optional
        Where pictures stand for a while: whoever opens the same video then does not decode it once more.

    Raises
    ------
    InputError
        A segment would have no frame; the message says which options to change.
    VideoError
        The file cannot be decoded.
    """
    where = f"{dataset}/{video_id}"
    seed = f"{where}/{sample}" if options.jitter_s else ""
    shown, manifest = _looked_up(Shown(path, options), where, seed, remember, shelf)
    frames = tuple(
        Frame(time, segment, digest, partial(shown.jpeg, place))
        for place, (time, segment, digest) in enumerate(manifest["frames"])
    )
    borders = tuple((start, end) for start, end in manifest["segments"])
    return Clip(dataset, video_id, label, borders, frames, attributes)


def instants(segments: Segments, options: FrameOptions, where: str) -> list[tuple[float, int]]:
    """Return the time of every frame shown, with its segment.

    These are (j + 1/2) / fps, or the middle of a segment that is too short to hold one of them; where there
    are more than ``max_frames``, they are thinned evenly.

    Raises
    ------
    InputError
        A segment has no frame left.
    """
    end = segments.end_s(len(segments) - 1)
    regular = ((j + 0.5) / options.fps for j in range(math.ceil(end * options.fps)))
    placed = [(time, segments.of(time)) for time in regular if time < end]
    empty = set(range(len(segments))) - {segment for _, segment in placed}
    middles = [((segments.start_s(s) + segments.end_s(s)) / 2, s) for s in empty]
    every = sorted(placed + middles)
    most = min(len(every), options.max_frames)
    left = [every[int((i + 0.5) * len(every) / most)] for i in range(most)]
    missing = sorted(set(range(len(segments))) - {segment for _, segment in left})
    if missing:
        raise InputError(
            f"{where}: segment {missing[0]} has no frame: {len(segments)} segments, {most} frames over "
            f"{end:g} s; raise max_frames (it is {options.max_frames}) or step_s (it is {options.step_s:g} s)"
        )
    return left


def moved(
    placed: Sequence[tuple[float, int]], segments: Segments, jitter_s: float, seed: str
) -> list[tuple[float, int]]:
    """Move every frame by up to ``jitter_s`` either way, within its segment; the order of time stays."""
    digest = hashlib.sha256(seed.encode()).digest()
    rng = np.random.default_rng(np.frombuffer(digest, dtype="<u4"))
    found = []
    for time, segment in placed:
        last = math.nextafter(segments.end_s(segment), 0.0)
        shifted = time + rng.uniform(-jitter_s, jitter_s)
        found.append((float(np.clip(shifted, segments.start_s(segment), last)), segment))
    return sorted(found)


def _looked_up(
    shown: Shown, where: str, seed: str, remember: Memory | None, shelf: Shelf | None
) -> tuple[Shown, dict[str, Any]]:
    """Return the pictures of a clip, of somebody who opened it before where that is so, and its manifest."""
    if remember is None:
        return shown, _decoded(shown, where, seed)
    key = _name(_digest(shown.path, remember), asdict(shown.options), seed, _versions())
    shared = shown if shelf is None else shelf.shared(key, shown)
    manifest = _manifest(shared, key, where, seed, remember)
    shared.times = [time for time, _, _ in manifest["frames"]]
    return shared, manifest


def _manifest(shown: Shown, key: str, where: str, seed: str, remember: Memory) -> dict[str, Any]:
    """Return the segments and the frames of a clip: as they are remembered, or as they are decoded."""
    known = remember.recall(CLIP, key)
    if known is not None:
        return dict(json.loads(known))
    found = _decoded(shown, where, seed)
    text = json.dumps(found)
    _compare(_name(_digest(shown.path, remember), asdict(shown.options), seed), _name(text), remember)
    remember.remember(CLIP, key, text)
    return found


def _compare(place: str, now: str, remember: Memory) -> None:
    """Say so where the same file and options give other pictures than they gave with other libraries."""
    before = remember.recall(PICTURED, place)
    if before == now:
        return
    if before is not None:
        _warn_of_other_pictures()
    remember.remember(PICTURED, place, now)


@cache
def _warn_of_other_pictures() -> None:
    """Say it once: it is so for all videos, or nearly."""
    _, av, cv2 = _versions()
    log.warning(
        "frames come out otherwise with av %s and cv2 %s than with the versions before, so that what was "
        "answered about them does not count: install those again, or pay for new answers",
        av,
        cv2,
    )


def _name(*told: Any) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _decoded(shown: Shown, where: str, seed: str) -> dict[str, Any]:
    """Decode a video, and return its segments and its frames with their digests."""
    from crossoracle.video.decode import probe
    from crossoracle.video.segments import cut

    options, facts = shown.options, probe(shown.path)
    if not facts.complete:
        log.warning("%s: %s breaks off; shown is what there is", where, shown.path)
    segments = cut(facts.duration_s, options.step_s, sliver=options.sliver)
    placed = instants(segments, options, where)
    if options.jitter_s:
        placed = moved(placed, segments, options.jitter_s, seed)
    shown.times = [time for time, _ in placed]
    shown.pictures = shown.decoded()
    digests = (hashlib.sha256(picture).hexdigest() for picture in shown.pictures)
    frames = [[time, segment, digest] for (time, segment), digest in zip(placed, digests, strict=True)]
    return {"segments": [list(border) for border in segments.borders], "frames": frames}


def _digest(path: Path, remember: Memory) -> str:
    """Return the digest of a file; one that has not changed since (size and time) is not read again.

    Of a file that is gone the last digest counts: what was answered about it can still be read.
    """
    from crossoracle.provenance import digest

    place = str(path.resolve())
    try:
        state = os.stat(path)
    except OSError as error:
        gone, _, _ = (remember.recall(FILE, place) or "").partition(" ")
        if not gone:
            raise VideoError(f"{path}: {error.strerror}; correct the path, or leave the video out") from error
        return gone
    now = f"{state.st_size} bytes, {state.st_mtime_ns} ns"
    known, _, when = (remember.recall(FILE, place) or "").partition(" ")
    if known and when == now:
        return known
    found = digest(path)
    remember.remember(FILE, place, f"{found} {now}")
    return found


@cache
def _versions() -> list[str | int]:
    """Return what else decides how a picture comes out: the libraries that decode and encode it."""
    import av
    import cv2

    return [PICTURES, av.__version__, cv2.__version__]
