"""Every family of recognizers by name: the built-in ones, and those that other packages bring.

A package adds one by an entry point of the group ``crossoracle.recognizers`` that names a `RecognizerSpec`.
Predictions that were made elsewhere are imported (``crossoracle import``).
"""

from __future__ import annotations

from crossoracle.manifests import every, find
from crossoracle.recognizers.recognizer import RecognizerSpec

GROUP = "crossoracle.recognizers"

FAMILIES = (
    RecognizerSpec(
        "transformers-video",
        "video classifiers of transformers: VideoMAE, V-JEPA 2, TimeSformer, ViViT and the like",
        "crossoracle.recognizers.transformers_video:TransformersVideo",
        extra="local",
    ),
    RecognizerSpec(
        "clip-zero-shot",
        "image-text models such as CLIP: frames against the names of the classes, or descriptions of them",
        "crossoracle.recognizers.clip_zero_shot:ClipZeroShot",
        extra="local",
        open_vocabulary=True,
    ),
    RecognizerSpec(
        "probe",
        "a small classifier of image features in temporal order, trained beforehand and frozen in a file",
        "crossoracle.recognizers.probe:Probe",
    ),
    RecognizerSpec(
        "storyboard",
        "frames weighed by the names of the classes and sub-texts of them, by CLIP or a small two-tower",
        "crossoracle.recognizers.storyboard:Storyboard",
        open_vocabulary=True,
    ),
    RecognizerSpec(
        "narrative",
        "captions of frames that are consistent in time against the names or descriptions of the classes",
        "crossoracle.recognizers.narrative:Narrative",
        open_vocabulary=True,
    ),
)


def families() -> dict[str, RecognizerSpec]:
    """Return every family by name."""
    return every(GROUP, FAMILIES)


def family(name: str) -> RecognizerSpec:
    """Return the manifest of a family."""
    return find("family of recognizers", name, families())
