"""Video classifiers of transformers: VideoMAE, V-JEPA 2, TimeSformer, ViViT and whatever else it knows.

Frames go through the model's own processor, in two parts with the same result as in one: each frame of a
video is resized once (`prepare`), and clips of such frames are cropped and normalised (`predict`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForVideoClassification, AutoVideoProcessor

from crossoracle.encoders.checkpoint import Checkpoint, computing, identify
from crossoracle.errors import InputError
from crossoracle.recognizers.recognizer import Frames, Probabilities

LENGTHS = ("frames_per_clip", "num_frames")
"""What configurations call the number of frames of a clip."""

UNSEEN = {"do_sample_frames": False, "return_tensors": "pt"}


@dataclass(frozen=True)
class TransformersVideo:
    """A video classifier.

    Parameters
    ----------
    model : str
        The path of a directory, or the name of a repository on the Hugging Face hub.
    revision : str, optional
        Of the repository; by default the newest that is known.
    device, dtype : str
        "auto" takes the accelerator where there is one, and the type of the checkpoint.
    crops : int
        1 shows the centre of the picture; 3 show both ends of its long side, too: probabilities are averaged.
    """

    model: str
    revision: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    crops: int = 1

    paths: ClassVar[tuple[str, ...]] = ("model",)

    def __post_init__(self) -> None:
        if self.crops not in (1, 3):
            raise InputError(f"{self.model}: crops is {self.crops}, expected 1 or 3; change it")

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes."""
        names: dict[int, str] = self._config.id2label
        return tuple(str(names[i]) for i in range(len(names)))

    @cached_property
    def frames(self) -> int:
        """How many frames a clip has."""
        found = next((n for name in LENGTHS if (n := getattr(self._config, name, None))), None)
        if found is None:
            raise InputError(
                f"model {self._checkpoint.name}: found no number of frames in its configuration, expected "
                f"{' or '.join(LENGTHS)}; this is no video classifier that is known"
            )
        return int(found)

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that a prediction depends on; no weights are loaded."""
        return {"family": "transformers-video", "crops": self.crops, **self._checkpoint.describe()}

    def prepare(self, frames: Frames) -> Frames:
        """Return frames as the model's processor resizes them."""
        resized = self._processor(
            videos=[_tensor(frames)],
            do_center_crop=False,
            do_rescale=False,
            do_normalize=False,
            **UNSEEN,
        )
        small = resized[self._input][0].permute(0, 2, 3, 1)
        return np.ascontiguousarray(small.numpy()).astype(np.uint8, copy=False)

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        """Return the probability of each class for each clip, shape (clips, classes)."""
        views = [view for clip in clips for view in self._views(clip)]
        with computing(self._checkpoint, f"{len(clips)} clips", "give a smaller --batch"):
            ready = self._processor(
                videos=[_tensor(view) for view in views],
                do_resize=False,
                device=self._checkpoint.device,
                **UNSEEN,
            )[self._input]
            inputs = ready.to(self._checkpoint.device, dtype=self._model.dtype)
            logits = self._model(**{self._input: inputs}).logits.double()
            each = logits.softmax(dim=-1).cpu().numpy()
        found: Probabilities = each.reshape(len(clips), self.crops, -1).mean(axis=1)
        return found

    def close(self) -> None:
        """Let go of the model and its memory."""
        if self.__dict__.pop("_model", None) is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _views(self, clip: Frames) -> list[Frames]:
        """Return a clip as often as it is cropped; the processor takes the centre of each view."""
        if self.crops == 1:
            return [clip]
        height, width = clip.shape[1:3]
        side = min(max(self._crop), height, width)
        if height > width:
            return [clip[:, :side], clip, clip[:, -side:]]
        return [clip[:, :, :side], clip, clip[:, :, -side:]]

    @cached_property
    def _crop(self) -> tuple[int, int]:
        found = self._processor.crop_size if self._processor.do_center_crop else None
        if found is None:
            raise InputError(
                f"model {self._checkpoint.name}: crops is {self.crops}, but its processor crops nothing, "
                "expected 1; drop crops"
            )
        return int(found["height"]), int(found["width"])

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        return identify(self.model, self.revision, self.device, self.dtype)

    @cached_property
    def _config(self) -> Any:
        return self._checkpoint.load(AutoConfig)

    @cached_property
    def _processor(self) -> Any:
        return self._checkpoint.load(AutoVideoProcessor)

    @cached_property
    def _input(self) -> str:
        """What the model calls its pictures."""
        return str(self._processor.model_input_names[0])

    @cached_property
    def _model(self) -> Any:
        return self._checkpoint.model(AutoModelForVideoClassification)


def _tensor(frames: Frames) -> torch.Tensor:
    """Return frames as processors take them, shape (frames, 3, height, width)."""
    return torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2)
