"""Image-text models such as CLIP and SigLIP: each frame against the names of the classes, frames averaged.

A class is the mean of its prompts' embeddings, a clip the mean of its frames' embeddings, each of length 1;
probabilities are the softmax of their scaled cosines (Radford et al., 2021). The order of frames does not
count.

References
----------
Radford et al. (2021), Learning Transferable Visual Models From Natural Language Supervision, ICML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

from crossoracle.errors import InputError
from crossoracle.recognizers.checkpoint import Checkpoint, computing, identify
from crossoracle.recognizers.recognizer import Frames, Probabilities

PLACE = "{label}"
PROMPTS_AT_ONCE = 256


@dataclass(frozen=True)
class ClipZeroShot:
    """An image-text model that was never trained on the classes.

    Parameters
    ----------
    model : str
        The path of a directory, or the name of a repository on the Hugging Face hub.
    classes : tuple of str
        The labels of the videos.
    revision : str, optional
        Of the repository; by default the newest that is known.
    device, dtype : str
        "auto" takes the accelerator where there is one, and the type of the checkpoint.
    frames : int
        How many frames of a clip are looked at.
    prompts : tuple of str
        What is said of a class; "{label}" stands for its name, with spaces for underscores.
    """

    model: str
    classes: tuple[str, ...]
    revision: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    frames: int = 16
    prompts: tuple[str, ...] = ("a video of {label}.", "a photo of {label}.", "a person doing {label}.")

    paths: ClassVar[tuple[str, ...]] = ("model",)

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise InputError(f"{self.model}: frames is {self.frames}, expected 1 or more; change it")
        for prompt in self.prompts:
            if PLACE not in prompt:
                raise InputError(f"{self.model}: found prompt {prompt!r}, expected {PLACE} in it; add it")
        if not self.prompts:
            raise InputError(f"{self.model}: found no prompts, expected at least one; drop the option")

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that a prediction depends on beside its classes; no weights are loaded."""
        shown = {"prompts": list(self.prompts), "frames": self.frames}
        return {"family": "clip-zero-shot", **shown, **self._checkpoint.describe()}

    def prepare(self, frames: Frames) -> Frames:
        """Return frames as the model's processor resizes and crops them."""
        ready = self._processor(
            images=list(frames), do_rescale=False, do_normalize=False, return_tensors="pt"
        )
        small = ready["pixel_values"].permute(0, 2, 3, 1).numpy()
        return np.ascontiguousarray(small).astype(np.uint8, copy=False)

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return the probability of each class for each clip, shape (clips, classes)."""
        with computing(self._checkpoint, len(clips)):
            of_clips = torch.stack([_unit(_unit(seen).mean(dim=0)) for seen in self._seen(clips)])
            logits = self._scale * of_clips @ self._named.T
            found: Probabilities = logits.softmax(dim=-1).cpu().numpy()
        return found

    def close(self) -> None:
        """Let go of the model and its memory."""
        self.__dict__.pop("_named", None)
        if self.__dict__.pop("_model", None) is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _seen(self, clips: Sequence[Frames]) -> list[torch.Tensor]:
        """Return the embeddings of the frames of each clip; a frame that is there twice is embedded once."""
        number: dict[bytes, int] = {}
        places = [[number.setdefault(frame.tobytes(), len(number)) for frame in clip] for clip in clips]
        frames = {frame.tobytes(): frame for clip in clips for frame in clip}
        ready = self._processor(
            images=[frames[name] for name in number],
            do_resize=False,
            do_center_crop=False,
            return_tensors="pt",
        )
        pixels = ready["pixel_values"].to(self._checkpoint.device, dtype=self._model.dtype)
        embedded = _pooled(self._model.get_image_features(pixel_values=pixels))
        return [embedded[place] for place in places]

    @cached_property
    def _named(self) -> torch.Tensor:
        """The embeddings of the classes, shape (classes, features)."""
        texts = [
            prompt.replace(PLACE, name.replace("_", " ")) for name in self.classes for prompt in self.prompts
        ]
        parts = [texts[i : i + PROMPTS_AT_ONCE] for i in range(0, len(texts), PROMPTS_AT_ONCE)]
        embedded = _unit(torch.cat([self._said(part) for part in parts]))
        return _unit(embedded.reshape(len(self.classes), len(self.prompts), -1).mean(dim=1))

    def _said(self, texts: list[str]) -> torch.Tensor:
        longest = self._model.config.text_config.max_position_embeddings
        # SigLIP was trained on texts that are filled up to the longest.
        fill = "max_length" if "siglip" in self._model.config.model_type else True
        tokens = self._tokenizer(
            texts,
            padding=fill,
            truncation=True,
            max_length=longest,
            return_tensors="pt",
            return_token_type_ids=False,
        )
        return _pooled(self._model.get_text_features(**tokens.to(self._checkpoint.device)))

    @property
    def _scale(self) -> torch.Tensor:
        scale: torch.Tensor = self._model.logit_scale.double().exp()
        return scale

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        return identify(self.model, self.revision, self.device, self.dtype)

    @cached_property
    def _processor(self) -> Any:
        return self._checkpoint.load(AutoImageProcessor)

    @cached_property
    def _tokenizer(self) -> Any:
        return self._checkpoint.load(AutoTokenizer)

    @cached_property
    def _model(self) -> Any:
        made = self._checkpoint.model(AutoModel)
        if not hasattr(made, "get_image_features") or not hasattr(made, "logit_scale"):
            raise InputError(
                f"model {self._checkpoint.name}: found no image-text model with a scale of logits, "
                "expected one such as CLIP; choose another"
            )
        return made


def _pooled(found: Any) -> torch.Tensor:
    """Return embeddings in double precision; newer versions of transformers wrap them."""
    features: torch.Tensor = found if isinstance(found, torch.Tensor) else found.pooler_output
    return features.double()


def _unit(features: torch.Tensor) -> torch.Tensor:
    return features / features.norm(dim=-1, keepdim=True)
