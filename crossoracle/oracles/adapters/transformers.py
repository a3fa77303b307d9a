"""Models of the Qwen3-VL and InternVL families in this process: constrained JSON, P(YES) from the logits."""

from __future__ import annotations

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, get_args

import torch
from transformers import AutoProcessor

from crossoracle.encoders.checkpoint import DTYPES, Checkpoint, identify, loading
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.constrained import exact
from crossoracle.oracles.adapters.decision import opening, renormalised
from crossoracle.oracles.adapters.engine import Engine
from crossoracle.oracles.adapters.showing import Media, conversation, pictures, told
from crossoracle.oracles.oracle import Answer, CallFailed, Capabilities, Question

GRAMMAR = "llguidance"


@dataclass(frozen=True)
class Transformers:
    """A model in this process; it answers one question at a time, in a thread of its own.

    Parameters
    ----------
    model : str
        The path of a directory, or the name of a repository on the Hugging Face hub.
    revision : str, optional
        Of the repository; by default the newest that is known.
    device, dtype : str
        "auto" takes the accelerator where there is one, and the type of the checkpoint.
    max_new_tokens : int
        The longest reply; it is truncated there.
    media : {"frames", "video"}
        Labelled images, or the same frames as one video after their labels.
    temperature : float
        0 writes the likeliest token each time; P(YES) never depends on it.
    seed : int
        What sampling derives from, where the temperature is not 0.
    max_pixels : int
        The largest picture; larger frames are shrunk by the model's processor.
    """

    model: str
    revision: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    max_new_tokens: int = 4096
    media: Media = "frames"
    temperature: float = 0.0
    seed: int = 0
    max_pixels: int = 448 * 448

    places: ClassVar[tuple[str, ...]] = ("model",)
    way: ClassVar[int] = 1
    """Counts up when the same question would be put, or its P(YES) measured, in another way."""

    def __post_init__(self) -> None:
        for name, known in (("media", get_args(Media)), ("dtype", DTYPES)):
            if getattr(self, name) not in known:
                found = getattr(self, name)
                raise InputError(f"{self.model}: {name} = {found!r}, expected one of {', '.join(known)}")
        for name, least in (("max_new_tokens", 1), ("temperature", 0), ("max_pixels", 1)):
            if not getattr(self, name) >= least:
                found = getattr(self, name)
                raise InputError(f"{self.model}: {name} = {found}, expected {least} or more; change it")

    def describe(self, question: Question) -> dict[str, Any]:
        """Return, as JSON, all that the answer depends on; the prompt as the tokens that this model reads.

        The schema is the one that the grammar is made of; it stands as text, since its order matters.
        """
        clip = question.clip
        return {
            "adapter": "transformers",
            "way": self.way,
            **self._checkpoint.describe(GRAMMAR),
            "media": self.media,
            "processor": told(self._processor, self.media, len(clip.frames), self.max_pixels),
            "max_new_tokens": self.max_new_tokens,
            "temperature": self.temperature,
            "seed": self.seed if self.temperature else None,
            "kind": question.kind,
            "prompt": question.prompt,
            "prompt_digest": question.prompt_digest,
            "prompt_tokens": self._prompt_tokens(question),
            "schema": json.dumps(exact(question.kind, len(clip.segments))),
            "clip": clip.digest,
            "sample": question.sample,
        }

    async def ask(self, question: Question) -> str:
        """Let the model answer in its thread, after those that were asked before.

        Raises
        ------
        CallFailed
            The device has not enough memory for the question.
        InputError
            The model cannot be loaded, or its device is not there or too small.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, question)

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply apart; P(YES) is computed from the stored log-probabilities."""
        reply = json.loads(raw)
        decision = renormalised(reply["logprobs"])
        return Answer(
            text=reply["text"],
            finish=reply["finish"],
            p_yes=decision.yes,
            p_source="logits",
            label_mass=decision.mass,
            model=reply["model"],
            input_tokens=reply["input_tokens"],
            output_tokens=reply["output_tokens"],
            cost_usd=0.0,
            detail=f"low label mass {decision.mass:.2g}" if decision.suspect else None,
        )

    async def probe(self) -> Capabilities:
        """Say what is known without a call."""
        return Capabilities(logprobs=True, structured=True, native_video=self.media == "video")

    async def close(self) -> None:
        """Let go of the thread, and of the model with its memory."""
        thread = self.__dict__.pop("_thread", None)
        if thread is not None:
            await asyncio.to_thread(thread.shutdown)
        self.__dict__.pop("_loaded", None)
        if self.__dict__.pop("_engine", None) is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _answer(self, question: Question) -> str:
        clip, engine = question.clip, self._loaded
        if isinstance(engine, InputError):
            raise InputError(str(engine)) from engine
        try:
            reply = engine.reply(
                self._prompt(engine.processor, question),
                pictures(clip, self.media, engine.processor, self.max_pixels),
                exact(question.kind, len(clip.segments)),
                max_new_tokens=self.max_new_tokens,
                temperature=self.temperature,
                seed=self._seed(question),
            )
        except torch.OutOfMemoryError as error:
            shown = f"{len(clip.frames)} frames of {clip.dataset}/{clip.video_id}"
            raise CallFailed(
                f"{self._checkpoint.name}: {shown} need more memory than {self._checkpoint.device} has; "
                "show fewer or smaller ones (max_frames, max_pixels)",
                transient=False,
            ) from error
        return json.dumps(
            {
                "text": reply.text,
                "finish": "stop" if reply.finished else "length",
                "logprobs": reply.logprobs,
                "model": str(self._checkpoint),
                "input_tokens": reply.input_tokens,
                "output_tokens": reply.output_tokens,
            }
        )

    def _prompt(self, processor: Any, question: Question) -> str:
        messages = conversation(question.clip, question.prompt, self.media)
        with loading(self._checkpoint.name):
            return str(processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))

    def _prompt_tokens(self, question: Question) -> str:
        """Return the digest of the tokens before pictures take their places: versions write prompts anew."""
        text = self._prompt(self._processor, question) + opening(question.schema)[0]
        tokens = self._processor.tokenizer.encode(text, add_special_tokens=False)
        return hashlib.sha256(json.dumps(list(tokens)).encode()).hexdigest()

    def _seed(self, question: Question) -> int:
        clip = question.clip
        name = json.dumps(
            [self.seed, clip.dataset, clip.video_id, question.kind, clip.digest, question.sample]
        )
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 1

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        return identify(self.model, self.revision, self.device, self.dtype)

    @cached_property
    def _processor(self) -> Any:
        """For `describe`, beside the engine's own: tokenizers do not bear two threads at once."""
        return self._checkpoint.load(AutoProcessor)

    @cached_property
    def _engine(self) -> Engine:
        return Engine(self._checkpoint)

    @cached_property
    def _loaded(self) -> Engine | InputError:
        """The engine, or why there is none: that is found out once, and not for each question."""
        try:
            return self._engine
        except InputError as error:
            return error

    @cached_property
    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="local model")
