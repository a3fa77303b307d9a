"""How the tables of a study came about, as a card tells it: what oracles were shown and asked, as recorded.

Of the options only those are told that say something of the oracle; addresses, names of variables and places
of files are nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossoracle.provenance import read_sidecar

FRAMES = ("step_s", "fps", "max_frames", "long_side")
TOLD = ("adapter", "model", "strategy")
PROMPTS = ("prompt", "verify_prompt")
DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]+")  # so many digits tell texts apart


@dataclass(frozen=True)
class Maker:
    """An oracle, and how it was asked.

    Parameters
    ----------
    name : str
        What it is called.
    told : dict of str to str
        Adapter, model, strategy.
    prompts : tuple of str
        The texts that it was asked with, by name and digest.
    frames : dict of str to float
        What it was shown of a video.
    """

    name: str
    told: dict[str, str]
    prompts: tuple[str, ...]
    frames: dict[str, float]


def makers(scores: Path) -> list[Maker]:
    """Return the oracles that a table of scores was made by, as its sidecar tells; the last time each."""
    found: dict[str, Maker] = {}
    for options in _runs(scores):
        frames = {name: options.get("frames", {}).get(name) for name in FRAMES}
        for name, told in options["oracles"].items():
            found[name] = _maker(
                name, told, {key: value for key, value in frames.items() if value is not None}
            )
    return [found[name] for name in sorted(found)]


def _runs(scores: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the options of every run of the verb score, oldest first."""
    record = read_sidecar(scores) or {}
    for event in (*record.get("history", []), record):
        options = event.get("options")
        scored = event.get("verb") == "score" and isinstance(options, Mapping)
        if scored and isinstance(options.get("oracles"), Mapping):
            yield options


def _maker(name: str, told: Mapping[str, Any], frames: dict[str, float]) -> Maker:
    said = {key: _bare(str(told[key])) for key in TOLD if told.get(key) is not None}
    asked = {str(value) for key, value in told.items() if key.startswith(tuple(f"{p} for " for p in PROMPTS))}
    return Maker(name, said, tuple(sorted(DIGEST.sub(r"\1", _bare(one)) for one in asked)), frames)


def _bare(value: str) -> str:
    """Return the name of a model, or that of its file where it is one: not where it lies."""
    name = value.replace("\\", "/")
    local = name.startswith(("/", ".", "~")) or name.count("/") > 1 or ":/" in name
    return name.rsplit("/", 1)[-1] if local else value
