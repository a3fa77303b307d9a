"""What trained oracles see of a frame: the image features of this package, or the embeddings of an encoder.

The features need no weights: edges, colours, movement and texture (`crossoracle.encoders.features`), one
behind the other. They are computed on pictures of 48 x 48, and so are cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.features import FEATURES, SIDE, prepared

Rows = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class Sight(Protocol):
    """What makes rows of numbers of frames; every encoder is one."""

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, all that the rows depend on beside the frames."""

    def frames(self, frames: Sequence[Pixels]) -> Rows:
        """Return one row for each frame, (frames, d), of frames in the order of time."""

    def close(self) -> None:
        """Let go of the memory."""


@dataclass(frozen=True)
class Features:
    """All image features of this package, one behind the other."""

    def describe(self) -> dict[str, Any]:
        """Return their names, and the size of the pictures."""
        return {"features": list(FEATURES), "side": SIDE}

    def frames(self, frames: Sequence[Pixels]) -> Rows:
        """Return one row for each frame, of frames of any size in the order of time."""
        small = prepared(frames)
        return np.concatenate([feature.of(small) for feature in FEATURES.values()], axis=1)

    def close(self) -> None:
        """Do nothing: nothing is held."""


def sight(encoder: str | None = None, *, device: str = "auto") -> Sight:
    """Return what sees frames: the features, or an encoder by its file or its checkpoint, on a device."""
    if encoder is None:
        return Features()
    from crossoracle.encoders.encoder import encoder as loaded

    found: Sight = loaded(encoder, device=device)
    return found
