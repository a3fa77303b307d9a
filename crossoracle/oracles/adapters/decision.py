"""P(YES) of a local model, exactly: the distribution over YES, NO and SKIP where a reply decides.

A reply is begun for the model, as far as the opening quote of the decision. What it would write next is read
off its own distribution over the whole vocabulary, before any mask. The probability of a label is the product
over the tokens that spell it, as the tokenizer does; the label mass is what the labels have together, and
P(YES) the share of YES in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from crossoracle.oracles.adapters.probability import LABELS, Decision

if TYPE_CHECKING:
    import torch

Spelling = tuple[int, ...]
Forward = Callable[[Spelling], "torch.Tensor"]


def opening(schema: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return how a reply begins up to the decision, and the labels that it decides between.

    Examples
    --------
    >>> opening({"properties": {"decision": {"enum": ["YES", "NO"]}, "evidence": {"type": "string"}}})
    ('{"decision": "', ('YES', 'NO'))
    """
    name, first = next(iter(schema["properties"].items()))
    return f'{{"{name}": "', tuple(first["enum"])


def measured(forward: Forward, spellings: Mapping[str, Spelling]) -> dict[str, float]:
    """Return the natural logarithm of the probability of each label.

    Parameters
    ----------
    forward : callable
        Takes the first tokens of a label, and returns the logits (their number + 1, vocabulary) of what comes
        at the decision and after each of them.
    spellings : mapping of str to tuple of int
        The tokens that spell each label.
    """
    seen: dict[Spelling, torch.Tensor] = {}
    for path in _paths(spellings.values()):
        logits = forward(path).float().log_softmax(dim=-1).cpu()
        seen |= {path[:length]: row for length, row in enumerate(logits)}
    return {
        label: math.fsum(float(seen[tokens[:i]][token]) for i, token in enumerate(tokens))
        for label, tokens in spellings.items()
    }


def renormalised(logprobs: Mapping[str, float]) -> Decision:
    """Return the probabilities of the labels, which add up to 1, and what they were together.

    Examples
    --------
    >>> renormalised({"YES": -1.0, "NO": -1.0, "SKIP": -1e9})
    Decision(yes=0.5, no=0.5, skip=0.0, mass=0.7357588823428847)
    """
    most = max(logprobs.values())
    shares = [math.exp(logprobs[label] - most) for label in LABELS]
    whole = math.fsum(shares)
    yes, no, skip = (share / whole for share in shares)
    return Decision(yes, no, skip, min(1.0, whole * math.exp(most)))


def _paths(spellings: Iterable[Spelling]) -> list[Spelling]:
    """Return as few paths as cover every proper prefix of every spelling: one pass of the model each."""
    starts = sorted({tokens[:-1] for tokens in spellings}, key=len, reverse=True)
    paths: list[Spelling] = []
    for start in starts:
        if not any(path[: len(start)] == start for path in paths):
            paths.append(start)
    return paths
