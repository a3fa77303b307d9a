"""From clips to rows of the predictions: several videos at a time, while the next ones are being decoded."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from crossoracle.recognizers.labels import Label
from crossoracle.recognizers.looking import Looked, Row
from crossoracle.recognizers.recognizer import Probabilities, Recognizer
from crossoracle.recognizers.videos import Video

Item = TypeVar("Item")
Result = TypeVar("Result")
TOP = 5
MOST_WAITING = 64
"""Videos that wait for a full batch: most of them are there already, or have failed."""

NO_PROBABILITIES = "the recognizer gave probabilities that are not numbers"


@dataclass(frozen=True)
class Head:
    """What a recognizer answers with.

    Parameters
    ----------
    name : str
        What it is called in the predictions.
    recognizer : Recognizer
        The model.
    truth : mapping
        Where each label is among its classes.
    among : mapping
        Which classes compete for the videos of a dataset; all where it is not named.
    """

    name: str
    recognizer: Recognizer
    truth: Mapping[Label, int]
    among: Mapping[str, NDArray[np.int64]]

    def rows(self, looked: Looked, probabilities: Probabilities) -> list[dict[str, Any]]:
        """Return the rows of a video from the probabilities of its clips."""
        return [self._row(looked.video, row, probabilities) for row in looked.rows]

    def _row(self, video: Video, row: Row, probabilities: Probabilities) -> dict[str, Any]:
        oracle, run, condition = row.key
        key = {"dataset": video.dataset, "video_id": video.video_id, "recognizer": self.name}
        found = {**key, "oracle": oracle, "run": run, "condition": condition, "digest": row.digest}
        if row.failure is not None:
            return {**found, "failure": row.failure}
        seen = {"kept_fraction": row.kept_fraction, "distinct_frames": row.distinct_frames}
        mean = probabilities[list(row.clips)].mean(axis=0)
        if not np.isfinite(mean).all():
            return {**found, **seen, "failure": NO_PROBABILITIES}
        return {**found, **seen, **self._answer(video, mean)}

    def _answer(self, video: Video, mean: NDArray[np.float64]) -> dict[str, Any]:
        among = self.among.get(video.dataset, np.arange(len(mean)))
        mean = mean[among] / mean[among].sum()
        best = np.argsort(-mean, kind="stable")[:TOP]
        truth = int(np.flatnonzero(among == self.truth[video.label])[0])
        names = [self.recognizer.classes[i] for i in among[best]]
        return {
            "top1": names[0],
            "top5": json.dumps(names, ensure_ascii=False),
            "p_true": float(np.clip(mean[truth], 0.0, 1.0)),
            "correct1": bool(best[0] == truth),
            "correct5": bool(truth in best),
        }


def predicted(
    looks: Iterable[Looked], head: Head, batch: int, at_once: int = 1
) -> Iterator[tuple[Looked, list[dict[str, Any]]]]:
    """Yield every video with its rows.

    Parameters
    ----------
    looks : iterable of Looked
        The videos.
    head : Head
        Who predicts.
    batch : int
        Clips that are predicted at a time, at most.
    at_once : int
        How many such batches are under way, where the recognizer can do several.
    """
    if at_once == 1:
        for waiting in _batches(looks, batch):
            yield from _together(waiting, head, batch)
        return
    work = partial(_together, head=head, batch=batch)
    with closing(ahead(lambda waiting: list(work(waiting)), _batches(looks, batch), at_once)) as found:
        for rows in found:
            yield from rows


def _batches(looks: Iterable[Looked], batch: int) -> Iterator[list[Looked]]:
    """Yield videos that are predicted together."""
    waiting: list[Looked] = []
    for looked in looks:
        waiting.append(looked)
        if len(waiting) >= MOST_WAITING or sum(len(one.clips) for one in waiting) >= batch:
            yield waiting
            waiting = []
    yield waiting


def _together(
    waiting: Sequence[Looked], head: Head, batch: int
) -> Iterator[tuple[Looked, list[dict[str, Any]]]]:
    clips = [clip for looked in waiting for clip in looked.clips]
    parts = np.array_split(np.arange(len(clips)), max(1, -(-len(clips) // batch)))
    found = [head.recognizer.predict([np.stack(clips[i]) for i in part]) for part in parts if len(part)]
    probabilities = np.concatenate(found) if found else np.empty((0, len(head.recognizer.classes)))
    first = 0
    for looked in waiting:
        yield looked, head.rows(looked, probabilities[first : first + len(looked.clips)])
        first += len(looked.clips)


def ahead(work: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Generator[Result]:
    """Yield what work makes of items, in their order, while threads are at the next few.

    Whoever stops taking results waits for no more than what is under way.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="ahead") as pool:
        under_way: deque[Future[Result]] = deque()
        try:
            for item in items:
                under_way.append(pool.submit(work, item))
                if len(under_way) > 2 * workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for one in under_way:
                one.cancel()
