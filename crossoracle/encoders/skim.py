"""One step from a skim over candidate frames to a distribution over them, learned from a frozen recognizer.

A light network sees cheap rows of T candidate frames and gives one multinomial over them, in one step. Of it
N different frames are drawn (one after the other, without replacement), and shown to a recognizer that
learns nothing. Its loss is what the network is trained by: the gradient of the expected loss,

    grad E[L(F)] = E[(L(F) - b) grad log p(F)],
    log p(F) = sum_k (a_{f_k} - log sum_j exp a_j),  j through the frames not drawn before f_k,

is estimated from S draws of each video, b being the mean loss of the other draws of the same video. It has no
bias, and needs nothing of the recognizer but its losses. The gradient of the entropy, which keeps the
distribution from ending in N frames too early, is exact.

References
----------
Lin et al. (2022), OCSampler: Compressing Videos to One Clip with Single-step Sampling, CVPR.
Kool et al. (2019a), Buy 4 REINFORCE Samples, Get a Baseline for Free!, ICLR workshop.
Kool et al. (2019b), Stochastic Beams and Where to Find Them, ICML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from crossoracle.encoders.learned import Learned, Taught, part, settled
from crossoracle.encoders.schooling import Course, Progress, generator
from crossoracle.encoders.weights import Tensors

Loss = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]
"""Takes the numbers of videos, (n,), and the frames shown of each in the order of time, (n, N); returns the
losses of a frozen recognizer, (n,)."""


@dataclass(frozen=True)
class Design:
    """What is learned, and how.

    Parameters
    ----------
    budget : int
        How many frames are shown of a video (N).
    hidden : int
        Channels of the skim network.
    draws : int
        Clips that are drawn of a video in a step (S), at least two.
    entropy : float
        How much the entropy of the distribution counts against the loss.
    batch : int
        Videos of a step.
    seed : int
        Of everything random.
    """

    budget: int = 8
    hidden: int = 16
    draws: int = 4
    entropy: float = 0.1
    batch: int = 64
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Lessons:
    """The training videos of a dataset: what is skimmed, standardised, (videos, frames, d), and the loss."""

    rows: torch.Tensor
    loss: Loss


def learn(
    taught: Mapping[str, Taught],
    loss: Mapping[str, Loss],
    design: Design,
    course: Course,
    progress: Progress | None = None,
    device: str = "cpu",
) -> Learned:
    """Train the policy of some datasets.

    Parameters
    ----------
    taught : mapping of str to Taught
        What is skimmed of the training videos, by dataset.
    loss : mapping of str to callable
        The loss of the frozen recognizer, by dataset; videos are numbered as in `taught`.
    design, course : Design and Course
        How.
    progress : Progress, optional
        Where it is written down how far training is.
    device : str
        Where it is computed.
    """
    held = settled(taught, device)
    lessons = [Lessons(held.rows(name, one.rows), loss[name]) for name, one in taught.items()]
    starts = [begin(one.rows.shape[2], design) for one in lessons]
    return held.trained(starts, lambda own, epoch: losses(own, lessons, design, epoch), course, progress)


def begin(size: int, design: Design) -> Tensors:
    """Return the parameters of a dataset before training; every frame is as likely as any other."""
    rng, h = generator(design.seed, size), design.hidden
    return {
        "near.weight": torch.randn(h, size, 3, generator=rng) * (3 * size) ** -0.5,
        "near.bias": torch.zeros(h),
        "far.weight": torch.randn(h, 2 * h, 1, generator=rng) * (2 * h) ** -0.5,
        "far.bias": torch.zeros(h),
        "out.weight": torch.zeros(1, h, 1),
    }


def skimmed(own: Tensors, rows: torch.Tensor) -> torch.Tensor:
    """Return the logarithm of the probability of each candidate, (videos, frames).

    Parameters
    ----------
    own : mapping of str to tensor
        The parameters of their dataset.
    rows : tensor, (videos, frames, d)
        What is skimmed, standardised, in the order of time; each frame sees its neighbours, and the mean of
        all.
    """
    near = functional.conv1d(rows.transpose(1, 2), own["near.weight"], own["near.bias"], padding=1).relu()
    every = near.mean(dim=2, keepdim=True).expand_as(near)
    far = functional.conv1d(torch.cat([near, every], dim=1), own["far.weight"], own["far.bias"]).relu()
    return functional.conv1d(far, own["out.weight"]).squeeze(1).log_softmax(dim=1)


def drawn(logp: torch.Tensor, count: int, rng: torch.Generator) -> torch.Tensor:
    """Draw frames without replacement, (..., count), in the order in which they are drawn.

    The largest sums of a_i and independent Gumbel noise are such a draw (Kool et al., 2019b).
    """
    uniform = torch.rand(logp.shape, generator=rng, dtype=torch.float64).clamp_min(1e-300)
    noise = -(-uniform.log()).log()
    return (logp.detach().cpu().double() + noise).topk(count, dim=-1).indices.to(logp.device)


def log_likelihood(logp: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """Return the logarithm of the probability of drawing frames in that order, (...), without replacement.

    Parameters
    ----------
    logp : tensor, (..., T)
        Of each candidate.
    frames : int tensor, (..., N)
        Different ones.
    """
    gone = torch.zeros_like(logp, dtype=torch.bool)
    found = torch.zeros_like(logp[..., 0])
    for one in frames.split(1, dim=-1):
        left = logp.masked_fill(gone, -torch.inf)
        found = found + (left.gather(-1, one) - left.logsumexp(dim=-1, keepdim=True)).squeeze(-1)
        gone = gone.scatter(-1, one, True)
    return found


def surrogate(logp: torch.Tensor, frames: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
    """Return what has the gradient that is wanted, a scalar; its value means nothing.

    Parameters
    ----------
    logp : tensor, (videos, T)
        Of each candidate.
    frames : int tensor, (videos, S, N)
        The draws.
    lost : tensor, (videos, S)
        The loss of each draw; S is at least 2.
    """
    draws = lost.shape[1]
    others = (lost.sum(dim=1, keepdim=True) - lost) / (draws - 1)
    chance = log_likelihood(logp[:, None].expand(-1, draws, -1), frames)
    return ((lost - others).detach() * chance).mean()


def losses(own: Tensors, lessons: Sequence[Lessons], design: Design, epoch: int) -> Iterator[torch.Tensor]:
    """Yield the losses of an epoch: videos in a drawn order, so many at a time, one dataset after the other.

    The parameters of dataset i have names that begin with "i/".
    """
    for number, one in enumerate(lessons):
        rng = generator(design.seed, number, epoch)
        for some in torch.randperm(len(one.rows), generator=rng).split(design.batch):
            logp = skimmed(part(own, number), one.rows[some.to(one.rows.device)])
            frames = drawn(logp[:, None].expand(-1, design.draws, -1), design.budget, rng)
            lost = _lost(one.loss, some, frames).to(logp)
            entropy = -(logp.exp() * logp).sum(dim=1).mean()
            yield surrogate(logp, frames, lost) - design.entropy * entropy


def best(logp: torch.Tensor, count: int) -> NDArray[np.int64]:
    """Return the likeliest frames of a video, (count,), in the order of time; of equal ones the earlier."""
    order = logp.argsort(descending=True, stable=True)[:count]
    return np.sort(order.cpu().numpy())


def _lost(loss: Loss, some: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """Return the recognizer's loss of each draw, (videos, S)."""
    videos = np.repeat(some.numpy(), frames.shape[1])
    shown = frames.reshape(len(videos), -1).sort(dim=1).values.cpu().numpy()
    return torch.from_numpy(np.asarray(loss(videos, shown), dtype=np.float64)).reshape(frames.shape[:2])
