"""A study.toml that explains itself: every option with its default and its meaning, from the declarations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from textwrap import wrap
from typing import Any

from crossoracle.errors import InputError
from crossoracle.options import (
    AgreeOptions,
    CompareOptions,
    FloorOptions,
    PowerOptions,
    PrecheckOptions,
    PredictOptions,
)
from crossoracle.oracles.catalogue import ADAPTERS, PRESETS, adapter
from crossoracle.oracles.documenting import Declared, Explained, Manifest, declared, shown
from crossoracle.oracles.oracle import Preset
from crossoracle.oracles.prompts.catalogue import PROMPTS
from crossoracle.oracles.settings import (
    ControlOptions,
    DatasetOptions,
    FrameOptions,
    OracleOptions,
    ScoreOptions,
)

WIDTH = 110
NAME = "study.toml"
SECTIONS: tuple[tuple[str, type, str], ...] = (
    ("frames", FrameOptions, "What every oracle is shown of a video."),
    ("score", ScoreOptions, "`crossoracle score`: how oracles are asked."),
    ("controls", ControlOptions, "`crossoracle controls`: oracles put to the test."),
    ("precheck", PrecheckOptions, "`crossoracle precheck`: which videos may be compared."),
    ("agree", AgreeOptions, "`crossoracle agree`: how far the oracles agree."),
    ("predict", PredictOptions, "`crossoracle predict`: frozen recognizers under sampling conditions."),
    ("compare", CompareOptions, "`crossoracle compare`: what the conditions change."),
    ("floor", FloorOptions, "`crossoracle floor`: how much of a difference is noise."),
    ("power", PowerOptions, "`crossoracle power`: videos needed, or the difference that can be found."),
)
OPENING = (
    "A study of crossoracle. Every option stands here with its default: change what you need, drop the rest. "
    "What is given on the command line comes first. A list that is empty stands for all there is. Keys never "
    "stand in this file: they are read from the environment."
)
SHORT = """\
# A study of crossoracle; `crossoracle init` without --short writes every option and what it means.

[frames]
step_s = 0.5            # length of a segment, in seconds
fps = 4.0               # frames shown per second of video
max_frames = 64         # longer videos are thinned evenly

[score]
prompt = "scoring_general"
strategy = "direct"     # or "greedy": some 25 times as many calls
runs = 1                # more for noise floors

# [datasets.kinetics400]  # what is different for one dataset
# step_s = 1.0
# prompt = "scoring_scene"

[oracles."gpt-5.5"]     # the name of a preset is enough; the key is read from OPENAI_API_KEY

[oracles.qwen3-vl-32b]
base_url = "http://localhost:8000/v1"
in_flight = 32

[oracles.mine]          # any server that speaks the chat completions of OpenAI
adapter = "openai"
model = "my-model"
base_url = "http://localhost:9000/v1"
api_key_env = "MY_SERVER_KEY"  # without this line no key is sent there

[agree]
seed = 7
"""


def init(
    directory: Path,
    *,
    short: bool = False,
    recognizers: Sequence[Manifest] = (),
    drawing: Sequence[Explained] = (),
) -> Path:
    """Write study.toml into a directory, which is made where it is missing; return its path.

    Parameters
    ----------
    short : bool
        Write what most studies change, and no more.
    recognizers, drawing
        The families of recognizers, and the options of figures, that are explained: this room knows neither.

    Raises
    ------
    InputError
        There is one: it is not overwritten.
    """
    path = directory / NAME
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(SHORT if short else text(recognizers, drawing))
    except FileExistsError as error:
        raise InputError(f"{path} is there already: nothing was changed; remove it, or edit it") from error
    return path


def text(recognizers: Sequence[Manifest] = (), drawing: Sequence[Explained] = ()) -> str:
    """Return the whole study.toml."""
    parts = [_comment(OPENING)]
    for name, kind, meaning in SECTIONS:
        if name == "precheck":
            parts += [_datasets(), _oracles()]
        if name == "predict" and recognizers:
            parts.append(_recognizers(recognizers))
        parts.append("\n".join([_comment(meaning), f"[{name}]", *_options(kind)]))
    return "\n\n".join([*parts, *_drawing(drawing)]) + "\n"


def _drawing(options: Sequence[Explained]) -> Iterator[str]:
    """Yield the section [draw], whose options have defaults that depend on what is drawn."""
    if not options:
        return
    lines = ["[draw]", _comment("figures (all of them): Only these; a list.", "  ")]
    lines.append(_comment('intervals = "brackets": How LaTeX shows bounds, brackets or subscript.', "  "))
    lines += [_comment(f"{one.name} ({one.default}): {_of_file(one.meaning)}", "  ") for one in options]
    yield "\n".join(
        [_comment("`crossoracle draw`: figures and tables of the paper; all may be left out:"), *lines]
    )


def _options(kind: type) -> Iterator[str]:
    for one in fields(kind):
        if meaning := one.metadata.get("meaning"):
            yield _comment(_with_choices(one, meaning))
        yield _line(one.name, one.default)


def _with_choices(one: Field[Any], meaning: str) -> str:
    meaning = _of_file(meaning)
    choices = getattr(one.metadata.get("range"), "choices", ())
    return f"{meaning} One of {', '.join(choices)}." if choices else meaning


def _of_file(meaning: str) -> str:
    """Return a meaning in words for a file instead of the command line."""
    return meaning.replace("; may be repeated", "; a list")


def _line(name: str, value: Any) -> str:
    if value is None or value is MISSING:
        return f"# {name} ="
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"


def _comment(text: str, indent: str = "") -> str:
    """Return a text as comments; what is indented hangs, so that its first words can be found."""
    lines = wrap(text, WIDTH - 2, initial_indent=indent, subsequent_indent=indent * 3)
    return "\n".join(f"# {line}" for line in lines)


def _datasets() -> str:
    prompts = [f"{one.name}: {one.meaning}" for one in PROMPTS]
    lines = [
        _comment("What is different for the videos of one dataset, such as:"),
        "# [datasets.kinetics400]",
        "# step_s = 1.0    # segments of 1 s for scene clips of 10 s",
        '# prompt = "scoring_scene"',
        _comment(
            f"Such a section may have {', '.join(one.name for one in fields(DatasetOptions))}. Prompts:"
        ),
        *(_comment(line, "  ") for line in prompts),
    ]
    return "\n".join(lines)


def _oracles() -> str:
    about = _comment(
        "The oracles, one section each. The name of a preset is enough; another name needs preset = or "
        "adapter =. A section may have these options (defaults are shown), and those of its adapter."
    )
    every = "\n".join([about, *_explained(OracleOptions)])
    return "\n\n".join([every, *map(_adapter, ADAPTERS), *map(_preset, PRESETS)])


def _explained(kind: type) -> Iterator[str]:
    """Yield the options that a section may have, as comments."""
    for one in fields(kind):
        yield _comment(
            f"{one.name} {shown(one.default)}: {_with_choices(one, one.metadata['meaning'])}", "  "
        )


def _adapter(spec: Manifest) -> str:
    """Return what an adapter is and which options it has, as comments."""
    return "\n".join(
        [_comment(f"Options of adapter {spec.name} ({spec.meaning}):"), *_listed(declared(spec))]
    )


def _listed(options: Sequence[Declared]) -> list[str]:
    lines = [_comment(f"{one.name} {one.default}: {one.meaning}", "  ") for one in options]
    return lines or [_comment("none", "  ")]


def _recognizers(families: Sequence[Manifest]) -> str:
    about = [
        _comment(
            "The recognizers, one section each; `crossoracle predict` asks all of them. A section has "
            "family = (or its name), the options of that family, and may have datasets = [], those whose "
            "videos it is for. Such as:"
        ),
        "# [recognizers.videomae]",
        '# family = "transformers-video"',
        '# model = "MCG-NJU/videomae-base-finetuned-kinetics"',
    ]
    parts = ["\n".join(about)]
    for one in families:
        options = [each for each in declared(one) if each.name != "classes"]  # these are the study's labels
        parts.append(
            "\n".join([_comment(f"Options of family {one.name} ({one.meaning}):"), *_listed(options)])
        )
    return "\n\n".join(parts)


def _preset(preset: Preset) -> str:
    key = adapter(preset.adapter).key
    needs = f"; its key is read from {key}" if key and "base_url" not in preset.settings else ""
    lines = [
        _comment(f"{preset.meaning}{needs}."),
        f"[oracles.{json.dumps(preset.name)}]",
        _line("preset", preset.name),
        *(f"# {_line(name, value)}" for name, value in preset.settings.items()),
    ]
    return "\n".join(lines)
