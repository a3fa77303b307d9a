"""Every family of recognizers by name: the built-in ones, and those that other packages bring.

A package adds one by an entry point of the group ``crossoracle.recognizers`` that names a `RecognizerSpec`.
Predictions that were made elsewhere are imported (``crossoracle import``).
"""

from __future__ import annotations

from importlib.metadata import entry_points

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.recognizers.recognizer import RecognizerSpec

GROUP = "crossoracle.recognizers"

FAMILIES = (
    RecognizerSpec(
        "transformers-video",
        "video classifiers of transformers: VideoMAE, V-JEPA 2, TimeSformer, ViViT and the like",
        "crossoracle.recognizers.transformers_video:TransformersVideo",
        "local",
    ),
    RecognizerSpec(
        "clip-zero-shot",
        "image-text models such as CLIP: frames against the names of the classes",
        "crossoracle.recognizers.clip_zero_shot:ClipZeroShot",
        "local",
        open_vocabulary=True,
    ),
    RecognizerSpec(
        "probe",
        "a small classifier of image features in temporal order, trained beforehand and frozen in a file",
        "crossoracle.recognizers.probe:Probe",
    ),
)


def families() -> dict[str, RecognizerSpec]:
    """Return every family by name.

    Raises
    ------
    InputError
        Two families have the same name.
    """
    known: dict[str, RecognizerSpec] = {}
    for spec in (*FAMILIES, *(point.load() for point in entry_points(group=GROUP))):
        if spec.name in known:
            both = f"{known[spec.name].path} and {spec.path}"
            raise InputError(
                f"recognizer {spec.name!r}: found two ({both}), expected one; uninstall the package of one"
            )
        known[spec.name] = spec
    return known


def family(name: str) -> RecognizerSpec:
    """Return the manifest of a family.

    Raises
    ------
    UnknownNameError
        No family has that name; the message names the nearest.
    """
    known = families()
    if name not in known:
        raise UnknownNameError("family of recognizers", name, known)
    return known[name]
