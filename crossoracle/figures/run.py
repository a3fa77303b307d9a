"""The finished tables of a study in, its figures out.

A figure NAME is saved as NAME.pdf, NAME.svg, NAME.png (300 dpi) and NAME.csv, which holds the plotted
numbers; each has its provenance beside it. The files of a figure appear together when all are complete.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle import tables
from crossoracle.errors import InputError, StudyError, UnknownNameError
from crossoracle.figures import selection, style
from crossoracle.figures.catalogue import FIGURES, OPTIONS, figure
from crossoracle.figures.figure import Figure
from crossoracle.figures.flow import oracles_of
from crossoracle.provenance import Provenance, beside, digest, sidecar_path, sidecar_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

log = logging.getLogger("crossoracle")

# Where a study keeps each table, and the verb that makes it.
_HOMES = {
    "scores": ("", "import"),
    "flow": ("results", "precheck"),
    "estimates": ("results", "agree"),
    "per_video": ("results", "agree"),
}
_SUFFIXES = (".parquet", ".csv", ".jsonl")
_METADATA: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}


def draw(
    study: str | Path | None = None,
    names: Sequence[str] | None = None,
    *,
    scores: str | Path | Sequence[str | Path] | None = None,
    estimates: str | Path | None = None,
    flow: str | Path | None = None,
    per_video: str | Path | None = None,
    out: str | Path | None = None,
    **options: Any,
) -> list[Path]:
    """Draw figures of a study and save them.

    Parameters
    ----------
    study : path, optional
        The directory of the study.
    names : sequence of str, optional
        The figures; default all whose tables are there.
    scores, estimates, flow, per_video : path, optional
        Table files that take the place of the study's; scores may be several.
    out : path, optional
        Directory of the figures; default figures/ in the study.
    **options
        Options of the figures (`Figure.options`); None stands for the default.

    Returns
    -------
    list of Path
        The files written, in order; a figure whose table is missing is skipped with a line in the log.
    """
    wanted = [figure(name) for name in names or FIGURES]
    asked = _given(options)
    every = () if scores is None else (scores,) if isinstance(scores, str | Path) else tuple(scores)
    single = {"flow": flow, "estimates": estimates, "per_video": per_video}
    files = _files(study, {"scores": every} | {name: (p,) for name, p in single.items() if p is not None})
    room = Path(out) if out is not None else Path(study) / "figures" if study is not None else None
    if room is None:
        raise InputError("found neither a study nor --out DIR: say where the figures go")
    inputs = _Inputs.read(files)
    given = {"run": inputs.run} | asked
    written: list[Path] = []
    for one in wanted:
        mine = {option.name: given[option.name] for option in one.options if option.name in given}
        written += _figure(one, inputs, room, mine, strict=bool(names or mine.keys() & asked.keys()))
    return written


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    for name in options:
        if name not in OPTIONS:
            raise UnknownNameError("option of a figure", name, OPTIONS)
    return {name: value for name, value in options.items() if value is not None and value != ()}


def _files(
    study: str | Path | None, given: Mapping[str, Sequence[str | Path]]
) -> dict[str, tuple[Path, ...]]:
    """Return the files of every table that is there."""
    found = {name: tuple(map(Path, paths)) for name, paths in given.items() if paths}
    if study is None:
        return found
    for name, (room, _) in _HOMES.items():
        stem = Path(study) / room / name
        there = [stem.with_suffix(suffix) for suffix in _SUFFIXES if stem.with_suffix(suffix).is_file()]
        found |= {name: (there[0],)} if there and name not in found else {}
    if "scores" not in found:
        raise StudyError(
            f"{study} is not a study: it holds no scores.parquet; `crossoracle import` makes one"
        )
    return found


@dataclass(frozen=True)
class _Inputs:
    """The tables (scores stays in DuckDB), their digests, and all the oracles that they name."""

    tables: dict[str, Any]
    digests: dict[str, dict[str | Path, str]]
    oracles: list[str]

    @property
    def run(self) -> str:
        """The run that the estimates are of, so that pictures of scores show it too; 0 without estimates."""
        estimates = self.tables.get("estimates")
        runs = [] if estimates is None else estimates["run_a"].dropna().unique().tolist()
        return str(runs[0]) if len(runs) == 1 else "0"

    @classmethod
    def read(cls, files: dict[str, tuple[Path, ...]]) -> _Inputs:
        con = tables.connect()
        found = {name: tables.read(con, name, *paths) for name, paths in files.items()}
        loaded = {name: rows if name == "scores" else rows.df() for name, rows in found.items()}
        digests: dict[str, dict[str | Path, str]] = {
            name: {path: digest(path) for path in paths} for name, paths in files.items()
        }
        return cls(loaded, digests, _oracles(loaded))


def _oracles(loaded: Mapping[str, Any]) -> list[str]:
    names: set[str] = set()
    if "scores" in loaded:
        names |= {name for (name,) in loaded["scores"].project("oracle").distinct().fetchall()}
    if "estimates" in loaded:
        pairs = selection.pairs(loaded["estimates"])
        names |= {*pairs["oracle_a"], *pairs["oracle_b"]}
    if "flow" in loaded:
        names |= {*oracles_of(loaded["flow"].query("kind == 'all_of'")["oracles"])}
    return sorted(names)


def _figure(one: Figure, inputs: _Inputs, room: Path, options: dict[str, Any], *, strict: bool) -> list[Path]:
    for name in one.reads:
        if name not in inputs.tables:
            log.warning(
                "%s is not drawn: no %s table, which `crossoracle %s` makes", one.name, name, _HOMES[name][1]
            )
            return []
    read = [inputs.tables[name] for name in one.reads]
    try:
        rows = one.numbers(*read, **options)
        ax = one.draw(*read, oracles=inputs.oracles, **options)
    except InputError as error:
        if strict:
            raise
        log.warning("%s is not drawn: %s", one.name, error)
        return []
    digests = {path: sha for name in one.reads for path, sha in inputs.digests[name].items()}
    resolved = {"figure": one.name} | one.defaults() | options | {"oracles": inputs.oracles}
    return _save(ax, rows, room / one.name, Provenance("draw", digests, resolved))


def _save(ax: Axes, rows: pd.DataFrame, stem: Path, provenance: Provenance) -> list[Path]:
    """Write all the files of a figure beside their targets, then rename them."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    targets = [stem.with_name(f"{stem.name}.{kind}") for kind in (*_METADATA, "csv")]
    moves = {target: beside(target) for target in targets}
    sidecars = {sidecar_path(target): beside(sidecar_path(target)) for target in targets}
    try:
        _pictures(ax, {kind: moves[target] for kind, target in zip(_METADATA, targets, strict=False)})
        rows.to_csv(moves[targets[-1]], index=False)
        for target in targets:
            words = sidecar_text(moves[target], provenance, directory=stem.parent)
            sidecars[sidecar_path(target)].write_text(words, encoding="utf-8")
        for target, temporary in (moves | sidecars).items():
            os.replace(temporary, target)
    finally:
        for temporary in (moves | sidecars).values():
            temporary.unlink(missing_ok=True)
    return targets


def _pictures(ax: Axes, paths: Mapping[str, Path]) -> None:
    canvas = ax.get_figure(root=True)
    if canvas is None:
        raise InputError("the Axes belong to no figure")
    with style.printed():
        canvas.set_dpi(style.DPI)
        canvas.draw_without_rendering()
        canvas.set_layout_engine("none")  # laid out once, so that all formats are the same picture
        for kind, path in paths.items():
            canvas.savefig(path, format=kind, metadata=_METADATA[kind])
