"""The verb predict: videos, scores and conditions in, predictions out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crossoracle.errors import InputError, StudyError
from crossoracle.options import PredictOptions
from crossoracle.precheck import compared
from crossoracle.provenance import Provenance, digest
from crossoracle.recognizers import reaching
from crossoracle.recognizers.labels import Label, distinct, mapped
from crossoracle.recognizers.looking import Eye
from crossoracle.recognizers.predicting import Head, ahead, predicted
from crossoracle.recognizers.reaching import Section
from crossoracle.recognizers.recording import Recorder, made, of_recognizer, predictions, require_own
from crossoracle.recognizers.showing import Asked
from crossoracle.recognizers.spreading import Place, Spread, places
from crossoracle.recognizers.summary import Predicted, summarise
from crossoracle.recognizers.videos import Choice, Video, choose, labels_of, videos
from crossoracle.sampling.catalogue import parse
from crossoracle.sampling.condition import Condition
from crossoracle.sampling.run import Options as Sampling
from crossoracle.tables import motion
from crossoracle.tables.shard import Shard

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

Tell = Callable[[str, float], None]
DATASET = "dataset"  # the option of families that go by what is said of the classes of one dataset
MASKED = "+mask"  # what the rows of a recognizer are called that saw all frames, the unchosen ones blanked


@dataclass(frozen=True)
class Plan:
    """What is predicted from what.

    Parameters
    ----------
    home : path, optional
        The study, which models and caches are relative to.
    videos, scores : path and tuple of path
        The tables; paths of videos are relative to that of the videos.
    target : path
        The predictions.
    known : path, optional
        Predictions that are not made again: those of the study, while a shard of it writes its own.
    shard : Shard, optional
        Only videos that belong to it.
    engine : {"local", "ray"}
        Where models are: in this process, or in the workers of a cluster.
    sections : mapping
        The recognizers of study.toml.
    options : PredictOptions
        How.
    """

    home: Path | None
    videos: Path | None
    scores: tuple[Path, ...]
    target: Path
    sections: Mapping[str, Section]
    options: PredictOptions
    known: Path | None = None
    shard: Shard | None = None
    engine: str = "local"


def predict(plan: Plan, progress: Tell | None = None) -> Predicted:
    """Let recognizers predict the class of videos under conditions, and write the predictions.

    Raises
    ------
    InputError, UnknownNameError
        A condition, an oracle, a recognizer, a dataset or a label is not known; nothing has been predicted.
    ConflictError
        The predictions of that name came from elsewhere.
    """
    from crossoracle.tables import connect

    options = plan.options
    conditions = _conditions(options)
    wanted = reaching.chosen(plan.sections, options.recognizers)
    notes: list[str] = []
    counts = {"new": 0, "replaced": 0}
    with connect() as con:
        whose = _whose(con, plan, conditions)
        parts = [part for section in wanted for part in _parts(con, plan, section)]
        with places(plan.engine, len(parts)) as place:
            # What is wrong with any of them is told before one begins.
            works = [_Work(con, plan, conditions, whose, part, place) for part in parts]
            for work in works:
                done = work.do(progress or (lambda what, share: None))
                notes += done.notes
                counts["new"] += done.recorder.new
                counts["replaced"] += done.recorder.replaced
        names = [_called(section.name, options) for section in wanted]
        rows = summarise(con, plan.target, names, [str(one) for one in conditions], whose)
    return Predicted(rows, options, tuple(notes), (plan.target,) if plan.target.is_file() else (), **counts)


def _conditions(options: PredictOptions) -> tuple[Condition, ...]:
    found = {str(one): one for one in map(parse, options.conditions)}
    for name, condition in found.items():
        if options.protocol == "mask" and condition.shuffled:
            raise InputError(f"condition {name}: found protocol mask, expected repack; drop one of the two")
    if not found:
        raise InputError("found no condition: give --condition NAME, such as full or led@0")
    return tuple(found.values())


def _whose(
    con: DuckDBPyConnection, plan: Plan, conditions: tuple[Condition, ...]
) -> tuple[tuple[str, str], ...]:
    """Return the oracles and runs whose scores count; none where no condition needs one."""
    guided = [str(one) for one in conditions if one.needs_oracle]
    if not guided:
        return ()
    if not plan.scores:
        raise StudyError(f"found no scores, which {guided[0]} needs: give a study or --scores FILE")
    scores, runs = _scores(con, plan), plan.options.runs
    return tuple((name, run) for run in runs for name in compared(scores, None, plan.options.oracles, run))


def _scores(con: DuckDBPyConnection, plan: Plan) -> DuckDBPyRelation | None:
    from crossoracle.tables import read

    return read(con, "scores", *plan.scores) if plan.scores else None


def _moving(con: DuckDBPyConnection, plan: Plan, conditions: tuple[Condition, ...]) -> motion.Motions | None:
    """Return the motion that the study has from elsewhere, where a condition needs it."""
    needed = any("motion" in condition.form.needs for condition in conditions)
    file = plan.home / motion.NAME if plan.home and needed else None
    return motion.Motions.read(con, file) if file and file.is_file() else None


def _called(name: str, options: PredictOptions) -> str:
    return name + MASKED if options.protocol == "mask" else name


def _datasets(section: Section, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the datasets whose videos a recognizer sees; none stands for all."""
    if not asked or not section.datasets:
        return asked or section.datasets
    both = tuple(name for name in asked if name in section.datasets)
    if not both:
        raise InputError(
            f"{section.where}: found datasets {', '.join(section.datasets)}, expected one of "
            f"{', '.join(asked)}; choose other datasets or recognizers"
        )
    return both


@dataclass(frozen=True, eq=False)
class _Part:
    """The videos that a recognizer is made for, and all labels of their datasets, if it takes any."""

    section: Section
    file: Path
    videos: DuckDBPyRelation
    labels: Sequence[Label] = ()


def _parts(con: DuckDBPyConnection, plan: Plan, section: Section) -> list[_Part]:
    """Return one part; of a family that has an option for the dataset that it goes by, one for each."""
    from duckdb import ColumnExpression, ConstantExpression

    if plan.videos is None:
        raise StudyError("found no videos table: put videos.parquet into the study, or give --videos FILE")
    file, asked = plan.videos, plan.options
    datasets = _datasets(section, asked.datasets)
    chosen = choose(con, Choice(file, datasets, asked.split, asked.limit, plan.shard))
    if not section.spec.open_vocabulary:
        return [_Part(section, file, chosen)]
    every = labels_of(choose(con, Choice(file)))
    labels = [label for label in every if not section.datasets or label.dataset in section.datasets]
    if DATASET not in reaching.options_of(section.spec.load()):
        return [_Part(section, file, chosen, labels)]
    return [
        _Part(
            replace(section, options={DATASET: name, **section.options}),
            file,
            chosen.filter(ColumnExpression("dataset") == ConstantExpression(name)),
            [label for label in labels if label.dataset == name],
        )
        for name in sorted({label.dataset for label in labels_of(chosen)})
    ]


class _Work:
    """One recognizer at work."""

    def __init__(
        self,
        con: DuckDBPyConnection,
        plan: Plan,
        conditions: tuple[Condition, ...],
        whose: tuple[tuple[str, str], ...],
        part: _Part,
        place: Place,
    ) -> None:
        self.con, self.plan, self.options = con, plan, plan.options
        section, self.file, self.videos, self.labels = part.section, part.file, part.videos, part.labels
        self.name = _called(section.name, plan.options)
        for file in filter(None, (plan.target, plan.known)):
            require_own(predictions(con, file), self.name, file)
        named = distinct({one.name for one in self.labels} - {""})
        self.recognizer = place(reaching.reach(section, plan.home, named))
        told = self.recognizer.describe()
        self.described = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        sampling = Sampling(
            self.recognizer.frames, self.options.clips, self.options.offset, self.options.seed
        )
        self.asked = Asked(conditions, whose, self.options.protocol, sampling, self.options.step_s)
        self.head, self.notes = self._head()
        self.recognizer.prepare(np.zeros((1, 64, 64, 3), dtype=np.uint8))  # what is missing is told now
        self.moving = _moving(con, plan, conditions)
        moving = [plan.home / motion.NAME] if plan.home and self.moving else []
        inputs = [self.file, *plan.scores, *moving]
        settings = asdict(self.options) | {"recognizer": {"name": self.name, **told}}
        self.recorder = Recorder(
            plan.target,
            Provenance("predict", {file: digest(file) for file in inputs}, settings, self.options.seed),
        )

    def do(self, tell: Tell) -> _Work:
        """Predict what is not there yet."""
        count = len(self.videos)
        before = made(self.con, self.plan.target, self.plan.known)
        own = None if before is None else of_recognizer(before, self.name)
        found = videos(self.con, self.videos, self.file.parent, _scores(self.con, self.plan), own)
        cache = None if self.plan.home is None else self.plan.home / "cache" / "motion"
        eye = Eye(self.asked, self._about, self.recognizer.prepare, self.options.fill, cache, self.moving)
        try:
            with closing(ahead(eye.look, found, self.options.workers)) as looks:
                at_once = self.recognizer.at_once if isinstance(self.recognizer, Spread) else 1
                made_of = predicted(looks, self.head, self.options.batch, at_once)
                for i, (_, rows) in enumerate(made_of, 1):
                    self.recorder.add(rows)
                    tell(f"{self.name}: {i:,} of {count:,} videos", i / count)
        finally:
            self.recorder.flush()
            self.recognizer.close()
        return self

    def _head(self) -> tuple[Head, tuple[str, ...]]:
        """Find the classes of all labels, before anything is decoded."""
        classes = self.recognizer.classes
        labels = labels_of(self.videos)
        if not self.labels:
            found = mapped(labels, classes, self.name)
            return Head(self.name, self.recognizer, found.index, {}), found.notes
        there = {label.dataset for label in labels}
        every = [label for label in self.labels if label.dataset in there]
        of_names = {label: Label(label.dataset, label.name) for label in every}
        index = mapped(of_names.values(), classes, self.name).index
        truth = {label: index[by_name] for label, by_name in of_names.items()}
        among: dict[str, set[int]] = {}
        for label, place in truth.items():
            among.setdefault(label.dataset, set()).add(place)
        compete = {dataset: np.array(sorted(places)) for dataset, places in among.items()}
        return Head(self.name, self.recognizer, truth, compete), ()

    def _about(self, video: Video) -> dict[str, Any]:
        """Return what predictions of a video depend on beside its file and the condition."""
        head, classes = self.head, self.recognizer.classes
        among = head.among.get(video.dataset)
        names = classes if among is None else [classes[i] for i in among]
        named = hashlib.sha256(json.dumps(list(names)).encode()).hexdigest()
        return {"recognizer": self.described, "classes": named, "truth": classes[head.truth[video.label]]}
