"""A video in words: tokens that are consistent in time become captions, and only these are read.

The frames of a clip get the tokens of a codebook, neighbours the same where that fits (`encoders.codebook`);
a token is told by the caption nearest to its centre, and captions in the order of time are the narrative.
Here it is read by looking up how near the words are to those of each class (`encoders.captioning`), which
sees no picture again; in `narrative_reader` a language model reads it.

References
----------
Peng et al. (2025), LVLM-VAR, arXiv 2509.05695, where the codebook is learned with a language model that is
tuned for the narrative. Here both are as they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.captioning import captioned, looked_up, runs
from crossoracle.encoders.codebook import Codebook, learn, read
from crossoracle.encoders.embedded import embedded
from crossoracle.encoders.encoder import Rows
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.apart import require_other
from crossoracle.oracles.adapters.literature.comparing import per_segment, rescaled
from crossoracle.oracles.adapters.literature.narration import account
from crossoracle.oracles.adapters.literature.watching import Rating, Task, Watching, clearest
from crossoracle.oracles.adapters.probe import against_best
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Question


@dataclass(frozen=True)
class Narrative(Watching):
    """Tells a clip in captions, and looks up what they say of its class.

    Without captions, the texts of all classes of the dataset are what can be told.

    Parameters
    ----------
    codebook : str, optional
        A file of tokens that were learned from other videos (`crossoracle.encoders.tokens`); by default each
        clip has tokens of its own, by k-means.
    tokens : int
        How many tokens a clip has of its own, at most.
    switch : float
        What it costs that neighbouring frames have different tokens, in cosine distance.
    seed : int
        Of k-means.
    scale : float, optional
        Of cosines before the softmax over classes and frames; the encoder's own by default.
    """

    codebook: str | None = None
    tokens: int = 16
    switch: float = 0.1
    seed: int = 0

    paths: ClassVar[tuple[str, ...]] = (*Watching.paths, "codebook")
    files: ClassVar[tuple[str, ...]] = (*Watching.files, "codebook")
    held: ClassVar[tuple[str, ...]] = (*Watching.held, "_learned")
    counting: ClassVar[tuple[str, ...]] = (*Watching.counting, "tokens", "switch", "seed")
    name: ClassVar[str] = "narrative"
    meaning: ClassVar[str] = "what captions of its frames say of the action"

    def __post_init__(self) -> None:
        super().__post_init__()
        for option, least in {"tokens": 1, "switch": 0}.items():
            found = getattr(self, option)
            if not found >= least:
                raise InputError(f"{self.name}: {option} = {found}, expected {least} or more; change it")

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on.

        Raises
        ------
        InputError
            The codebook was learned from this video.
        """
        if self._learned is not None:
            require_other(self._learned.videos, question.clip, f"{self.name}: codebook")
        return super().describe(question)

    def presence(self, clip: Clip, task: Task) -> float:
        """Return the probability that is looked up, against the most likely other class."""
        _, told = self._spoken(clip, task)
        return against_best(looked_up(told, task.rows, self.scale or self._encoder.scale), task.own)

    def rated(self, clip: Clip, task: Task) -> Rating:
        """Return how near the captions of each segment are to the class."""
        said, told = self._spoken(clip, task)
        scores = rescaled(per_segment((told @ task.rows[task.own]).astype(np.float64), clip))
        by_segment: list[dict[str, None]] = [{} for _ in clip.segments]
        for frame, caption in zip(clip.frames, said, strict=True):
            by_segment[frame.segment][caption] = None
        reasons = ["; then: ".join(some) for some in by_segment]
        return Rating(scores, clearest(scores, self.kept_from), "; ".join(dict.fromkeys(said)), reasons)

    def narrative(self, clip: Clip) -> str:
        """Return the account of a clip as a language model is given it."""
        numbers, texts, _ = self._captioned(clip, self.task(clip))
        return account(clip, runs(numbers), texts)

    def _spoken(self, clip: Clip, task: Task) -> tuple[list[str], Rows]:
        """Return the caption of each frame, and its embedding: (frames, d)."""
        numbers, texts, rows = self._captioned(clip, task)
        return [texts[i] for i in numbers], rows[numbers]

    def _captioned(self, clip: Clip, task: Task) -> tuple[NDArray[np.int64], tuple[str, ...], Rows]:
        """Return the number of the caption of each frame, the captions that there are, and their rows."""
        texts, said = self._sayable(task)
        rows = embedded(self._encoder, clip, self.cache)
        book = self._learned or learn(rows, self.tokens, seed=self.seed)
        return captioned(rows, book, said, self.switch), texts, said

    def _sayable(self, task: Task) -> tuple[tuple[str, ...], Rows]:
        """Return the captions that there are, and their embeddings."""
        if self.captions is not None:
            return self._captions, self._rows_of_captions
        texts = tuple(dict.fromkeys(text for some in task.texts for text in some))
        return texts, self._encoder.texts(texts)

    @cached_property
    def _learned(self) -> Codebook | None:
        return read(Path(self.codebook), self._encoder.describe()) if self.codebook is not None else None
