"""A recognizer that takes its time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from crossoracle.errors import InputError
from crossoracle.recognizers.recognizer import Frames, Probabilities
from tests.recognizers.colours import Colours

TAKES_S = 0.05


@dataclass(frozen=True)
class Slow(Colours):
    """As `Colours`; with so little memory that it takes no more than ``most`` clips."""

    most: int = 100

    def predict(self, clips: Sequence[Frames]) -> Probabilities:
        if len(clips) > self.most:
            raise InputError(f"{len(clips)} clips at a time need more memory than the device has")
        time.sleep(TAKES_S)
        return super().predict(clips)
