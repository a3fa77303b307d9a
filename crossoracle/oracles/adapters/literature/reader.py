"""Who reads a narrative: a language model behind an adapter that reads prompts; it is sent no picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from crossoracle.errors import InputError
from crossoracle.oracles.catalogue import ADAPTERS
from crossoracle.oracles.oracle import Kind, Question
from crossoracle.oracles.prompts.catalogue import prompt
from crossoracle.oracles.reaching import Reached, chosen, files_of, reach
from crossoracle.oracles.settings import Settings, settings

READERS = ("openai", "gemini", "anthropic", "language-model")
"""Built-in adapters that can do without pictures; those of other packages are taken at their word."""

TEXTS: Mapping[Kind, str] = {"score": "scoring_narrative.v1", "verify": "verification_narrative.v1"}


def reached(reader: str | Mapping[str, Any], directory: Path | None = None) -> Reached:
    """Make the adapter of a reader; nothing is asked yet.

    Parameters
    ----------
    reader : str or mapping
        The name of a preset, or what would stand in a section [oracles.NAME] of study.toml.
    directory : path, optional
        The study, which options that are paths are relative to.

    Raises
    ------
    InputError, UnknownNameError
        It is not known, cannot read words alone, or one of its options is wrong.
    NotInstalledError
        It needs something that is not installed.
    """
    if isinstance(reader, str):
        known, name = Settings(), reader
    else:
        known, name = settings({"oracles": {"reader": reader}}, "the reader"), "reader"
    found = reach(chosen(known, (name,))[0], directory)
    if found.spec in ADAPTERS and found.spec.name not in READERS:
        raise InputError(
            f"reader: found adapter {found.spec.name}, expected one that reads words alone "
            f"({', '.join(READERS)}); choose another"
        )
    if getattr(found.adapter, "media", "frames") != "frames":
        raise InputError('reader: found media = "video", but it is shown nothing; leave it out')
    if "@" in str(getattr(found.adapter, "base_url", None) or ""):
        raise InputError("reader: base_url has a name or a password in it; use api_key_env instead")
    return found


def placed(reader: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """Return the section of a reader, of which the files that its adapter declares are those of the study."""
    made = reached(reader, directory).adapter
    return {**reader, **{name: getattr(made, name) for name in files_of(type(made)) if name in reader}}


def worded(question: Question, narrative: str) -> Question:
    """Return a question as it is put to a reader: in other words, and without a picture."""
    text, clip = prompt(TEXTS[question.kind], question.kind), replace(question.clip, frames=())
    asked = "\n\n".join(filter(None, (text.render(clip), narrative)))
    return replace(question, clip=clip, prompt=asked, prompt_digest=text.digest)
