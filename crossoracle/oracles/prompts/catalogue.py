"""Every prompt by name: those that come with crossoracle, and files of the user's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.oracles.oracle import Kind
from crossoracle.oracles.prompts.prompt import Prompt

SUFFIX = ".jinja"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Declared:
    """A prompt that comes with crossoracle: the file NAME.vVERSION.jinja beside this module.

    Parameters
    ----------
    name, version : str and int
        Together they name the file; a name alone stands for its newest version.
    kind : {"score", "verify"}
        Which question it asks.
    meaning : str
        What it is for.
    """

    name: str
    version: int
    kind: Kind
    meaning: str

    @property
    def full_name(self) -> str:
        """Name and version: "verification.v1"."""
        return f"{self.name}.v{self.version}"


PROMPTS = (
    Declared("scoring_general", 1, "score", "any dataset"),
    Declared(
        "scoring_hand_object", 1, "score", "hands that do something with an object (Something-Something)"
    ),
    Declared("scoring_scene", 1, "score", "activities that scene and equipment give away (Kinetics)"),
    Declared("scoring_diving", 1, "score", "dives, and other sports told apart finely (Diving48)"),
    Declared("scoring_narrative", 1, "score", "an account of a video in words, for a model that sees none"),
    Declared(
        "verification", 1, "verify", "whether what is shown is the action: precheck, greedy removal, controls"
    ),
    Declared(
        "verification_narrative",
        1,
        "verify",
        "the same of an account in words, for a model that sees none",
    ),
)


def prompt(name: str, kind: Kind, directory: Path | None = None) -> Prompt:
    """Return a prompt.

    Parameters
    ----------
    name : str
        Of `PROMPTS`, with its version or without, or the path of a file that ends in .jinja.
    kind : {"score", "verify"}
        Which question it is to ask.
    directory : path, optional
        What a path is relative to: the study.

    Raises
    ------
    UnknownNameError, InputError
        No prompt has that name; it asks the other question; the file is missing or no template.
    """
    if name.endswith(SUFFIX):
        return _own((directory or Path()) / name)
    declared = known(kind).get(name)
    if declared is None and name in known(_other(kind)):
        fit = ", ".join(sorted(one.name for one in PROMPTS if one.kind == kind))
        raise InputError(f"prompt {name!r} asks to {_other(kind)}; expected one that asks to {kind}: {fit}")
    if declared is None:
        raise UnknownNameError(f"prompt (or path of a {SUFFIX} file)", name, known(kind))
    return _built_in(declared)


def known(kind: Kind) -> dict[str, Declared]:
    """Return the prompts that ask a question, by name and by full name."""
    fit = sorted((one for one in PROMPTS if one.kind == kind), key=lambda one: one.version)
    return {one.full_name: one for one in fit} | {one.name: one for one in fit}


def _other(kind: Kind) -> Kind:
    return "verify" if kind == "score" else "score"


@cache
def _built_in(declared: Declared) -> Prompt:
    text = (HERE / f"{declared.full_name}{SUFFIX}").read_bytes()
    return Prompt(declared.name, f"v{declared.version}", text.decode(), hashlib.sha256(text).hexdigest())


def _own(path: Path) -> Prompt:
    if not path.is_file():
        raise InputError(f"prompt {path}: found no such file; correct the path (relative to the study)")
    text = path.read_bytes()
    try:
        return Prompt(str(path), "own", text.decode(), hashlib.sha256(text).hexdigest())
    except UnicodeDecodeError as error:
        raise InputError(f"prompt {path}: found bytes that are not UTF-8; save it as UTF-8") from error
