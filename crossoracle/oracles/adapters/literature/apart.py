"""What was learned from is not asked about: an answer about such a video would be remembered, not found."""

from __future__ import annotations

from collections.abc import Collection

from crossoracle.errors import InputError
from crossoracle.oracles.clip import Clip


def require_other(videos: Collection[tuple[str, str]], clip: Clip, who: str) -> None:
    """Refuse a clip of a video that was learned from.

    Parameters
    ----------
    videos : collection of (str, str)
        The dataset and the video_id of all that were learned from.
    who : str
        What learned from them, for the message.

    Raises
    ------
    InputError
        Its video is one of them.
    """
    if (clip.dataset, clip.video_id) in videos:
        raise InputError(
            f"{who}: found {clip.dataset}/{clip.video_id} among the videos that it learned from, expected "
            "none that is studied; leave it out of the study or of the training"
        )
