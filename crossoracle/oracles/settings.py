"""What study.toml says about oracles: which ones, what they are shown, how they are asked.

::

    [frames]                    # what every oracle is shown of a video
    [score]                     # how it is asked
    [datasets.kinetics400]      # what is different for one dataset
    [oracles."gpt-5.5"]         # one section per oracle; the name of a preset is enough
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.options import changed, option

SECTIONS = ("frames", "score", "controls", "datasets", "oracles")
STRATEGIES = ("direct", "greedy")
OPERATORS = ("cut", "black", "freeze", "blur", "mean")
FALLBACKS = ("stated", "samples")


@dataclass(frozen=True)
class FrameOptions:
    """What an oracle is shown of a video: the same for all oracles."""

    step_s: float = option(0.5, "Length of a segment, in seconds.", low=0, open=True)
    fps: float = option(4.0, "Frames shown per second of video.", low=0, open=True)
    max_frames: int = option(64, "Most frames shown of one video; longer videos are thinned evenly.", low=1)
    long_side: int = option(
        448, "Longer side of a frame, in pixels; smaller videos stay as they are.", low=16
    )
    quality: int = option(90, "Quality of the JPEG pictures.", low=1, high=100)
    sliver: float = option(
        0.25, "A last segment shorter than this share of step_s joins its neighbour.", low=0, high=1
    )
    jitter_s: float = option(
        0.0,
        "Each frame is moved by up to this many seconds, differently in every run; 0 for not at all.",
        low=0,
    )


@dataclass(frozen=True)
class ScoreOptions:
    """How oracles are asked for scores: the options of `Study.score`."""

    oracles: tuple[str, ...] = option((), "Oracles that are asked; all sections [oracles.NAME] by default.")
    datasets: tuple[str, ...] = option((), "Datasets whose videos are scored; all by default.")
    strategy: str = option(
        "direct",
        "One call that scores all segments, or removal of one segment after the other.",
        choices=STRATEGIES,
    )
    runs: int = option(1, "How often every oracle is asked; the runs are called 0, 1 and so on.", low=1)
    prompt: str = option(
        "scoring_general",
        "The text that asks for scores: its name, or the path of a .jinja file from the study.",
    )
    verify_prompt: str = option("verification", "The text that asks whether the action is seen.")
    operator: str = option("cut", "What greedy removal does to a segment.", choices=OPERATORS)
    threshold: float = option(0.5, "Greedy removal goes on while P(YES) stays above this.", low=0, high=1)
    limit: int | None = option(None, "Only so many videos, in the order of the table.", low=1)
    budget: float | None = option(
        None, "Most that may be spent in this run of the verb, in US dollars.", low=0
    )
    max_calls: int | None = option(None, "Most calls that may be made in this run of the verb.", low=0)


@dataclass(frozen=True)
class ControlOptions:
    """How oracles are put to the test: the options of `Study.controls`."""

    oracles: tuple[str, ...] = option((), "Oracles that are tested; all sections [oracles.NAME] by default.")
    run: str = option("0", "The repetition of each oracle whose scores are tested.")
    operator: str = option("cut", "What is done to a segment that must not be seen.", choices=OPERATORS)
    points: int = option(10, "Steps of the deletion and insertion curves.", low=2, high=100)
    limit: int | None = option(None, "Only so many videos, in the order of the table.", low=1)
    cluster: str = option("cluster", "The column of videos that names what is resampled.")
    replicates: int = option(9999, "Number of resamples.", low=1)
    level: float = option(0.95, "Level of the intervals, between 0 and 1.", low=0, high=1, open=True)
    seed: int = option(0, "Seed of everything random: the wrong labels, the resamples.", low=0)
    budget: float | None = option(
        None, "Most that may be spent in this run of the verb, in US dollars.", low=0
    )
    max_calls: int | None = option(None, "Most calls that may be made in this run of the verb.", low=0)


@dataclass(frozen=True)
class OracleOptions:
    """How one oracle is reached and asked, beside the options of its adapter."""

    preset: str | None = option(None, "A model with its settings; the name of the section by default.")
    adapter: str | None = option(None, "How the model is reached, where there is no preset for it.")
    strategy: str | None = option(None, "For this oracle, instead of that in [score].", choices=STRATEGIES)
    prompt: str | None = option(None, "For this oracle, instead of that in [score] or [datasets.NAME].")
    verify_prompt: str | None = option(
        None, "For this oracle, instead of that in [score] or [datasets.NAME]."
    )
    in_flight: int = option(8, "Most calls under way at a time.", low=1)
    requests_per_minute: float | None = option(None, "Most calls per minute.", low=0, open=True)
    tokens_per_minute: float | None = option(None, "Most tokens per minute.", low=0, open=True)
    attempts: int = option(
        5,
        "How often a call is tried before its video counts as an error; never again once it may have been "
        "paid for.",
        low=1,
    )
    patience_s: float = option(600.0, "How long a call is tried, in seconds.", low=0, open=True)
    p_fallback: str = option(
        "stated",
        "Where P(YES) comes from if the model shows no probabilities: the confidence it states, or the share "
        "of YES among repeated questions.",
        choices=FALLBACKS,
    )
    samples: int = option(5, 'How many questions p_fallback = "samples" takes.', low=2)
    reask: int = option(
        0, "How often a reply that cannot be read is asked for again (and paid again).", low=0, high=1
    )


@dataclass(frozen=True)
class DatasetOptions:
    """What is different for the videos of one dataset; None stands for what holds for all."""

    step_s: float | None = option(None, "Instead of that in [frames].", low=0, open=True)
    fps: float | None = option(None, "Instead of that in [frames].", low=0, open=True)
    max_frames: int | None = option(None, "Instead of that in [frames].", low=1)
    prompt: str | None = option(None, "Instead of that in [score].")
    verify_prompt: str | None = option(None, "Instead of that in [score].")


@dataclass(frozen=True)
class OracleSection:
    """A section [oracles.NAME]: the options of every oracle, and those of its adapter, not yet checked."""

    name: str
    options: OracleOptions = OracleOptions()
    adapter: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True)
class Settings:
    """All that study.toml says about oracles.

    Parameters
    ----------
    directory : path, optional
        The study, which paths of prompts and tables are relative to.
    frames, score, controls : FrameOptions, ScoreOptions, ControlOptions
        The sections of these names.
    datasets, oracles : mapping
        The sections below these names.
    """

    directory: Path | None = None
    frames: FrameOptions = FrameOptions()
    score: ScoreOptions = ScoreOptions()
    controls: ControlOptions = ControlOptions()
    datasets: Mapping[str, DatasetOptions] = field(default_factory=dict)
    oracles: Mapping[str, OracleSection] = field(default_factory=dict)

    def frames_of(self, dataset: str) -> FrameOptions:
        """Return what is shown of the videos of a dataset."""
        own = self.datasets.get(dataset, DatasetOptions())
        names = {one.name for one in fields(FrameOptions)}
        given = {one.name: getattr(own, one.name) for one in fields(own) if one.name in names}
        return replace(self.frames, **{name: value for name, value in given.items() if value is not None})

    def prompt_of(self, oracle: OracleOptions, dataset: str, option: str) -> str:
        """Return the name of a prompt ("prompt" or "verify_prompt"): the oracle's, the dataset's or all's."""
        own = self.datasets.get(dataset, DatasetOptions())
        return str(getattr(oracle, option) or getattr(own, option) or getattr(self.score, option))


def settings(
    sections: Mapping[str, Mapping[str, Any]], where: str, directory: Path | None = None
) -> Settings:
    """Read the sections of study.toml that are about oracles.

    Parameters
    ----------
    sections : mapping
        The file as it was parsed; other sections are left alone.
    where : str
        The name of the file, for messages.

    Raises
    ------
    UnknownNameError, InputError
        A section or an option is not known, or has a value that it cannot have; the message gives the file,
        the section, the option and the nearest name.
    """
    found = {name: sections.get(name, {}) for name in SECTIONS}
    for name in ("datasets", "oracles"):
        for below, section in found[name].items():
            if not isinstance(section, Mapping):
                raise InputError(
                    f"{where} [{name}]: {below} is {section!r}; expected a section [{name}.NAME]"
                )
    return Settings(
        directory,
        changed(FrameOptions(), found["frames"], f"{where} [frames]"),
        changed(ScoreOptions(), found["score"], f"{where} [score]"),
        changed(ControlOptions(), found["controls"], f"{where} [controls]"),
        {
            name: changed(DatasetOptions(), section, f"{where} [datasets.{name}]")
            for name, section in found["datasets"].items()
        },
        {name: _oracle(name, section, where) for name, section in found["oracles"].items()},
    )


def _oracle(name: str, section: Mapping[str, Any], where: str) -> OracleSection:
    """Divide a section between the options of every oracle and those of its adapter."""
    if not name or name != " ".join(name.split()):
        raise InputError(
            f"{where}: found an oracle called {name!r}; expected a name without spaces around it, and none "
            "but single ones in it"
        )
    where = f"{where} [oracles.{_quoted(name)}]"
    for below, value in section.items():
        if isinstance(value, Mapping) and not below.isidentifier():
            raise InputError(f"{where}: {dotted(name, below)}")
    ours = {one.name for one in fields(OracleOptions)}
    options = {option: value for option, value in section.items() if option in ours}
    rest = {option: value for option, value in section.items() if option not in ours}
    return OracleSection(name, changed(OracleOptions(), options, where), rest, where)


def dotted(name: str, below: str) -> str:
    """Return what to do about a section below that of an oracle, where a name with a dot was meant."""
    return (
        f"found a section {below} below it; if the oracle is called {name}.{below}, put the name in quotes: "
        f'[oracles."{name}.{below}"]'
    )


def require_datasets(known: Settings, there: set[str]) -> None:
    """Refuse a section [datasets.NAME] of a dataset that no video belongs to: it would change nothing.

    Raises
    ------
    UnknownNameError
        There is such a section; the message names the nearest dataset.
    """
    for name in known.datasets:
        if name not in there:
            raise UnknownNameError("dataset in study.toml", name, there)


def _quoted(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'
