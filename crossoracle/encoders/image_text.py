"""Image-text models of transformers, such as CLIP and SigLIP: pictures and texts by two towers.

A word is embedded as a text of its own: these models learned to bring whole texts to pictures, and what their
text tower puts out at the places of single words was never compared with one.

References
----------
Radford et al. (2021), Learning Transferable Visual Models From Natural Language Supervision, ICML.
Zhai et al. (2023), Sigmoid Loss for Language Image Pre-Training, ICCV.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

from crossoracle.encoders.checkpoint import Checkpoint, computing, identify
from crossoracle.errors import InputError

Rows = NDArray[np.float32]
PICTURES_AT_ONCE, TEXTS_AT_ONCE = 64, 256
LESS = 'choose a smaller model, or device = "cpu"'


@dataclass(frozen=True)
class ImageText:
    """An `Encoder` of a checkpoint; one thread computes at a time.

    Parameters
    ----------
    model : str
        The path of a directory, or the name of a repository on the Hugging Face hub.
    revision : str, optional
        Of the repository; by default the newest that is known.
    device, dtype : str
        "auto" takes the accelerator where there is one, and the type of the checkpoint.
    """

    model: str
    revision: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    _alone: RLock = field(default_factory=RLock, repr=False, compare=False)

    @property
    def scale(self) -> float:
        """What cosines are multiplied by before a softmax over texts."""
        with self._alone:
            return float(self._model.logit_scale.double().exp())

    @property
    def alone(self) -> bool:
        """Yes: no picture counts for another."""
        return True

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, the checkpoint and how it computes; no weights are loaded."""
        with self._alone:
            return {"family": "image-text", **self._checkpoint.describe()}

    def prepare(self, frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Return pictures as the model's processor resizes and crops them."""
        with self._alone:
            processor = self._processor
        ready = processor(images=list(frames), do_rescale=False, do_normalize=False, return_tensors="pt")
        small = ready["pixel_values"].permute(0, 2, 3, 1).numpy()
        return np.ascontiguousarray(small).astype(np.uint8, copy=False)

    def embed(self, prepared: NDArray[np.uint8]) -> Rows:
        """Return the embeddings of prepared pictures, (n, d)."""
        parts = [prepared[i : i + PICTURES_AT_ONCE] for i in range(0, len(prepared), PICTURES_AT_ONCE)]
        with self._alone, computing(self._checkpoint, f"{PICTURES_AT_ONCE} pictures", LESS):
            return np.concatenate([self._seen(part) for part in parts])

    def frames(self, frames: Sequence[NDArray[np.uint8]]) -> Rows:
        """Return the embeddings of pictures, (n, d)."""
        return self.embed(self.prepare(frames))

    def texts(self, texts: Sequence[str]) -> Rows:
        """Return the embeddings of texts, (m, d)."""
        for text in texts:
            if not text.strip():
                raise InputError(f"{self.model}: found a text without a word, expected some; name it")
        parts = [list(texts[i : i + TEXTS_AT_ONCE]) for i in range(0, len(texts), TEXTS_AT_ONCE)]
        with self._alone, computing(self._checkpoint, f"{TEXTS_AT_ONCE} texts", LESS):
            return np.concatenate([self._said(part) for part in parts])

    def words(self, text: str) -> Rows:
        """Return the embeddings of the words of a text in their order, (words, d)."""
        return self.texts(text.replace("_", " ").split() or [text])

    def close(self) -> None:
        """Let go of the model and its memory."""
        with self._alone:
            held = [self.__dict__.pop(name, None) for name in ("_model", "_tokenizer", "_processor")]
            self.__dict__.pop("_checkpoint", None)  # another one may lie there when it is needed again
            if held[0] is not None and torch.cuda.is_available():
                del held
                torch.cuda.empty_cache()

    def _seen(self, prepared: NDArray[np.uint8]) -> Rows:
        ready = self._processor(
            images=list(prepared), do_resize=False, do_center_crop=False, return_tensors="pt"
        )
        pixels = ready["pixel_values"].to(self._checkpoint.device, dtype=self._model.dtype)
        return _unit(self._model.get_image_features(pixel_values=pixels))

    def _said(self, texts: list[str]) -> Rows:
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
        return _unit(self._model.get_text_features(**tokens.to(self._checkpoint.device)))

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


def _unit(found: Any) -> Rows:
    """Return embeddings at length 1; newer versions of transformers wrap them."""
    features = (found if isinstance(found, torch.Tensor) else found.pooler_output).double()
    rows: Rows = (features / features.norm(dim=-1, keepdim=True)).float().cpu().numpy()
    return rows
