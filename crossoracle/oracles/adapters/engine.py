"""A vision-language model in this process: loaded once, asked one question at a time.

Needs the extra ``local``; it is loaded with the adapter `adapters.transformers.Transformers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import llguidance.hf
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor, GenerationConfig

from crossoracle.encoders.checkpoint import Checkpoint
from crossoracle.oracles.adapters.constrained import Constraint
from crossoracle.oracles.adapters.decision import measured, opening

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Reply:
    """What a model wrote, and what it would have decided.

    Parameters
    ----------
    text : str
        JSON in the schema; broken off where `finished` is false.
    finished : bool
        Whether it is complete; else the limit of tokens was reached.
    logprobs : dict of str to float
        Of each label that it decides between; see `crossoracle.oracles.adapters.decision`.
    input_tokens, output_tokens : int
        Frames count by their tokens.
    """

    text: str
    finished: bool
    logprobs: dict[str, float]
    input_tokens: int
    output_tokens: int


class Engine:
    """A model with its processor.

    Parameters
    ----------
    checkpoint : Checkpoint
        What to load, where, and as what.

    Raises
    ------
    InputError, NotInstalledError
        The checkpoint cannot be loaded, or is not of an image-text model.
    """

    kind: ClassVar[Any] = AutoModelForImageTextToText

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.processor = self._processing(checkpoint)
        self._tokenizer = self.processor.tokenizer
        self._model = checkpoint.model(self.kind)
        end = self._tokenizer.eos_token_id
        # What a checkpoint says about sampling must not mix with the options of the study.
        self._model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=end)
        self._grammar = llguidance.hf.from_tokenizer(self._tokenizer)

    def _processing(self, checkpoint: Checkpoint) -> Any:
        """Return what makes tensors of what the model is told."""
        return checkpoint.load(AutoProcessor)

    def reply(
        self,
        prompt: str,
        pictures: Mapping[str, Any],
        schema: Mapping[str, Any],
        *,
        max_new_tokens: int,
        temperature: float,
        seed: int,
    ) -> Reply:
        """Let the model answer.

        Parameters
        ----------
        prompt : str
            The conversation, as the model's own template writes it.
        pictures : mapping
            From `crossoracle.oracles.adapters.showing.pictures`.
        schema : mapping
            What the reply must satisfy; its first property is the decision.
        max_new_tokens, temperature, seed : int, float, int
            The longest reply; 0 for the likeliest token each time; what sampling derives from.
        """
        begun, labels = opening(schema)
        written = self._tokens(begun)
        spellings = {label: tuple(self._tokens(label)) for label in labels}
        constraint = Constraint(self._grammar, schema, written)
        drawn = {"temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature > 0 else {}
        with torch.inference_mode(), _seeded(seed, self._model.device):
            inputs = extended(self._shown(prompt, pictures), written)
            logprobs = measured(lambda path: self._logits(inputs, path), spellings)
            sequence = self._model.generate(
                **inputs,
                max_new_tokens=max_new_tokens,
                do_sample=temperature > 0,
                **drawn,
                logits_processor=[constraint.process],
                stopping_criteria=[constraint.stop],
            )
        length = inputs["input_ids"].shape[1]
        tokens = sequence[0, length:].tolist()
        text = begun + self._tokenizer.decode(tokens, skip_special_tokens=True)
        return Reply(text, constraint.finished, logprobs, length, len(tokens))

    def _shown(self, prompt: str, pictures: Mapping[str, Any]) -> Tensors:
        inputs = self.processor(text=[prompt], return_tensors="pt", **pictures)
        inputs = inputs.to(self._model.device, dtype=self._model.dtype)
        return {name: value for name, value in inputs.items() if isinstance(value, torch.Tensor)}

    def _logits(self, inputs: Tensors, path: tuple[int, ...]) -> torch.Tensor:
        whole = extended(inputs, list(path))
        return self._model(**whole, use_cache=False, logits_to_keep=len(path) + 1).logits[0]

    def _tokens(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))


def extended(inputs: Tensors, tokens: list[int]) -> Tensors:
    """Return inputs with further tokens of text behind them; what runs along the tokens grows with them."""
    shape = inputs["input_ids"].shape
    return {
        name: torch.cat([value, _added(name, value, tokens)], dim=1) if value.shape == shape else value
        for name, value in inputs.items()
    }


def _added(name: str, value: torch.Tensor, tokens: list[int]) -> torch.Tensor:
    """Return what belongs to tokens of text: themselves, attention 1, type 0 (neither image nor video)."""
    added = {"input_ids": tokens, "attention_mask": [1] * len(tokens)}.get(name, [0] * len(tokens))
    return torch.tensor([added], dtype=value.dtype, device=value.device)


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Sample from a seed, and leave the random state of the process as it was."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield
