"""What was asked in a study: of which videos, of which oracles, with which prompts, and shown how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from crossoracle.report.material import Material
from crossoracle.tables import connect, read
from crossoracle.tables.wording import several

TOLD = ("adapter", "model", "temperature")
"""What is told of an oracle; the provenance beside the scores has all of it."""


@dataclass(frozen=True)
class Asked:
    """One thing that a study settled: what it is, and how."""

    term: str
    told: tuple[str, ...]


def asked(material: Material) -> list[Asked]:
    """Return what is known of the question, as far as the tables and their provenance say it."""
    found = [
        Asked("Videos", tuple(_videos(material))),
        Asked("Oracles", tuple(_oracles(material))),
        Asked("Shown and asked", tuple(_shown(material))),
        Asked("Sampling conditions", tuple(_conditions(material))),
    ]
    return [one for one in found if one.told]


def oracle(name: str, how: Mapping[str, Any]) -> str:
    """Return an oracle with its adapter and model, as far as they are recorded.

    Examples
    --------
    >>> oracle("a", {"adapter": "openai", "model": "gpt-5.5", "temperature": 0.0})
    'a (openai, gpt-5.5, temperature 0.0)'
    """
    known = {key: how[key] for key in TOLD if how.get(key) is not None}
    words = [_word(key, value) for key, value in known.items()]
    return f"{name} ({', '.join(words)})" if words else name


def prompts(how: Mapping[str, Any], kind: str) -> list[str]:
    """Return the prompts of a kind ("prompt", "verify_prompt") that an oracle was asked with."""
    told = (str(value).split(" ")[0] for key, value in how.items() if key.split(" for ")[0] == kind and value)
    return list(dict.fromkeys(told))


def every_prompt(material: Material, kind: str) -> list[str]:
    """Return the prompts of a kind that any oracle was asked with, in order."""
    settings = material.options("score").get("oracles", {})
    return sorted({prompt for how in settings.values() for prompt in prompts(how, kind)})


def _word(key: str, value: Any) -> str:
    if key == "model":
        return PurePath(str(value)).name if str(value).endswith(".npz") else str(value)
    return f"{key} {value}" if key == "temperature" else str(value)


def _videos(material: Material) -> Iterator[str]:
    file = material.table("videos") or material.table("scores")
    if file is None:
        return
    name = file.stem
    with connect() as con:
        read(con, name, file).create_view("named", replace=True)
        labels = "count(DISTINCT label)" if name == "videos" else "0"
        rows = con.sql(
            f"SELECT dataset, count(DISTINCT video_id), {labels} FROM named GROUP BY dataset ORDER BY dataset"
        ).fetchall()
    for dataset, videos, classes in rows:
        of = f" of {several(classes, 'label')}" if classes else ""
        yield f"{dataset}: {several(videos, 'video')}{of}"


def _oracles(material: Material) -> Iterator[str]:
    settings = material.options("score").get("oracles", {})
    for name in material.oracles:
        yield oracle(name, settings[name]) if name in settings else f"{name} (imported)"


def _shown(material: Material) -> Iterator[str]:
    frames = material.options("score").get("frames", {})
    if not frames:
        return
    yield (
        f"segments of {frames.get('step_s')} s; {frames.get('fps')} frames a second, at most "
        f"{frames.get('max_frames')}, long side {frames.get('long_side')} pixels"
    )
    for kind, words in (("verify_prompt", "precheck"), ("prompt", "scores")):
        if found := every_prompt(material, kind):
            yield f"{words}: prompt {', '.join(found)}"


def _conditions(material: Material) -> Iterator[str]:
    rows = material.results.get("accuracies")
    if rows is None:
        return
    recognizers = rows["recognizer"].dropna().unique()
    yield ", ".join(map(str, rows["condition"].drop_duplicates()))
    if len(recognizers):
        yield f"seen by {', '.join(map(str, recognizers))}"
