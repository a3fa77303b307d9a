"""What oracles that compare frames with the words of classes have in common: asked like a model that sees.

Each brings how it weighs the frames of a clip for a class, and how well the clip fits each class. The score
of a segment is the mean weight of its frames, rescaled within the video to 0..1 (all 1 where none is less
than another); a segment without frames has none. P(YES) is the probability of the class against that of the
most likely other one of its dataset, as of `crossoracle.oracles.adapters.probe`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.embedded import embedded, forget
from crossoracle.encoders.encoder import Encoder, Rows, encoder
from crossoracle.encoders.storyboard import Told, told
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.classes import Classes, among, known
from crossoracle.oracles.adapters.plain import answer, scoring, verdict, written
from crossoracle.oracles.adapters.probe import SEEN, against_best, important
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Answer, CallFailed, Capabilities, Question

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Comparing:
    """An oracle that compares frames with words.

    Parameters
    ----------
    model : str
        The encoder: the file of a two-tower (.npz, relative to the study), a directory with a model such as
        CLIP or SigLIP, or the name of its repository.
    classes : str or mapping
        The labels of each dataset, or a .toml or .json file with them.
    revision : str, optional
        Of the repository; by default the newest that is known.
    device, dtype : str
        "auto" takes the accelerator where there is one, and the type of the checkpoint.
    scale : float, optional
        Of cosines before a softmax over frames; the encoder's own by default.
    kept_from : float
        Segments are important from this share of the way from the lowest to the highest score.
    cache : str, optional
        A directory in which embeddings are kept from run to run.

    Raises
    ------
    InputError
        An option is out of range.
    """

    model: str
    classes: str | dict[str, tuple[str, ...]]
    revision: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    scale: float | None = None
    kept_from: float = 0.5
    cache: str | None = None

    name: ClassVar[str]
    meaning: ClassVar[str]
    paths: ClassVar[tuple[str, ...]] = ("classes", "cache")
    places: ClassVar[tuple[str, ...]] = ("model",)
    counting: ClassVar[tuple[str, ...]] = ("scale", "kept_from")
    """The options that an answer depends on, beside what stands in files."""

    held: ClassVar[tuple[str, ...]] = ("_told", "_spellings")
    """What is kept of the encoder and of files until the oracle is closed."""

    rule: ClassVar[int] = 1
    """Counts up when the same encoder would judge the same clip differently."""

    def __post_init__(self) -> None:
        if not 0 <= self.kept_from <= 1:
            raise InputError(
                f"{self.name}: kept_from = {self.kept_from}, expected a share from 0 to 1; change it"
            )
        if self.scale is not None and not 0 < self.scale < np.inf:
            raise InputError(f"{self.name}: scale = {self.scale}, expected a number above 0; change it")

    def weigh(self, one: Told, frames: Rows, scale: float) -> Floats:
        """Return the weight of each frame for a class, (frames,)."""
        raise NotImplementedError

    def fit(self, every: Sequence[Told], frames: Rows, scale: float) -> Floats:
        """Return how well a clip fits each class, (classes,), as cosines."""
        raise NotImplementedError

    def candidates(self, dataset: str, label: str) -> Sequence[Sequence[str]]:
        """Return the sets of sub-texts of a class; none by default."""
        return ()

    def said(self, one: Told, clip: Clip, frames: Rows) -> Sequence[Mapping[str, str | None]]:
        """Return the phase and the reason of each segment; nothing by default."""
        return ()

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on: encoder, classes and options, the clip."""
        clip = question.clip
        return {
            "adapter": self.name,
            "rule": self.rule,
            "encoder": self._encoder.describe(),
            "classes": self._spelt(clip.dataset),
            "options": {name: getattr(self, name) for name in self.counting},
            "kind": question.kind,
            "dataset": clip.dataset,
            "label": clip.label,
            "clip": clip.digest,
        }

    async def ask(self, question: Question) -> str:
        """Judge the clip, beside the event loop.

        Raises
        ------
        CallFailed
            Its label is none of the classes, or it has no frames.
        """
        return await asyncio.to_thread(self._judged, question)

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply apart."""
        return answer(raw)

    async def probe(self) -> Capabilities:
        """Say what is known without a call."""
        return Capabilities(logprobs=True, structured=True, native_video=False)

    async def close(self) -> None:
        """Let go of the encoder, and of all that it has embedded."""
        for name in self.held:
            self.__dict__.pop(name, None)
        forget(self._encoder)
        self._encoder.close()

    def _judged(self, question: Question) -> str:
        clip = question.clip
        labels, own = among(self._classes, clip, self.name)
        if not clip.frames:
            raise CallFailed(f"{self.name}: found no frames in {clip.video_id}", transient=False)
        every, rows = self._every(clip.dataset, labels), embedded(self._encoder, clip, self.cache)
        scale = self.scale or self._encoder.scale
        p_yes = against_best(_softmax(self._encoder.scale * self.fit(every, rows, scale)), own)
        decision, sure = "YES" if p_yes > SEEN else "NO", max(p_yes, 1 - p_yes)
        facts = {"model": self.name, "p_yes": p_yes, "p_source": "logits"}
        if question.kind == "verify":
            return written(verdict(decision, self.meaning, confidence=sure), **facts)
        scores = rescaled(per_segment(self.weigh(every[own], rows, scale), clip))
        rated = [i for i, score in enumerate(scores) if score is not None]
        kept = important(np.array([scores[i] for i in rated], dtype=np.float64), self.kept_from)
        reply = scoring(
            scores,
            [rated[i] for i in kept],
            self.meaning,
            presence=decision,
            confidence=sure,
            words=self.said(every[own], clip, rows),
        )
        return written(reply, **facts)

    def _every(self, dataset: str, labels: Sequence[str]) -> list[Told]:
        """Return the classes of a dataset in words; they are embedded once."""
        if dataset not in self._told:
            self._told[dataset] = [
                told(self._encoder, label, self.candidates(dataset, label)) for label in labels
            ]
        return self._told[dataset]

    def _spelt(self, dataset: str) -> str:
        """Return the digest of what is said of the classes of a dataset; there may be hundreds of them."""
        if dataset not in self._spellings:
            labels = self._classes.get(dataset, ())
            said = json.dumps([[label, *self.candidates(dataset, label)] for label in labels])
            self._spellings[dataset] = hashlib.sha256(said.encode()).hexdigest()
        return self._spellings[dataset]

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {}

    @cached_property
    def _classes(self) -> Classes:
        return known(self.classes)

    @cached_property
    def _encoder(self) -> Encoder:
        return encoder(self.model, revision=self.revision, device=self.device, dtype=self.dtype)

    @cached_property
    def _told(self) -> dict[str, list[Told]]:
        return {}


def per_segment(weights: Floats, clip: Clip) -> list[float | None]:
    """Return the mean weight of each segment's frames; None where it has none."""
    segment = np.array([frame.segment for frame in clip.frames], dtype=np.int64)
    n = len(clip.segments)
    count, total = np.bincount(segment, minlength=n), np.bincount(segment, weights, n)
    return [float(total[i] / count[i]) if count[i] else None for i in range(n)]


def rescaled(values: Sequence[float | None]) -> list[float | None]:
    """Return values from 0, the lowest, to 1, the highest, in whole per cent; all 1 where none is lower.

    Examples
    --------
    >>> rescaled([0.2, None, 0.4, 0.25])
    [0.0, None, 1.0, 0.25]
    >>> rescaled([0.3, 0.3])
    [1.0, 1.0]
    """
    there = [value for value in values if value is not None]
    low, high = min(there), max(there)
    if not high > low:
        return [None if value is None else 1.0 for value in values]
    return [None if value is None else round((value - low) / (high - low), 2) for value in values]


def _softmax(logits: Floats) -> Floats:
    from scipy.special import softmax

    return np.asarray(softmax(logits), dtype=np.float64)
