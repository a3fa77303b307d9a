"""A language model in this process that reads words alone: constrained JSON, P(YES) from the logits.

It is asked as vision-language models are (`crossoracle.oracles.adapters.transformers`); only what would show
it pictures is missing. Needs the extra ``local``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any, ClassVar

from transformers import AutoModelForCausalLM, AutoTokenizer, BatchFeature

from crossoracle.encoders.checkpoint import Checkpoint
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.engine import Engine
from crossoracle.oracles.adapters.transformers import Transformers
from crossoracle.oracles.oracle import CallFailed, Question


@dataclass(frozen=True)
class LanguageModel(Transformers):
    """A model in this process; it answers one question at a time, in a thread of its own.

    Parameters
    ----------
    media, max_pixels : str, int
        Without effect: it is shown nothing.

    Raises
    ------
    InputError
        An option is out of range, or would show it a video.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.media != "frames":
            raise InputError(f"{self.model}: media = {self.media!r}, but it is shown nothing; leave it out")

    def describe(self, question: Question) -> dict[str, Any]:
        """Return, as JSON, all that the answer depends on; the prompt as the tokens that this model reads."""
        return super().describe(question) | {"adapter": "language-model"}

    async def ask(self, question: Question) -> str:
        """Let the model answer in its thread, after those that were asked before.

        Raises
        ------
        CallFailed
            The question has pictures, or the device has not enough memory for it.
        """
        if question.clip.frames:
            told = f"{len(question.clip.frames)} frames of {question.clip.dataset}/{question.clip.video_id}"
            raise CallFailed(f"{self.model} reads words alone; it was shown {told}", transient=False)
        return await super().ask(question)

    @cached_property
    def _processor(self) -> Any:
        return Words(self._checkpoint)

    @cached_property
    def _engine(self) -> Engine:
        return TextEngine(self._checkpoint)


class TextEngine(Engine):
    """A language model with its tokenizer; see `Engine`."""

    kind: ClassVar[Any] = AutoModelForCausalLM

    def _processing(self, checkpoint: Checkpoint) -> Words:
        return Words(checkpoint)


class Words:
    """A tokenizer that is spoken to like the processor of a vision-language model, and knows no pictures.

    Parameters
    ----------
    checkpoint : Checkpoint
        Whose tokenizer it is.
    """

    image_processor = SimpleNamespace(size={})

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.tokenizer = checkpoint.load(AutoTokenizer)

    def __call__(self, text: Sequence[str], return_tensors: str, **pictures: Any) -> BatchFeature:
        """Return the tokens of texts; pictures there are none."""
        told = self.tokenizer(
            list(text),
            add_special_tokens=self.tokenizer.chat_template is None,  # a template brings its own
            return_token_type_ids=False,
            return_tensors=return_tensors,
        )
        return BatchFeature(dict(told))

    def apply_chat_template(self, messages: Sequence[Mapping[str, Any]], **options: Any) -> str:
        """Return a conversation as the model's own template writes it; without one, what was said."""
        said = [
            {"role": one["role"], "content": "\n".join(part["text"] for part in one["content"])}
            for one in messages
        ]
        if self.tokenizer.chat_template is None:
            return "\n".join(one["content"] for one in said) + "\n"
        return str(self.tokenizer.apply_chat_template(said, **options))
