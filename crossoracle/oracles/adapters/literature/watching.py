"""What the oracles have in common that describe classes at length and may tell frames by captions.

They are asked and read as all that compare frames with words (`Comparing`); beside its options, an answer of
theirs depends on descriptions and captions.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from crossoracle.encoders.captioning import captions
from crossoracle.encoders.describing import Texts, about, called, class_rows, descriptions, sentence_wrong
from crossoracle.encoders.encoder import Rows
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.classes import among
from crossoracle.oracles.adapters.literature.comparing import Comparing
from crossoracle.oracles.adapters.plain import scoring, verdict, written
from crossoracle.oracles.adapters.probe import SEEN, important
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import CallFailed, Question
from crossoracle.provenance import digest


@dataclass(frozen=True)
class Task:
    """What is looked for in a clip.

    Parameters
    ----------
    texts : tuple of tuple of str
        What each class of the dataset is called.
    rows : float array, (classes, d)
        The embeddings of the classes.
    own : int
        Which of them is looked for.
    """

    texts: tuple[Texts, ...]
    rows: Rows
    own: int


@dataclass(frozen=True)
class Rating:
    """What is found in a clip: a score of each segment in [0, 1], those that count, and why."""

    scores: Sequence[float | None]
    kept: Sequence[int]
    evidence: str
    reasons: Sequence[str] = ()


@dataclass(frozen=True)
class Watching(Comparing):
    """The adapter that such oracles have in common; each brings `presence` and `rated`.

    Parameters
    ----------
    descriptions : str, optional
        A file of texts by dataset and label; a class without any is called by its name.
    sentence : str
        What is said of a class without a description; "{label}" stands for its name.
    captions : str, optional
        A file of captions, one a line.

    Raises
    ------
    InputError
        An option is out of range, or a file is missing or holds something else.
    """

    descriptions: str | None = None
    sentence: str = "a video of {label}"
    captions: str | None = None

    paths: ClassVar[tuple[str, ...]] = (*Comparing.paths, "descriptions", "captions")
    files: ClassVar[tuple[str, ...]] = ("captions",)
    """Options whose files count as a whole; other files count by what is taken from them."""

    held: ClassVar[tuple[str, ...]] = (
        *Comparing.held,
        *("_spoken_of", "_described", "_rows_of_classes", "_rows_of_captions", "_captions"),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        wrong = sentence_wrong(self.sentence)
        if wrong is not None:
            raise InputError(f"{self.name}: sentence: {wrong}")
        for option in self.files:  # what is wrong with words is told at once
            self._version(option)
        _ = self._captions
        for dataset in self._classes:
            self._texts(dataset)

    @abstractmethod
    def presence(self, clip: Clip, task: Task) -> float:
        """Return P(YES)."""

    @abstractmethod
    def rated(self, clip: Clip, task: Task) -> Rating:
        """Return what is found in a clip."""

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on: encoder, classes, captions and options, the clip."""
        dataset = question.clip.dataset
        texts = zip(self._classes.get(dataset, ()), self._texts(dataset), strict=True)
        told = {"classes": [[label, *some] for label, some in texts]}
        return super().describe(question) | told | {name: self._version(name) for name in self.files}

    def task(self, clip: Clip) -> Task:
        """Return what is looked for in a clip.

        Raises
        ------
        CallFailed
            Its label is none of the classes, or it has no frames.
        """
        _, own = among(self._classes, clip, self.name)
        if not clip.frames:
            raise CallFailed(f"{self.name}: found no frames in {clip.video_id}", transient=False)
        texts = self._texts(clip.dataset)
        if texts not in self._rows_of_classes:
            self._rows_of_classes[texts] = class_rows(self._encoder, texts)
        return Task(texts, self._rows_of_classes[texts], own)

    def _judged(self, question: Question) -> str:
        clip, task = question.clip, self.task(question.clip)
        p_yes = self.presence(clip, task)
        decision, sure = "YES" if p_yes > SEEN else "NO", max(p_yes, 1 - p_yes)
        facts = {"model": self.name, "p_yes": p_yes, "p_source": "logits"}
        if question.kind == "verify":
            return written(verdict(decision, self.meaning, confidence=sure), **facts)
        found = self.rated(clip, task)
        words = [{"reason": reason} for reason in found.reasons]
        reply = scoring(
            found.scores, found.kept, found.evidence, presence=decision, confidence=sure, words=words
        )
        return written(reply, **facts)

    def _texts(self, dataset: str) -> tuple[Texts, ...]:
        if dataset not in self._spoken_of:
            labels, found = self._classes.get(dataset, ()), {}
            if self.descriptions is not None and labels:
                found = about(self._described, dataset, labels, self.descriptions)
            self._spoken_of[dataset] = called(labels, self.sentence, found)
        return self._spoken_of[dataset]

    def _version(self, option: str) -> str | None:
        file = getattr(self, option)
        if file is None:
            return None
        if not Path(file).is_file():
            raise InputError(f"{self.name}: {option}: found no file {file}; correct the path")
        return digest(file)

    @cached_property
    def _spoken_of(self) -> dict[str, tuple[Texts, ...]]:
        return {}

    @cached_property
    def _described(self) -> dict[str, dict[str, Texts]]:
        return descriptions(self.descriptions) if self.descriptions is not None else {}

    @cached_property
    def _rows_of_classes(self) -> dict[tuple[Texts, ...], Rows]:
        return {}

    @cached_property
    def _rows_of_captions(self) -> Rows:
        return self._encoder.texts(self._captions)

    @cached_property
    def _captions(self) -> tuple[str, ...]:
        return captions(Path(self.captions)) if self.captions is not None else ()


def clearest(scores: Sequence[float | None], share: float) -> list[int]:
    """Return the segments from a share of the way from the lowest to the highest score.

    Examples
    --------
    >>> clearest([0.1, None, 0.5, 0.9], 0.5)
    [2, 3]
    """
    there = [i for i, score in enumerate(scores) if score is not None]
    rated = np.array([score for score in scores if score is not None])
    return [there[i] for i in important(rated, share)] if there else []
