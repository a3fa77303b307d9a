"""The narrative of a video, read by a language model in the usual schema.

It is asked by prompts of its own (``scoring_narrative``, ``verification_narrative``), to which the narrative
is added, whatever prompt the study has; no picture is sent. It costs what its reader costs.

References
----------
Peng et al. (2025), LVLM-VAR, arXiv 2509.05695, where the language model is tuned (LoRA); here it is as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.narrative import Narrative
from crossoracle.oracles.adapters.literature.reader import placed, reached, worded
from crossoracle.oracles.listing import key_of
from crossoracle.oracles.oracle import Adapter, Answer, Capabilities, Question
from crossoracle.oracles.reaching import Reached

UNHEEDED = ("scale", "kept_from")
"""Options of those who look things up: presence and importance are the reader's."""

K_MEANS = ("tokens", "seed")
"""Options of the tokens that a clip has of its own."""


@dataclass(frozen=True)
class NarrativeReader(Narrative):
    """Has a language model read the narrative: its prompt is a text of its own, and no picture is sent.

    Parameters
    ----------
    reader : str or mapping
        Who reads, to be given: a preset, or a section below this one with adapter, model and so on.

    Raises
    ------
    InputError
        The reader is not known, or cannot read words alone; or an option is given that it would not heed.
    """

    reader: str | Mapping[str, Any] = field(default="", hash=False)

    name: ClassVar[str] = "narrative-reader"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.reader:
            raise InputError(
                f"{self.name}: found no reader; write reader = and a preset, or a section below this one "
                "with adapter and model"
            )
        for option in UNHEEDED:
            found = getattr(self, option)
            if found != getattr(type(self), option):
                told = f"{option} = {found}, expected none: what counts is what the reader says"
                raise InputError(f"{self.name}: found {told}; leave it out")
        _ = self._reader  # what is wrong with it is told at once

    @classmethod
    def nested(cls, values: Mapping[str, Any], directory: Path) -> dict[str, Any]:
        """Return the reader, of which the files that its adapter declares are those of the study."""
        reader = values.get("reader")
        return {"reader": placed(reader, directory)} if isinstance(reader, Mapping) and reader else {}

    def describe(self, question: Question) -> dict[str, Any]:
        """Return all that the answer depends on: what the narrative is told by, and who reads it, and how.

        Classes are none of it where there are captions, since nothing else is told; nor are the options of
        k-means where there is a codebook.

        Raises
        ------
        InputError
            The codebook was learned from this video.
        """
        told = super().describe(question)
        if self.captions is not None:
            del told["classes"]
        heeded = ("switch",) if self.codebook is not None else ("switch", *K_MEANS)
        reads = self._reader.adapter.describe(worded(question, ""))
        return told | {"options": {name: getattr(self, name) for name in heeded}, "reader": reads}

    async def ask(self, question: Question) -> str:
        """Put the narrative to the reader.

        Raises
        ------
        CallFailed
            The label is none of the classes, or the reader gave no reply.
        """
        put = await asyncio.to_thread(self._put, question)
        return await self._reader.adapter.ask(put)

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply of the reader apart."""
        return self._reader.adapter.read(raw, replace(question, clip=replace(question.clip, frames=())))

    async def probe(self) -> Capabilities:
        """Say what is known without a call: that of others would send a picture."""
        return Capabilities(native_video=False)

    async def close(self) -> None:
        """Let go of the encoder and of the reader."""
        await super().close()
        await self._reader.adapter.close()

    @property
    def behind(self) -> Adapter:
        """Who answers, and costs what there is to pay."""
        return self._reader.adapter

    @property
    def priced_as(self) -> str | None:
        """How the reader is priced."""
        if not self._reader.spec.paid:
            return "free"
        priced: str | None = getattr(self._reader.adapter, "priced_as", None)
        return priced

    @property
    def temperature(self) -> float | None:
        """The reader's; runs differ by it."""
        told: float | None = getattr(self._reader.adapter, "temperature", None)
        return told

    @property
    def key_env(self) -> str | None:
        """The environment variable of the reader's key, where it needs one."""
        return key_of(self._reader)

    at_home: ClassVar[bool] = True
    """Whether a key is needed is known from the reader's address alone."""

    def _put(self, question: Question) -> Question:
        return worded(question, self.narrative(question.clip))

    @cached_property
    def _reader(self) -> Reached:
        return reached(self.reader)
