"""The built-in study: generated videos, four probe oracles, a frozen recognizer, and what is done with them.

`prepare` makes a directory into a study that every verb works on without a key, weights or a download. What
the oracles and the recognizer know they learn from the training videos, which are none of those studied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders import classifier, correlating, judge, wording
from crossoracle.encoders.features import FEATURES, Frames, Rows, prepared
from crossoracle.encoders.two_tower import stacked
from crossoracle.oracles.opening import open_clip
from crossoracle.oracles.settings import FrameOptions
from crossoracle.provenance import Provenance, digest, write_sidecar
from crossoracle.sampling.frames import quantiles
from crossoracle.video.decode import frames_at, timeline
from crossoracle.video.synthetic import REGIMES, Benchmark, captioned, generate, subtexts
from crossoracle.video.synthetic.script import FPS

Tell = Callable[[str, float], None]

TRAINING = 16
"""Videos of each class to train on."""

FRAMES = 16
"""How many frames the recognizer sees of a video."""

OFFSETS = (0.25, 0.75)
"""Where frames stand in their parts of a training video: the recognizer learns from it once for each."""

CONDITIONS = (
    *("full", "led@0", "led@0.25", "led@0.5", "led@0.75"),
    *("inverted@0", "inverted@0.5", "bottom", "uniform", "random#0"),
)

ORACLE = """\
[oracles.{name}]  # it sees nothing but {meaning}
adapter = "probe"
model = "models/{name}.npz"
"""

WORDS = """\
[oracles.{name}]  # it goes by {meaning}
adapter = "{name}"
model = "models/two-tower.npz"
classes = "models/classes.toml"
"""

LITERATURE: dict[str, tuple[str, dict[str, str]]] = {
    "saliency": ("the words of the action's name", {}),
    "storyboard": ("that name and its sub-texts", {"subtexts": "subtexts.toml"}),
    "test-time": (
        "texts of the action, and by what it learns from the video itself",
        {"descriptions": "subtexts.toml", "captions": "captions.txt"},
    ),
    "narrative": (
        "captions of frames that are consistent in time",
        {"descriptions": "subtexts.toml", "captions": "captions.txt"},
    ),
}
"""Oracles of the literature that need no more than the two-tower: what they go by, and further options."""

STUDY = """\
# The generated benchmark, seed {seed}: what `crossoracle demo` starts from.

{oracles}
[recognizers.probe]
model = "models/recognizer.npz"

[predict]
conditions = [{conditions}]
batch = 64
seed = {seed}

[agree]
seed = {seed}

[compare]
seed = {seed}
"""


@dataclass(frozen=True, eq=False)
class Shown:
    """What is learned from of a training video.

    Parameters
    ----------
    dataset, video_id, label : str
        Which it is, and its class.
    times_s : float array, (frames,)
        When the oracles see a frame of it.
    lessons : mapping of str to Lesson
        For the oracles, by feature.
    clips : sequence of uint8 array, (FRAMES, side, side, 3)
        For the recognizer; one for each of OFFSETS.
    """

    dataset: str
    video_id: str
    label: str
    times_s: NDArray[np.float64]
    lessons: Mapping[str, judge.Lesson]
    clips: Sequence[Frames]


def prepare(
    directory: Path,
    seed: int = 0,
    *,
    tell: Tell | None = None,
    videos: int | None = None,
    training: int = TRAINING,
    workers: int = 2,
    literature: bool = False,
) -> None:
    """Make a directory into the built-in study: videos, trained models, and the study.toml that names them.

    Parameters
    ----------
    directory : path
        The study; what it has of these files is replaced.
    seed : int
        Another one gives other videos of the same kind, and models that were trained on such.
    tell : callable, optional
        Is told what is done, and how much of it.
    videos : int, optional
        How many there are of each class to be studied; as many as the regimes declare by default.
    training : int
        How many there are of each class to train on.
    workers : int
        Videos that are worked on at a time; what the files show does not depend on it.
    literature : bool
        Whether what oracles from the literature need is made, too: a two-tower that learned from captions of
        the training videos, these captions, and the classes with their sub-texts.

    Raises
    ------
    InputError
        There would be no videos, or nobody to make them.
    """
    tell, directory = tell or (lambda what, share: None), Path(directory)
    made = generate(directory, seed=seed, videos=videos, training=training, workers=workers, tell=tell)
    lessons = list(_watched(made, workers, tell))
    for number, name in enumerate(FEATURES):
        tell(f"training oracle {name}", number / (len(FEATURES) + 1))
        judge.learn(name, _by_dataset(lessons, name), seed=seed).save(directory / "models" / f"{name}.npz")
    tell("training the recognizer", len(FEATURES) / (len(FEATURES) + 1))
    clips = [(clip, one.label) for one in lessons for clip in one.clips]
    trained = classifier.learn([clip for clip, _ in clips], [label for _, label in clips])
    trained.save(directory / "models" / "recognizer.npz")
    if literature:
        tell("training the two-tower", 1.0)
        made_of = Provenance("prepare", {made.training: digest(made.training)}, {"training": training}, seed)
        _in_words(directory / "models", lessons, captioned(seed=seed, training=training), made_of)
    (directory / "study.toml").write_text(study(seed, literature=literature), encoding="utf-8")


def study(seed: int, *, literature: bool = False) -> str:
    """Return the study.toml of the built-in study; with oracles of the literature beside the probes."""
    oracles = [ORACLE.format(name=one.name, meaning=one.meaning) for one in FEATURES.values()]
    if literature:
        oracles += [_in_section(name) for name in LITERATURE]
    conditions = ", ".join(f'"{name}"' for name in CONDITIONS)
    return STUDY.format(seed=seed, oracles="\n".join(oracles), conditions=conditions)


def _in_section(name: str) -> str:
    """Return the section of an oracle of the literature."""
    meaning, more = LITERATURE[name]
    lines = (f'{option} = "models/{file}"\n' for option, file in more.items())
    return WORDS.format(name=name, meaning=meaning) + "".join(lines)


def _in_words(
    models: Path,
    shown: Sequence[Shown],
    told: Mapping[tuple[str, str], Sequence[str]],
    made_of: Provenance,
) -> None:
    """Train the two-tower on what the frames of training videos show, and write down the classes in words."""
    rows = [stacked({name: lesson.rows for name, lesson in one.lessons.items()}) for one in shown]
    at = [np.floor(one.times_s * FPS + 1e-6).astype(int).tolist() for one in shown]
    captions = [told[one.dataset, one.video_id][i] for one, of in zip(shown, at, strict=True) for i in of]
    tower = models / "two-tower.npz"
    correlating.learn(np.concatenate(rows), captions).save(tower)
    write_sidecar(tower, made_of)
    texts = {
        "captions.txt": "\n".join(sorted(set(captions))) + "\n",
        "classes.toml": wording.written({one.name: one.classes for one in REGIMES}),
        "subtexts.toml": wording.written({one.name: subtexts(one) for one in REGIMES}),
    }
    for name, text in texts.items():
        (models / name).write_text(text, encoding="utf-8")


def _by_dataset(shown: Sequence[Shown], feature: str) -> dict[str, list[judge.Lesson]]:
    found: dict[str, list[judge.Lesson]] = {}
    for one in shown:
        found.setdefault(one.dataset, []).append(one.lessons[feature])
    return found


def _watched(made: Benchmark, workers: int, tell: Tell) -> Iterator[Shown]:
    """Yield what is to be learned from each training video."""
    videos, truth = _rows(made.training, "videos"), _evidence(made.training_truth)
    with ThreadPoolExecutor(workers, thread_name_prefix="watching") as pool:
        watch = partial(_watch, made.training.parent, truth)
        for done, one in enumerate(pool.map(watch, videos), 1):
            tell("watching the training videos", done / len(videos))
            yield one


def _watch(home: Path, truth: Mapping[tuple[str, str], NDArray[np.float64]], row: Mapping[str, Any]) -> Shown:
    """Look at a video as oracles and recognizer will look at those that are studied."""
    dataset, video_id, label, path = row["dataset"], row["video_id"], row["label"], home / row["path"]
    clip = open_clip(path, dataset, video_id, label, {}, FrameOptions())
    frames = prepared([frame.pixels() for frame in clip.frames])
    segment = np.array([frame.segment for frame in clip.frames])
    rows: dict[str, Rows] = {name: feature.of(frames) for name, feature in FEATURES.items()}
    evidence = truth[dataset, video_id]
    lessons = {name: judge.Lesson(label, seen, segment, evidence) for name, seen in rows.items()}
    line = timeline(path)
    instants = np.concatenate([quantiles(FRAMES, 1, offset)[0] for offset in OFFSETS]) * line.end_s
    seen = prepared([picture.pixels for picture in frames_at(path, instants.tolist(), line=line)])
    times_s = np.array([frame.time_s for frame in clip.frames])
    return Shown(dataset, video_id, label, times_s, lessons, np.split(seen, len(OFFSETS)))


def _evidence(file: Path) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Return the truth about each video: how much evidence each of its segments shows."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in _rows(file, "scores"):
        found.setdefault((row["dataset"], row["video_id"]), []).append(row["score"])
    return {video: np.array(scores) for video, scores in found.items()}


def _rows(file: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table as they were written."""
    from crossoracle.tables import connect, read

    with connect() as con:
        found = read(con, table, file)
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
