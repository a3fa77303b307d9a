"""The probe: a small trained classifier of one image feature, asked like a model that sees and reads.

P(label) of the whole clip says whether it sees the action, P(label) of each segment alone is its score. Of
what is left when segments are removed it judges as of any clip. Every run counts other frames: a share of
those that are shown, chosen by the digest of their pictures, so that a frame counts or not whatever is
removed around it. The classifier is `crossoracle.encoders.judge`; it was trained once, and is only read here.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.features import Frames, prepared
from crossoracle.encoders.judge import Judge, load
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.plain import answer, scoring, verdict, written
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Answer, CallFailed, Capabilities, Question
from crossoracle.provenance import digest

Floats = NDArray[np.float64]
SEEN = 0.5
"""P(YES) above which it says YES: the class is more likely than every other."""

REMEMBERED = 64
"""Clips whose pictures are held: several oracles judge the same."""

_looked: dict[str, Frames] = {}
_looking = Lock()


@dataclass(frozen=True)
class Probe:
    """Answers by a trained classifier.

    Parameters
    ----------
    model : str
        Its file, relative to the study.
    share : float
        How likely a frame that is shown counts in a run; at least one of each segment does.
    kept_from : float
        Segments are important from this share of the way from the lowest to the highest score.

    Raises
    ------
    InputError
        A share is out of range.
    """

    model: str
    share: float = 0.75
    kept_from: float = 0.3

    paths: ClassVar[tuple[str, ...]] = ("model",)
    rule: ClassVar[int] = 2
    """Counts up when the same classifier would judge the same clip differently."""

    def __post_init__(self) -> None:
        for name, value in {"share": self.share, "kept_from": self.kept_from}.items():
            if not 0 <= value <= 1:
                raise InputError(f"probe: {name} = {value}, expected a share from 0 to 1; change it")

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on: the classifier, its options, the clip and the run."""
        clip = question.clip
        return {
            "adapter": "probe",
            "rule": self.rule,
            "model": self._digest,
            "share": self.share,
            "kept_from": self.kept_from,
            "kind": question.kind,
            "dataset": clip.dataset,
            "label": clip.label,
            "clip": clip.digest,
            "sample": question.sample,
        }

    async def ask(self, question: Question) -> str:
        """Judge the clip, beside the event loop.

        Raises
        ------
        CallFailed
            The classifier was not trained on this class.
        """
        return await asyncio.to_thread(self._judged, question)

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply apart."""
        return answer(raw)

    async def probe(self) -> Capabilities:
        """Say what is known without a call."""
        return Capabilities(logprobs=True, structured=True, native_video=False)

    async def close(self) -> None:
        """Let go of the classifier."""
        self.__dict__.pop("_judge", None)

    def _judged(self, question: Question) -> str:
        clip = question.clip
        own = self._column(clip)
        rows = self._judge.rows(_small(clip))
        counts = counted(clip, self.share, f"{self._judge.feature.name}/{question.sample}")
        segment = np.array([frame.segment for frame in clip.frames])
        parts = [counts]
        if question.kind == "score":
            parts += [counts & (segment == s) for s in range(len(clip.segments))]
        found = self._judge.probabilities(clip.dataset, [rows[part] for part in parts])
        p_yes = against_best(found[0], own)
        decision = "YES" if p_yes > SEEN else "NO"
        facts = {"model": self._name, "p_yes": p_yes, "p_source": "logits"}
        evidence, sure = f"{self._judge.feature.meaning} alone", max(p_yes, 1 - p_yes)
        if question.kind == "verify":
            return written(verdict(decision, evidence, confidence=sure), **facts)
        scores = np.round(found[1:, own], 2)  # whole per cent, as models score
        kept = important(scores, self.kept_from)
        reply = scoring(scores.tolist(), kept, evidence, presence=decision, confidence=sure)
        return written(reply, **facts)

    def _column(self, clip: Clip) -> int:
        """Return where the action of a clip is among the classes."""
        known = self._judge.classes(clip.dataset)
        if not clip.label or clip.label not in known:
            where = f"{clip.dataset}/{clip.video_id}"
            raise CallFailed(
                f"probe {self._name}, {where}: it was not trained on {clip.label!r} of {clip.dataset}",
                transient=False,
            )
        return known.index(clip.label)

    @property
    def _name(self) -> str:
        return Path(self.model).stem

    @cached_property
    def _digest(self) -> str:
        from crossoracle.tables.sources import require_file

        require_file(Path(self.model))
        return digest(Path(self.model))

    @cached_property
    def _judge(self) -> Judge:
        return load(Path(self.model))


def against_best(probabilities: Floats, own: int) -> float:
    """Return the probability of a class against that of the most likely other one.

    Examples
    --------
    >>> against_best(np.array([0.5, 0.3, 0.2]), 1)
    0.375
    """
    other = np.delete(probabilities, own).max()
    return float(probabilities[own] / (probabilities[own] + other))


def important(scores: Floats, kept_from: float) -> list[int]:
    """Return the segments from a share of the way from the lowest to the highest score.

    Examples
    --------
    >>> important(np.array([0.1, 0.5, 0.9, 0.3]), 0.5)
    [1, 2]
    """
    low, high = scores.min(), scores.max()
    return np.flatnonzero(scores >= low + kept_from * (high - low)).tolist()


def counted(clip: Clip, share: float, run: str) -> NDArray[np.bool_]:
    """Return which frames count in a run: each with a probability, and the first drawn of every segment."""
    drawn = np.array([_uniform(frame.digest, run) for frame in clip.frames])
    counts = drawn < share
    segment = np.array([frame.segment for frame in clip.frames])
    for one in np.unique(segment):
        inside = np.flatnonzero(segment == one)
        counts[inside[drawn[inside].argmin()]] = True
    return counts


def _small(clip: Clip) -> Frames:
    """Return the pictures of a clip as features take them; oracles of one video share them."""
    with _looking:
        found = _looked.pop(clip.digest, None)
        if found is None:
            found = prepared([frame.pixels() for frame in clip.frames])
        _looked[clip.digest] = found  # the last one used is the last to go
        while len(_looked) > REMEMBERED:
            del _looked[next(iter(_looked))]
    return found


def _uniform(picture: str, run: str) -> float:
    """Return a number in [0, 1) that a picture and a run of an oracle have together."""
    name = hashlib.sha256(f"{picture} {run}".encode()).digest()
    return int.from_bytes(name[:8]) / 2**64
