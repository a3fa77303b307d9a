"""The verb export: a study in, a directory out that can be uploaded as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from crossoracle.atomic import Together
from crossoracle.errors import InputError, StudyError
from crossoracle.export.about import About, Exported
from crossoracle.export.card import card
from crossoracle.export.croissant import croissant
from crossoracle.export.making import makers
from crossoracle.export.published import places_of, published
from crossoracle.provenance import digest
from crossoracle.tables import connect
from crossoracle.tables.writing import copy

TABLES = ("videos", "scores", "prechecks", "removals", "predictions", "motion")
CARD, METADATA = "README.md", "croissant.json"


@dataclass(frozen=True)
class Dataset:
    """What was exported.

    Parameters
    ----------
    directory : path
        Where.
    tables : tuple of Exported
        Its tables.
    notes : tuple of str
        What it lacks, one line each.
    """

    directory: Path
    tables: tuple[Exported, ...]
    notes: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file of it."""
        names = (*(one.file for one in self.tables), CARD, METADATA)
        return tuple(self.directory / name for name in names)


def export(study: Path, out: Path, about: About) -> Dataset:
    """Write the tables of a study as a dataset: all of its files, or none.

    Parameters
    ----------
    study, out : path
        The study, and the directory of the dataset; an earlier export there is replaced.
    about : About
        What its owner says of it.

    Raises
    ------
    StudyError
        The study has no table.
    InputError
        The directory holds something else; or a value would give away a key, or a place on this machine.
    """
    there = {name: file for name in TABLES if (file := study / f"{name}.parquet").is_file()}
    if not there:
        raise StudyError(
            f"{study}: found no table to export, expected scores.parquet or others; check the path"
        )
    _require_own(study, out)
    with connect() as con, Together() as files:
        places = places_of(con, study)
        tables = []
        for name, file in there.items():
            rows = published(con, name, file, places)
            target = f"data/{name}.parquet"
            written = files.staged(out / target)
            copy(rows, written, "parquet", target)
            size, n = written.stat().st_size, len(con.from_parquet(str(written)))
            tables.append(Exported(name, target, digest(written), size, n))
        by = makers(there["scores"]) if "scores" in there else []
        metadata = json.dumps(croissant(about, tables), indent=2, ensure_ascii=False) + "\n"
        files.staged(out / METADATA).write_text(metadata, encoding="utf-8")
        files.staged(out / CARD).write_text(card(about, tables, by), encoding="utf-8")
    for name in set(TABLES) - there.keys():
        (out / "data" / f"{name}.parquet").unlink(missing_ok=True)  # of an earlier export
    return Dataset(out, tuple(tables), _notes(about))


def _require_own(study: Path, out: Path) -> None:
    """Refuse to write among the files of something else."""
    if out.resolve() == study.resolve():
        raise InputError(f"{out}: found the study itself there; give another directory to --out")
    if out.is_file():
        raise InputError(f"{out}: found a file, expected a directory; give another one to --out")
    if out.is_dir() and any(out.iterdir()) and not (out / METADATA).is_file():
        raise InputError(
            f"{out}: found other files there; give a new directory, or that of an earlier export"
        )


def _notes(about: About) -> tuple[str, ...]:
    if not about.missing:
        return ()
    options = " and ".join(about.missing)
    return (f"{METADATA} lacks what its standard asks for: give {options}",)
