"""Write the benchmark: video files, the tables that name them, and the truth about their segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from crossoracle.errors import InputError
from crossoracle.provenance import Provenance
from crossoracle.video.encode import write as write_video
from crossoracle.video.synthetic.captions import captions
from crossoracle.video.synthetic.painting import painted
from crossoracle.video.synthetic.regime import NAMES, Regime, regime
from crossoracle.video.synthetic.script import (
    DURATION_S,
    FPS,
    Script,
    decisive,
    script,
    segments,
    stream,
)

Tell = Callable[[str, float], None]

TRUTH = "truth"
"""What the truth is called among oracles: its table is one of scores, like theirs."""

TABLES = {
    "test": ("videos.parquet", "truth.parquet"),
    "train": ("training.parquet", "training-truth.parquet"),
}

CODING = {"qp": "18", "preset": "veryfast", "threads": "1"}
"""Of libx264. With a constant quantiser the same frames give the same bytes: with its macroblock tree, which
is part of the default, one file in a hundred differed when several were written at a time. Its threads are
not needed where several are."""

SHARED = 3
"""Of so many videos of a class one is cut from the same source as the one before it."""


@dataclass(frozen=True)
class Benchmark:
    """Where the generated files are.

    Parameters
    ----------
    videos, training : Path
        Tables of the videos that are studied, and of those that models are trained on; no source is in both.
    truth, training_truth : Path
        Tables of scores by the oracle "truth", of these videos and of those: the share of evidence that a
        segment shows, kept where it decides.
    """

    videos: Path
    training: Path
    truth: Path
    training_truth: Path


@dataclass(frozen=True)
class Take:
    """One video that is to be made."""

    regime: Regime
    split: str
    label: int
    number: int
    seed: int

    @property
    def video_id(self) -> str:
        """Its name within the dataset."""
        return f"{self.split}-{self.label}-{self.number:03}"

    @property
    def cluster(self) -> str:
        """Its source."""
        return f"{self.split}-{self.label}-source-{self.number - (self.number % SHARED == SHARED - 1):03}"

    @property
    def path(self) -> str:
        """Its file, relative to the tables."""
        return f"videos/{self.regime.name}/{self.video_id}.mp4"

    def script(self) -> Script:
        """Return what happens in it."""
        return script(self.regime, self.label, stream(self.seed, self.regime.name, self.video_id, "script"))

    def film(self, directory: Path) -> None:
        """Paint and write it."""
        place = stream(self.seed, self.regime.name, self.cluster, "place")
        camera = stream(self.seed, self.regime.name, self.video_id, "camera")
        file = directory / self.path
        file.parent.mkdir(parents=True, exist_ok=True)
        write_video(file, painted(self.script(), self.regime.grain, place, camera), fps=FPS, options=CODING)

    def row(self) -> dict[str, Any]:
        """Return its row of the videos table."""
        about = {"dataset": self.regime.name, "video_id": self.video_id}
        named = {"label": self.regime.classes[self.label], "path": self.path, "duration_s": DURATION_S}
        return {**about, **named, "cluster": self.cluster, "split": self.split}

    def truth(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of its segments."""
        importance = self.script().importance.tolist()
        key = {"dataset": self.regime.name, "video_id": self.video_id, "oracle": TRUTH, "run": "0"}
        for i, (start, end) in enumerate(segments().borders):
            edges = {"segment": i, "start_s": start, "end_s": end}
            yield {**key, **edges, "score": importance[i], "kept": decisive(importance)[i]}


def generate(
    directory: str | Path,
    *,
    seed: int = 0,
    regimes: Sequence[str] = NAMES,
    videos: int | None = None,
    training: int = 16,
    workers: int = 2,
    tell: Tell | None = None,
) -> Benchmark:
    """Write the benchmark into a directory.

    Parameters
    ----------
    directory : path
        Gets the tables, and the files below videos/.
    seed : int
        Another one gives other videos of the same kind.
    regimes : sequence of str
        Each is a dataset of that name.
    videos : int, optional
        How many there are of each class to be studied; as many as the regimes declare by default.
    training : int
        How many there are of each class to train on.
    workers : int
        Videos that are made at a time; what the files show does not depend on it.
    tell : callable, optional
        Is told what is done, and how much of it.

    Raises
    ------
    UnknownNameError, InputError
        A regime is not known, there would be no videos, or nobody to make them.
    """
    known = [regime(name) for name in dict.fromkeys(regimes)]
    if videos is not None:
        known = [replace(one, videos=videos) for one in known]
    fewest = min((one.videos for one in known), default=0)
    if min(fewest, training, workers) < 1:
        raise InputError(
            f"benchmark: found {fewest} videos and {training} to train on of each class, {len(regimes)} "
            f"regimes and {workers} workers; expected at least 1 of each"
        )
    directory, takes = Path(directory), list(_takes(known, training, seed))
    with ThreadPoolExecutor(workers, thread_name_prefix="filming") as pool:
        for done, _ in enumerate(pool.map(lambda take: take.film(directory), takes), 1):
            if tell is not None:
                tell("making videos", done / len(takes))
    made = Provenance("generate", {}, {"regimes": [asdict(one) for one in known], "training": training}, seed)
    return _tables(directory, takes, made)


def captioned(
    *, seed: int = 0, regimes: Sequence[str] = NAMES, training: int = 16
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what is to be seen in each frame of the videos to train on, by dataset and video_id.

    The arguments are those of `generate`.
    """
    takes = _takes([regime(name) for name in dict.fromkeys(regimes)], training, seed)
    learned = [take for take in takes if take.split == "train"]
    return {(take.regime.name, take.video_id): captions(take.regime, take.script()) for take in learned}


def _takes(known: Sequence[Regime], training: int, seed: int) -> Iterator[Take]:
    for one in known:
        for split, count in {"test": one.videos, "train": training}.items():
            for label in range(len(one.classes)):
                yield from (Take(one, split, label, number, seed) for number in range(count))


def _tables(directory: Path, takes: Sequence[Take], made: Provenance) -> Benchmark:
    import pandas as pd

    from crossoracle.tables import write

    for split, (videos, truth) in TABLES.items():
        of = [take for take in takes if take.split == split]
        rows = pd.DataFrame([take.row() for take in of])
        write("videos", rows, directory / videos, provenance=made)
        rows = pd.DataFrame([row for take in of for row in take.truth()])
        write("scores", rows, directory / truth, provenance=made)
    studied, trained = ([directory / name for name in TABLES[split]] for split in ("test", "train"))
    return Benchmark(studied[0], trained[0], studied[1], trained[1])
