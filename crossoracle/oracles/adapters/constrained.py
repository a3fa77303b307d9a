"""Replies that cannot go wrong: a grammar, made for the clip, masks what a model may write next.

Free whitespace is forbidden: a greedy model may write it to the limit of tokens. Needs llguidance, and torch
where a mask is applied; neither is loaded before it is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crossoracle.errors import CrossoracleError
from crossoracle.oracles.oracle import Kind
from crossoracle.replies import score_schema, verify_schema

if TYPE_CHECKING:
    import torch
    from llguidance import LLTokenizer

SPACING: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""As json.dumps and most models write it."""


def exact(kind: Kind, n_segments: int) -> dict[str, Any]:
    """Return the schema of a reply that leaves no room for one without end, or about other segments.

    Ranges and lengths are those of `crossoracle.replies`; besides, each segment is rated once, and in order.

    Parameters
    ----------
    kind : {"score", "verify"}
        What is asked.
    n_segments : int
        How many segments the clip has.
    """
    if kind == "verify":
        return verify_schema()
    schema = score_schema(n_segments)
    segments = schema["properties"]["segments"]
    item = segments["items"]
    segments["prefixItems"] = [
        {**item, "properties": {**item["properties"], "segment": {"const": segment}}}
        for segment in range(n_segments)
    ]
    segments["items"] = False
    return schema


class Constraint:
    """A grammar on its way through one reply: a logits processor and a stopping criterion of transformers.

    Parameters
    ----------
    tokenizer : llguidance.LLTokenizer
        The model's, made once.
    schema : mapping
        What the reply must satisfy.
    written : sequence of int
        The tokens of the reply that are there already.

    Raises
    ------
    CrossoracleError
        The grammar or the first tokens do not fit.
    """

    def __init__(self, tokenizer: LLTokenizer, schema: Mapping[str, Any], written: Sequence[int]) -> None:
        from llguidance import LLMatcher
        from llguidance.numpy import allocate_token_bitmask

        grammar = LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=SPACING)
        self._matcher = LLMatcher(tokenizer, grammar)
        self._mask = allocate_token_bitmask(1, tokenizer.vocab_size)
        self._accepted(self._matcher.consume_tokens(list(written)))

    @property
    def finished(self) -> bool:
        """Whether the reply is complete: nothing may follow."""
        return bool(self._matcher.is_stopped())

    def process(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the logits (1, vocabulary) with minus infinity wherever a token would break the grammar."""
        import torch

        allowed = torch.from_numpy(self.allowed(scores.shape[-1])).to(scores.device)
        return scores.masked_fill(~allowed, float("-inf"))

    def stop(self, ids: torch.Tensor, scores: torch.Tensor, **rest: Any) -> torch.Tensor:
        """Take in the token that was just written, (1, length), and say whether the reply is complete."""
        import torch

        self._accepted(self._matcher.consume_token(int(ids[0, -1])))
        return torch.tensor([self.finished], device=ids.device)

    def allowed(self, size: int) -> NDArray[np.bool_]:
        """Return which tokens of a vocabulary of some size may follow, (size,); what it lacks may not."""
        from llguidance.numpy import fill_next_token_bitmask

        fill_next_token_bitmask(self._matcher, self._mask)
        bits = np.unpackbits(self._mask.view(np.uint8)[0], bitorder="little", count=size)
        return bits.astype(bool)

    def _accepted(self, taken: bool) -> None:
        if not taken:
            raise CrossoracleError(f"constrained reply: {self._matcher.get_error() or 'a token was refused'}")
