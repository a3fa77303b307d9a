"""The options of the verbs that compute: their names, types, ranges and defaults, once.

The command line shows these defaults, study.toml and the methods of `Study` may change them. A value that
is None or empty is worked out from the data.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from types import GenericAlias, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from crossoracle.errors import InputError, StudyError, UnknownNameError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NOUNS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class Range:
    """What a value must be: one of ``choices``, or a number from ``low`` to ``high``.

    ``open`` leaves out the bounds themselves, ``below`` the upper one.
    """

    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    open: bool = False
    below: bool = False

    def holds(self, value: Any) -> bool:
        """Return whether a value that is not None is allowed."""
        if self.choices:
            return value in self.choices
        if (self.open and value in (self.low, self.high)) or (self.below and value == self.high):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def words(self, noun: str) -> str:
        """Return what is expected: "a whole number of at least 1"."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.low is not None and self.high is not None:
            if self.below:
                return f"{noun} in [{self.low:g}, {self.high:g})"
            between = f"between {self.low:g} and {self.high:g}"
            return f"{noun} {between}" if self.open else f"{noun} {between}, both included"
        if self.low is None:
            return noun
        return f"{noun} above {self.low:g}" if self.open else f"{noun} of at least {self.low:g}"


def option(default: Any, meaning: str = "", **range_: Any) -> Any:
    """Return the field of an option with a `Range`, and what it means in one sentence."""
    return field(default=default, metadata={"range": Range(**range_), "meaning": meaning})


RULES = ("joint", "pairwise", "all")
SETS = ("dataset", "label", "none")
INTERVALS = ("expanded", "percentile", "bca", "jackknife", "hall")

ORACLES = "Only this oracle; may be repeated."
RUN = "The repetition of each oracle that counts."
CLUSTER = "The column of videos that names what is resampled; any column of the file."
LEVEL = "Level of the intervals, between 0 and 1."


@dataclass(frozen=True)
class PrecheckOptions:
    """The options of `Study.precheck`."""

    oracles: tuple[str, ...] = option((), ORACLES)
    run: str = option("0", RUN)
    cluster: str = option("cluster", CLUSTER)
    level: float = option(0.95, LEVEL, low=0, high=1, open=True)
    coefficients: tuple[str, ...] = option((), "Of the selection: only this coefficient; may be repeated.")
    replicates: int = option(9999, "Of the selection: number of resamples.", low=1)
    tipping: float | None = option(None, "Of the selection: tipping point of this value, beside that of 0.")
    seed: int = option(0, "Of the selection: seed of everything random.", low=0)
    threads: int | None = option(None, "Of the selection: threads at work.", low=1)


@dataclass(frozen=True)
class AgreeOptions:
    """The options of `Study.agree`."""

    oracles: tuple[str, ...] = option((), ORACLES)
    run: str = option("0", RUN)
    on: str | None = option(
        None, "Videos that every oracle recognised, or both of a pair, or all.", choices=RULES
    )
    by: str = option("dataset", "What is estimated beside the pooled rows.", choices=SETS)
    cluster: str = option("cluster", CLUSTER)
    coefficients: tuple[str, ...] = option((), "Only this coefficient; may be repeated.")
    replicates: int | None = option(None, "Number of resamples, at least 1.", low=1)
    interval: str = option("expanded", "How intervals are constructed.", choices=INTERVALS)
    level: float = option(0.95, LEVEL, low=0, high=1, open=True)
    seed: int = option(0, "Seed of everything random.", low=0)
    null: int = option(0, "Draws of the permutation null; 0 for none.", low=0)
    differences: bool = option(False, "Compare every two pairs of oracles, and test whether all are equal.")
    bins: int | None = option(None, "Equal bins that become levels, 2 to 128.", low=2, high=128)
    levels: tuple[float, ...] | None = option(None, "Levels of the scores.")
    cross_check: bool = option(False, "Compute the values again with independent libraries.")
    threads: int | None = option(None, "Threads at work.", low=1)


PROTOCOLS = ("repack", "mask")
FILLS = ("black", "blur", "mean")


@dataclass(frozen=True)
class PredictOptions:
    """The options of `Study.predict`."""

    recognizers: tuple[str, ...] = option(
        (), "Only this recognizer, a section [recognizers.NAME] or a family; may be repeated."
    )
    conditions: tuple[str, ...] = option(
        ("full", "led@0", "inverted@0"), "Which frames are seen; may be repeated."
    )
    oracles: tuple[str, ...] = option((), ORACLES)
    runs: tuple[str, ...] = option(("0",), "Which repetition of each oracle; may be repeated.")
    datasets: tuple[str, ...] = option((), "Only videos of this dataset; may be repeated.")
    split: str | None = option(None, "Only videos of this split.")
    limit: int | None = option(None, "Only so many videos, in the order of the table.", low=1)
    protocol: str = option(
        "repack",
        "Show the frames that are chosen, or all frames with the unchosen ones blanked.",
        choices=PROTOCOLS,
    )
    fill: str = option("black", "What is shown in place of blanked frames.", choices=FILLS)
    clips: int = option(1, "Clips of a video; their probabilities are averaged.", low=1)
    offset: float = option(
        0.5,
        "Where a frame stands in its part of the density; repeated runs may differ.",
        low=0,
        high=1,
        below=True,
    )
    step_s: float = option(
        0.5, "Length of a segment in seconds, of videos that no oracle scored.", low=0, open=True
    )
    seed: int = option(0, "Seed of everything random.", low=0)
    batch: int = option(16, "Clips that are predicted at a time.", low=1)
    workers: int = option(2, "Threads that decode.", low=1)


METRICS = ("top1", "top5", "p_true")
STRATA = ("class", "kept_share", "duration", "confidence", "difficulty")


@dataclass(frozen=True)
class CompareOptions:
    """The options of `Study.compare`."""

    contrasts: tuple[str, ...] = option(
        (), 'Only this contrast, by name or as two conditions, "led@0 - motion"; may be repeated.'
    )
    metrics: tuple[str, ...] = option((), "Only this metric: top1, top5 or p_true; may be repeated.")
    by: str | None = option(None, "Parts of the videos that are compared too.", choices=STRATA)
    oracles: tuple[str, ...] = option((), ORACLES)
    recognizers: tuple[str, ...] = option((), "Only this recognizer; may be repeated.")
    runs: tuple[str, ...] = option((), "Only this repetition of each oracle; may be repeated.")
    cluster: str = option("cluster", CLUSTER)
    replicates: int = option(9999, "Number of resamples, and of sign flips.", low=1)
    interval: str = option("expanded", "How intervals are constructed.", choices=INTERVALS)
    level: float = option(0.95, LEVEL, low=0, high=1, open=True)
    seed: int = option(0, "Seed of everything random.", low=0)
    threads: int | None = option(None, "Threads at work.", low=1)


@dataclass(frozen=True)
class FloorOptions:
    """The options of `Study.floor`."""

    arms: tuple[str, ...] = option(
        (), "A group of runs that repeat one thing, NAME=ORACLE:RUN,RUN; may be repeated, also to add to one."
    )
    floor_of: str | None = option(None, "The arm whose repetitions the others are read against.")
    coefficients: tuple[str, ...] = option((), "Only this coefficient; may be repeated.")
    margin: str = option(
        "half", 'What still counts as equal: "half" of the floor 1 - A(ref, ref\'), or a number.'
    )
    two_way: bool = option(False, "Resample runs beside videos; every arm needs three runs.")
    on: str | None = option(
        None, "Videos that every run recognised, or all.", choices=tuple(r for r in RULES if r != "pairwise")
    )
    cluster: str = option("cluster", CLUSTER)
    replicates: int | None = option(None, "Number of resamples, at least 1.", low=1)
    interval: str = option("expanded", "How intervals are constructed.", choices=INTERVALS)
    level: float = option(
        0.95, "Level of the intervals, and of each one-sided bound.", low=0, high=1, open=True
    )
    seed: int = option(0, "Seed of everything random.", low=0)
    bins: int | None = option(None, "Equal bins that become levels, 2 to 128.", low=2, high=128)
    threads: int | None = option(None, "Threads at work.", low=1)


@dataclass(frozen=True)
class PowerOptions:
    """The options of `Study.power`."""

    contrast: str | None = option(
        None, 'The contrast that is planned for, by name or as two conditions, "led@0 - full".'
    )
    coefficient: str | None = option(None, "The coefficient of agreement that is planned for.")
    detect: float | None = option(
        None, "The difference of accuracies that is to be found.", low=0, high=1, open=True
    )
    width: float | None = option(None, "How wide the interval may be.", low=0, high=2, open=True)
    size: int | None = option(None, "Clusters (videos) of the planned study.", low=4)
    power: float = option(0.8, "How surely it is to be found.", low=0, high=1, open=True)
    discordant: float | None = option(
        None, "Stated share of videos that only one condition gets right.", low=0, high=1, open=True
    )
    kappa: float | None = option(None, "Stated Cohen's kappa of two oracles.", low=-1, high=1, open=True)
    prevalence: float | None = option(
        None, "Stated share of segments that are kept.", low=0, high=1, open=True
    )
    per_cluster: int = option(1, "Stated videos of a cluster, or segments of a video.", low=1)
    icc: float = option(0.0, "Stated correlation within a cluster.", low=0, high=1)
    oracles: tuple[str, ...] = option((), ORACLES)
    run: str = option("0", RUN)
    recognizer: str | None = option(None, "The recognizer of the pilot.")
    metric: str = option("top1", "The metric of the contrast.", choices=METRICS)
    cluster: str = option("cluster", CLUSTER)
    level: float = option(0.95, LEVEL, low=0, high=1, open=True)
    simulations: int = option(1999, "Planned studies that are drawn.", low=99)
    seed: int = option(0, "Seed of everything random.", low=0)


Options = TypeVar("Options", bound="DataclassInstance")


def read_sections(file: Path, known: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the sections of a study.toml.

    Raises
    ------
    StudyError, UnknownNameError
        It is not TOML, has something outside sections, or a section that is not ``known``.
    """
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{file}: not a TOML file: {error}") from error
    except RecursionError as error:
        raise StudyError(f"{file}: found brackets within brackets without end; expected sections") from error
    for name, section in found.items():
        if name not in known:
            raise UnknownNameError(f"section of {file}", name, known)
        if not isinstance(section, dict):
            raise StudyError(f"{file}: {name} is {section!r}; expected a section [{name}]")
    return found


def changed(options: Options, changes: Mapping[str, Any], where: str) -> Options:
    """Return options with some of them changed.

    Parameters
    ----------
    changes : mapping
        Names of options and their new values; lists count as tuples.
    where : str
        Where the changes come from, for messages ("study.toml [agree]").

    Raises
    ------
    UnknownNameError
        A name that is no option; the message gives the nearest.
    InputError
        A value of the wrong type, or out of range.
    """
    known = {known.name: known for known in fields(options)}
    for name, value in changes.items():
        if name not in known:
            raise UnknownNameError(f"option in {where}", name, known)
        if fault := wrong(type(options), name, value):
            raise InputError(f"{where}: {fault}")
    frozen: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in changes.items()}
    return replace(options, **frozen)


def wrong(kind: type, name: str, value: Any) -> str | None:
    """Return what is wrong with the value of an option, in one line, or None."""
    hint, found = get_type_hints(kind)[name], allowed(kind, name)
    if _fits(value, hint) and (value is None or found is None or found.holds(value)):
        return None
    noun = _noun(hint)
    expected = noun if found is None else found.words(noun)
    return f"{name} is {value!r}; expected {expected}"


def misfit(name: str, value: Any, kind: type, many: bool = False) -> str | None:
    """Return what is wrong with the type of a value, or of one of several, in one line; or None."""
    hint = GenericAlias(tuple, (kind, ...)) if many else kind
    return None if _fits(value, hint) else f"{name} is {value!r}; expected {_noun(hint)}"


def allowed(kind: type, name: str) -> Range | None:
    """Return the range of an option, or None where every value of its type is allowed."""
    found: Range | None = _field(kind, name).metadata.get("range")
    return found


def default(kind: type, name: str) -> Any:
    """Return the default of an option."""
    return _field(kind, name).default


def meaning(kind: type, name: str) -> str:
    """Return what an option means, where its declaration says so."""
    return str(_field(kind, name).metadata.get("meaning", ""))


def _field(kind: type, name: str) -> Field[Any]:
    return next(known for known in fields(kind) if known.name == name)


def _noun(hint: Any) -> str:
    """Return a type in words."""
    if isinstance(hint, UnionType):
        return _noun(next(one for one in get_args(hint) if one is not type(None)))
    if get_origin(hint) is tuple:
        return {str: "a list of texts"}.get(get_args(hint)[0], "a list of numbers")
    return NOUNS.get(hint, str(hint))


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, list | tuple) and all(_fits(one, get_args(hint)[0]) for one in value)
    if hint in (int, float):
        return isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
    return isinstance(value, hint)
