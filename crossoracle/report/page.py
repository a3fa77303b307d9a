"""The page: gathered, rendered, written as one file that needs no network."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.atomic import Together
from crossoracle.provenance import Provenance, digest, stage_sidecar
from crossoracle.report.asked import asked
from crossoracle.report.browser import Shown, browser, packed
from crossoracle.report.illustrations import illustrations
from crossoracle.report.listing import listed
from crossoracle.report.material import RESULTS, Material
from crossoracle.report.methods import methods
from crossoracle.report.recognised import grids
from crossoracle.report.warnings import Warned, warnings
from crossoracle.report.words import headline
from crossoracle.tables.home import TABLES

if TYPE_CHECKING:
    from jinja2 import Environment

NAME = "report.html"
HERE = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Reported:
    """The page that was written: its file, how many videos it shows, and what it warns of."""

    file: Path
    videos: int
    warnings: tuple[str, ...]


def report(
    directory: Path | str, *, out: Path | str | None = None, pictures: bool = True, title: str | None = None
) -> Reported:
    """Write the report of a study.

    Parameters
    ----------
    directory : path
        The study.
    out : path, optional
        The file; report.html in the study by default.
    pictures : bool
        Whether a frame of each video is shown.
    title : str, optional
        The heading; the name of the directory by default.

    Raises
    ------
    StudyError
        It has no results yet.
    """
    directory = Path(directory)
    target = Path(out) if out is not None else directory / NAME
    material = Material.of(directory)
    shown, warned = browser(material, pictures=pictures), warnings(material)
    text = _rendered(title or directory.resolve().name, material, shown, warned, target.parent)
    made = Provenance("report", _inputs(directory, material), {"pictures": pictures})
    with Together() as files:
        written = files.staged(target)
        written.write_text(text, encoding="utf-8")
        stage_sidecar(files, target, written, made)
    return Reported(target, len(shown.videos), tuple(one.kind for one in warned))


def _rendered(title: str, material: Material, shown: Shown, warned: Sequence[Warned], place: Path) -> str:
    paragraphs, references = methods(material)
    data = {
        "videos": packed(_located(shown.videos, material.directory, place)),
        "colours": _colours(material.oracles),
        "oracles": list(material.oracles),
    }
    parts = {
        "headline": headline(material),
        "warnings": warned,
        "asked": asked(material),
        "grids": grids(material),
        "figures": illustrations(material.figures),
        "tables": listed(material.results),
        "methods": paragraphs,
        "references": references,
        "origins": material.origins,
        "versions": material.versions,
        "toml": material.toml,
        "sorted_by": COEFFICIENTS[shown.by].title if shown.by in COEFFICIENTS else None,
        "style": _part("report.css"),
        "script": _part("report.js"),
    }
    page = _environment().get_template("report.html.jinja")
    return page.render(title=title, version=version("crossoracle"), shown=shown, data=data, **parts)


def _inputs(directory: Path, material: Material) -> dict[str | Path, str]:
    files = [directory / "results" / f"{name}.parquet" for name in RESULTS]
    files += [directory / f"{name}.parquet" for name in TABLES]
    return {file: digest(file) for file in (*files, *material.figures) if file.is_file()}


def _located(videos: list[dict[str, Any]], directory: Path, place: Path) -> list[dict[str, Any]]:
    """Return the videos with the address of their file from the page, where it is there."""
    for video in videos:
        path = video.pop("path")
        there = path is not None and (directory / path).is_file()
        video["file"] = Path(os.path.relpath(directory / path, place)).as_posix() if there else None
    return videos


def _colours(oracles: tuple[str, ...]) -> dict[str, str]:
    from crossoracle.figures.style import looks

    return {name: look.colour for name, look in looks(oracles).items()}


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["json"] = _json
    return made


def _json(value: Any) -> Any:
    """Return JSON that no text in it can end a script element with."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        text = text.replace(sign, code)
    return Markup(text)


def _part(name: str) -> Any:
    from markupsafe import Markup

    return Markup((HERE / name).read_text(encoding="utf-8"))
