"""Oracles that learn from labelled videos before they are first asked, and then are frozen.

With the option ``train`` such an oracle learns by itself: from the videos of that table, seeded, into the
file ``model``, which has its provenance beside it. It is there from then on, and is made anew where anything
that it depends on has changed (a video, an option, a version), or where it is damaged. So what it is asked is
filed under the digest of that recipe, which is known before it has learned. Stopped in between, it goes on
where it was (`crossoracle.encoders.schooling`); what fails is not tried again before it is closed. Without
``train`` the file is taken as it is, by its own digest. It is asked about no video that it learned from.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import Event, Lock
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.devices import device_of, require_device
from crossoracle.encoders.examples import Example, Pixels, classes_of, examples, watched
from crossoracle.encoders.learned import Learned, Taught, Video, load
from crossoracle.encoders.schooling import Course, Progress, Stopped
from crossoracle.encoders.sight import Sight, sight
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.apart import require_other
from crossoracle.oracles.adapters.literature.comparing import per_segment, rescaled
from crossoracle.oracles.adapters.literature.watching import clearest
from crossoracle.oracles.adapters.plain import answer, scoring, verdict, written
from crossoracle.oracles.adapters.probe import SEEN
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.oracle import Answer, CallFailed, Capabilities, Question
from crossoracle.provenance import Provenance, digest, read_sidecar

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]
Seen = TypeVar("Seen")
Made = TypeVar("Made")
log = logging.getLogger("crossoracle")
LIBRARIES = ("torch", "numpy", "opencv-python-headless", "av")
"""What the result of training depends on in the last digits."""

ELSEWHERE = ("model", "train", "encoder")
"""Options that the recipe has in another form."""

_learning = Lock()


@dataclass(frozen=True)
class Schooled:
    """What such oracles have in common; each brings `taught` and `judged`.

    Parameters
    ----------
    model : str
        The file of what it learned (safetensors), relative to the study.
    train : str, optional
        The table of videos that it learns from, relative to the study; without it the file must be there.
    split : str, optional
        Only videos of this split of that table.
    encoder : str, optional
        What sees the frames: a two-tower (.npz), a directory with a model such as CLIP, or the name of its
        repository; by default the image features.
    frames : int
        Frames of a training video, evenly spaced: about as many as clips have that are asked about.
    epochs : int
        How often it sees all of them.
    rate, decay : float
        Learning rate and weight decay of AdamW.
    seed : int
        Of everything random.
    device : str
        "auto" is the accelerator where there is one.
    kept_from : float
        Segments are important from this score on.
    """

    model: str
    train: str | None = None
    split: str | None = None
    encoder: str | None = None
    frames: int = 20
    epochs: int = 30
    rate: float = 0.003
    decay: float = 0.1
    seed: int = 0
    device: str = "auto"
    kept_from: float = 0.5

    paths: ClassVar[tuple[str, ...]] = ("model", "train")
    places: ClassVar[tuple[str, ...]] = ("encoder",)
    answering: ClassVar[tuple[str, ...]] = ("kept_from",)
    """Options that answers depend on, and nothing that is learned."""

    name: ClassVar[str]
    rule: ClassVar[int] = 1
    """Counts up when it would learn, or judge the same clip, in another way."""

    def __post_init__(self) -> None:
        if not 0 <= self.kept_from <= 1:
            raise InputError(
                f"{self.name}: kept_from = {self.kept_from}, expected a share from 0 to 1; change it"
            )
        for name, least in {"frames": 1, "epochs": 0, "seed": 0}.items():
            if getattr(self, name) < least:
                found = f"{name} = {getattr(self, name)}, expected at least {least}"
                raise InputError(f"{self.name}: {found}; change it")
        if not (self.rate > 0 and self.decay >= 0):
            found = f"rate = {self.rate} and decay = {self.decay}"
            raise InputError(f"{self.name}: {found}, expected above 0 and not below 0; change it")

    def taught(self, course: Course, progress: Progress) -> Learned:
        """Learn from the lessons."""
        raise NotImplementedError

    def judged(self, learned: Learned, clip: Clip, own: int, rows: Rows) -> tuple[Floats, float]:
        """Return how much each frame of a clip counts, (frames,), and P(YES).

        Parameters
        ----------
        learned : Learned
            What it learned.
        clip, own : Clip and int
            What is judged, and the number of its class.
        rows : float array, (frames, d)
            What is seen of its frames.
        """
        raise NotImplementedError

    def of_segments(self, counts: Floats, clip: Clip) -> list[float | None]:
        """Return how much each segment counts, by its frames: their mean; None where it has none."""
        return per_segment(counts, clip)

    def ingredients(self) -> dict[str, Any]:
        """Return, as JSON, what the result of training depends on."""
        seen = [(one.dataset, one.video_id, one.label, one.digest) for one in self.lessons]
        apart = (*ELSEWHERE, *self.answering)
        options = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in apart}
        return {
            "oracle": self.name,
            "rule": self.rule,
            "videos": hashlib.sha256(json.dumps(seen).encode()).hexdigest(),
            "options": {**options, "device": device_of(self.device)},
            "sight": self.sight.describe(),
            "versions": {name: version(name) for name in LIBRARIES},
        }

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on: what was learned, or from what, and the clip.

        Raises
        ------
        InputError
            It is one of the videos that it learns from, or one of these cannot be learned from.
        """
        clip = question.clip
        require_other(self._videos, clip, self.name)
        return {
            "adapter": self.name,
            "rule": self.rule,
            "model": self._identity,
            "sight": self.sight.describe(),
            "options": {name: getattr(self, name) for name in self.answering},
            "kind": question.kind,
            "dataset": clip.dataset,
            "label": clip.label,
            "clip": clip.digest,
        }

    async def ask(self, question: Question) -> str:
        """Judge the clip, beside the event loop; learn before, where that is still to be done.

        Raises
        ------
        CallFailed
            It knows nothing of this class, or the clip has no frames.
        InputError, VideoError
            It is a video that it learned from; or it could not learn, now or when it was asked before.
        """
        stop = Event()
        try:
            return await asyncio.to_thread(self._judged, question, stop)
        except asyncio.CancelledError:
            stop.set()  # or whoever interrupts would wait until all is learned
            raise

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply apart."""
        return answer(raw)

    async def probe(self) -> Capabilities:
        """Say what is known without a call."""
        return Capabilities(logprobs=True, structured=True, native_video=False)

    async def close(self) -> None:
        """Let go of what was learned, and of what failed."""
        for held in ("_held", "_examples", "_digest"):
            self.__dict__.pop(held, None)
        self.sight.close()

    @cached_property
    def sight(self) -> Sight:
        """What sees the frames."""
        return sight(self.encoder, device=self.device)

    @property
    def lessons(self) -> tuple[Example, ...]:
        """The videos that it learns from; none where it does not."""
        table = self.train
        return () if table is None else self._once("_examples", lambda: examples(Path(table), self.split))

    @property
    def datasets(self) -> dict[str, tuple[str, ...]]:
        """The classes of each dataset that it learns from."""
        return classes_of(self.lessons)

    def by_dataset(self, rows: Sequence[Rows]) -> dict[str, Taught]:
        """Return what is seen of each of the lessons, by dataset."""
        found = {}
        for name in self.datasets:
            of = [i for i, one in enumerate(self.lessons) if one.dataset == name]
            labels = tuple(self.lessons[i].label for i in of)
            found[name] = Taught(np.stack([rows[i] for i in of]), labels)
        return found

    def watch(self, look: Callable[[list[Pixels]], Seen], progress: Progress) -> Iterator[Seen]:
        """Yield what is made of the frames of each lesson."""
        for seen in watched(self.lessons, self.frames, look):
            progress.check()
            yield seen

    def learned(self, stop: Event | None = None) -> Learned:
        """Return what it learned: held, read, or learned now; several may ask at a time, and one learns.

        Parameters
        ----------
        stop : Event, optional
            Whoever sets it stops the training.
        """
        with _learning:
            return self._once("_held", lambda: self._there() or self._learns(stop or Event()))

    def _once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what is made once; where that fails, all who ask are told why, and it is not tried again."""
        if name not in self.__dict__:
            try:
                self.__dict__[name] = make()
            except Stopped:
                raise
            except Exception as error:
                self.__dict__[name] = error
                raise
        found: Made | Exception = self.__dict__[name]
        if isinstance(found, Exception):
            raise found.with_traceback(None)  # which would grow with everybody who is told
        return found

    def _there(self) -> Learned | None:
        """Return what the file has; None where it is still to be learned, or to be learned anew."""
        path, device = Path(self.model), device_of(self.device)
        require_device(device)
        if self.train is None:
            return load(path, self.name, device)[0]
        if not path.exists():
            return None
        try:
            found, recipe = load(path, self.name, device)
        except InputError:
            made = (read_sidecar(path) or {}).get("options", {}).get("oracle")
            if made != self.name:  # somebody else's file is not written over
                raise
            return None
        return found if recipe == self._recipe else None

    def _learns(self, stop: Event) -> Learned:
        """Learn from the lessons, and write it down."""
        path = Path(self.model)
        progress = Progress(path.with_name(f"{path.name}.unfinished"), stop=stop)
        progress.check()
        log.warning("%s: learns from %d videos before it is asked", self.name, len(self.lessons))
        course = Course(self.epochs, self.rate, self.decay, self._recipe)
        found = replace(self.taught(course, progress), videos=self._videos)
        inputs: dict[str | Path, str] = {str(self.train): digest(str(self.train))}
        found.save(path, self.name, self._recipe, Provenance("train", inputs, self.ingredients(), self.seed))
        return found

    def _judged(self, question: Question, stop: Event) -> str:
        clip = question.clip
        require_other(self._videos, clip, self.name)
        learned = self.learned(stop)
        require_other(learned.videos, clip, self.name)
        own = self._column(learned, clip)
        if not clip.frames:
            raise CallFailed(f"{self.name}: found no frames in {clip.video_id}", transient=False)
        rows = self.sight.frames([frame.pixels() for frame in clip.frames])
        counts, p_yes = self.judged(learned, clip, own, rows)
        decision = "YES" if p_yes > SEEN else "NO"
        facts = {"model": self.name, "p_yes": p_yes, "p_source": "logits"}
        evidence, sure = f"what {self.name} learned", max(p_yes, 1 - p_yes)
        if question.kind == "verify":
            return written(verdict(decision, evidence, confidence=sure), **facts)
        scores = rescaled(self.of_segments(counts, clip))
        kept = clearest(scores, self.kept_from)
        reply = scoring(scores, kept, evidence, presence=decision, confidence=sure)
        return written(reply, **facts)

    def _column(self, learned: Learned, clip: Clip) -> int:
        """Return where the action of a clip is among the classes."""
        known = learned.classes.get(clip.dataset, ())
        if not clip.label or clip.label not in known:
            where = f"{clip.dataset}/{clip.video_id}"
            raise CallFailed(
                f"{self.name}, {where}: it was not trained on {clip.label!r} of {clip.dataset}",
                transient=False,
            )
        return known.index(clip.label)

    @cached_property
    def _videos(self) -> frozenset[Video]:
        return frozenset((one.dataset, one.video_id) for one in self.lessons)

    @cached_property
    def _identity(self) -> str:
        if self.train is not None:
            return self._recipe
        from crossoracle.tables.sources import require_file

        require_file(Path(self.model))
        return digest(Path(self.model))

    @property
    def _recipe(self) -> str:
        def digested() -> str:
            return hashlib.sha256(json.dumps(self.ingredients(), sort_keys=True).encode()).hexdigest()

        return self._once("_digest", digested)
