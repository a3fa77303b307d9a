"""Action sensitivity: how much each frame counts for its class, learned from the labels of whole videos.

A frame i of a video of class c, at the relative position d_i in [0, 1], has the sensitivity

    h_c(i) = exp(-(d_i - mu_c)^2 / (2 sigma_c^2)) + q(i):

a Gaussian that each class has, plus what a small head says of the frame itself. The head learns, by squared
error, the probability that the frame's own classification gives the true class. The sensitivity weights that
classification, whereby the Gaussians learn where in time a class is told best. A contrastive loss draws
sensitive frames of a class together, and away from insensitive ones and those of other classes.

The paper has this twice: for the classification of a frame, and for its distances to the borders of the
action. Where only the class of a clip is known there are no borders: the clip is the instance, and the
sensitivity to classification is the one that is left. And here weights are divided by their sum: the paper
divides by the number of frames, where weights of 0 would be the least loss.

References
----------
Shao et al. (2023), Action Sensitivity Learning for Temporal Action Localization, ICCV.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from crossoracle.encoders.schooling import generator
from crossoracle.encoders.weights import Tensors

MIDDLE, WIDTH, LEAST = 0.5, 1.0, 0.1
"""Where a Gaussian is to begin with, how wide it is, and how narrow it can become: shares of the duration."""


@dataclass(frozen=True, eq=False)
class Sensed:
    """What is found out about frames.

    Parameters
    ----------
    features : tensor, (..., frames, hidden)
        Their embeddings.
    logp : tensor, (..., frames, classes)
        The logarithm of the probability of each class.
    prior : tensor, (..., frames, classes)
        The Gaussians of the classes.
    quality : tensor, (..., frames)
        What the head says of each frame, in (0, 1).
    """

    features: torch.Tensor
    logp: torch.Tensor
    prior: torch.Tensor
    quality: torch.Tensor

    @property
    def sensitivity(self) -> torch.Tensor:
        """The sensitivity of each frame for each class, (..., frames, classes)."""
        return self.prior + self.quality[..., None]

    @property
    def probabilities(self) -> torch.Tensor:
        """The probability of each class of a video, (..., classes): its frames, weighted by sensitivity."""
        found = weighted(self.logp.exp(), self.sensitivity)
        return found / found.sum(dim=-1, keepdim=True)


def begin(size: int, classes: int, hidden: int, seed: int) -> Tensors:
    """Return the parameters of a dataset before training.

    Parameters
    ----------
    size, classes, hidden : int
        How many numbers there are of a frame, how many classes, and how many channels of an embedding.
    seed : int
        What they are drawn from.
    """
    rng, h = generator(seed, size, classes), hidden

    def drawn(*shape: int, fan: int) -> torch.Tensor:
        return torch.randn(*shape, generator=rng) * fan**-0.5

    return {
        "embed.weight": drawn(h, size, 3, fan=3 * size),
        "embed.bias": torch.zeros(h),
        "class.weight": drawn(classes, h, fan=h),
        "class.bias": torch.zeros(classes),
        "head.weight": drawn(h, h, fan=h),
        "head.bias": torch.zeros(h),
        "quality.weight": drawn(1, h, fan=h),
        "quality.bias": torch.zeros(1),
        "middle": torch.zeros(classes),
        "width": torch.zeros(classes),
    }


def sensed(
    own: Tensors, rows: torch.Tensor, position: torch.Tensor, keep: torch.Tensor | None = None
) -> Sensed:
    """Return what is found out about frames.

    Parameters
    ----------
    own : mapping of str to tensor
        The parameters of their dataset.
    rows : tensor, (..., frames, d)
        What is seen of each frame, standardised, in the order of time.
    position : tensor, (..., frames)
        Where each stands, as a share of the duration.
    keep : tensor, optional
        What the channels of embeddings are multiplied by, for training.
    """
    along = rows.reshape(-1, *rows.shape[-2:]).transpose(1, 2)
    seen = functional.conv1d(along, own["embed.weight"], own["embed.bias"], padding=1).relu()
    features = seen.transpose(1, 2).reshape(*rows.shape[:-1], -1)
    features = features if keep is None else features * keep
    logits = functional.linear(features, own["class.weight"], own["class.bias"])
    head = functional.linear(features, own["head.weight"], own["head.bias"]).relu()
    quality = functional.linear(head, own["quality.weight"], own["quality.bias"]).sigmoid()
    return Sensed(features, logits.log_softmax(dim=-1), gaussians(own, position), quality.squeeze(-1))


def gaussians(own: Tensors, position: torch.Tensor) -> torch.Tensor:
    """Return the Gaussian of each class at each position, (..., frames, classes).

    Weight decay draws both parameters back to 0: to the middle, and to the duration.
    """
    middle = MIDDLE + own["middle"]
    width = LEAST + (WIDTH - LEAST) * own["width"].exp()
    return (-((position[..., None] - middle) ** 2) / (2 * width**2)).exp()


def weighted(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the weighted mean over frames of values, both (..., frames, classes)."""
    return (weights * values).sum(dim=-2) / weights.sum(dim=-2)


def contrasted(
    features: torch.Tensor, sensitivity: torch.Tensor, label: torch.Tensor, share: float, temperature: float
) -> torch.Tensor:
    """Return the contrastive loss of videos.

    Each has the mean z of its most sensitive frames, and that of its least sensitive, both of length 1. Of
    video v the loss is -log(P / (P + N)) with P = sum_p exp(z_v z_p / t) and N = sum_n exp(z_v z_n / t):
    p goes through the sensitive means of other videos of its class, n through those of other classes and
    through all insensitive ones.

    Parameters
    ----------
    features : tensor, (videos, frames, hidden)
    sensitivity : tensor, (videos, frames)
        For the class of each video.
    label : int tensor, (videos,)
    share, temperature : float
        The share of a video's frames that counts as its most sensitive, and as its least; t.

    Returns
    -------
    tensor, scalar
        The mean over videos; those that are alone in their class are left out, and 0 where all are.
    """
    order = sensitivity.argsort(dim=1, stable=True)
    count = max(1, round(share * order.shape[1]))
    least, most = (_mean_of(features, part) for part in (order[:, :count], order[:, -count:]))
    other = ~torch.eye(len(label), dtype=torch.bool, device=label.device)
    same = (label[:, None] == label[None]) & other
    near, far = most @ most.T / temperature, most @ least.T / temperature
    good = near.masked_fill(~same, -torch.inf)
    every = torch.cat([near.masked_fill(~other, -torch.inf), far], dim=1)
    has = same.any(dim=1)
    if not has.any():
        return features.sum() * 0
    return (every[has].logsumexp(dim=1) - good[has].logsumexp(dim=1)).mean()


def _mean_of(features: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    chosen = features.gather(1, frames[..., None].expand(-1, -1, features.shape[-1]))
    return functional.normalize(chosen.mean(dim=1), dim=-1)
