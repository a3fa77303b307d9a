"""How action sensitivity is learned: the loss, the steps, and what is trained of labelled videos.

The definitions are in `crossoracle.encoders.sensitivity`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from crossoracle.encoders.examples import positions
from crossoracle.encoders.learned import Learned, Taught, part, settled
from crossoracle.encoders.schooling import Course, Progress, generator
from crossoracle.encoders.sensitivity import begin, contrasted, sensed, weighted
from crossoracle.encoders.weights import Tensors


@dataclass(frozen=True)
class Design:
    """What is learned, and how.

    Parameters
    ----------
    hidden : int
        Channels of the embedding of a frame.
    drop : float
        How likely a channel is left out of a step of training.
    contrast, temperature : float
        How much the contrastive loss counts, and what its cosines are divided by.
    share : float
        The share of a video's frames that counts as its most sensitive, and as its least.
    batch : int
        Videos of a step.
    seed : int
        Of everything random.
    """

    hidden: int = 32
    drop: float = 0.5
    contrast: float = 0.2
    temperature: float = 0.2
    share: float = 0.25
    batch: int = 64
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Lessons:
    """The training videos of a dataset.

    Parameters
    ----------
    rows : tensor, (videos, frames, d)
        What is seen of each frame, standardised.
    label : int tensor, (videos,)
        The number of each video's class.
    position : tensor, (frames,)
        Where frames stand, as shares of the duration.
    """

    rows: torch.Tensor
    label: torch.Tensor
    position: torch.Tensor


def learn(
    taught: Mapping[str, Taught],
    design: Design,
    course: Course,
    progress: Progress | None = None,
    device: str = "cpu",
) -> Learned:
    """Train the sensitivity of the classes of some datasets.

    Parameters
    ----------
    taught : mapping of str to Taught
        What is seen of the training videos, by dataset.
    design, course : Design and Course
        How.
    progress : Progress, optional
        Where it is written down how far training is.
    device : str
        Where it is computed.
    """
    held = settled(taught, device)
    lessons, starts = [], []
    for name, one in taught.items():
        rows, classes = held.rows(name, one.rows), held.classes[name]
        label = torch.tensor([classes.index(label) for label in one.labels], device=device)
        lessons.append(Lessons(rows, label, torch.tensor(positions(rows.shape[1])).to(rows)))
        starts.append(begin(rows.shape[2], len(classes), design.hidden, design.seed))
    return held.trained(starts, lambda own, epoch: losses(own, lessons, design, epoch), course, progress)


def loss(own: Tensors, some: Lessons, design: Design, keep: torch.Tensor | None = None) -> torch.Tensor:
    """Return the loss of some videos: classification, weighted; squared error of the head; contrast."""
    found = sensed(own, some.rows, some.position, keep)
    of = some.label[:, None, None].expand(*found.logp.shape[:2], 1)
    logp = found.logp.gather(2, of)
    target = logp.detach().exp().squeeze(-1)
    # the head learns by its squared error alone: by the weights it would learn to leave hard frames out
    prior = found.prior.expand_as(found.logp).gather(2, of)
    weight = prior + found.quality.detach()[..., None]
    classified = weighted(-logp, weight).mean()
    squared = (found.quality - target).square().mean()
    cut = weight.detach().squeeze(-1)
    apart = contrasted(found.features, cut, some.label, design.share, design.temperature)
    return classified + squared + design.contrast * apart


def losses(own: Tensors, lessons: Sequence[Lessons], design: Design, epoch: int) -> Iterator[torch.Tensor]:
    """Yield the losses of an epoch: videos in a drawn order, so many at a time, one dataset after the other.

    The parameters of dataset i have names that begin with "i/".
    """
    for number, one in enumerate(lessons):
        rng = generator(design.seed, number, epoch)
        order = torch.randperm(len(one.label), generator=rng).to(one.label.device)
        for some in order.split(design.batch):
            kept = torch.rand(len(some), 1, design.hidden, generator=rng) >= design.drop
            keep = (kept / (1 - design.drop)).to(one.rows.device)
            batch = Lessons(one.rows[some], one.label[some], one.position)
            yield loss(part(own, number), batch, design, keep)
