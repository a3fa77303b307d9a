"""What stood where results are written: whether they say less, and which figures still show it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crossoracle.provenance import digest, read_sidecar
from crossoracle.tables.wording import several

FEW = 4  # names that are listed


@dataclass(frozen=True)
class Earlier:
    """The results of a verb that stand in a directory before new ones are written."""

    files: tuple[Path, ...] = ()
    options: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, directory: Path | None, names: Iterable[str]) -> Earlier:
        """Return what stands there of these tables; how it was made is read from the sidecar of the first."""
        if directory is None:
            return cls()
        known = (directory / f"{name}{suffix}" for name in names for suffix in (".parquet", ".csv"))
        files = tuple(file for file in known if file.is_file())
        record = read_sidecar(files[0]) if files else None
        options = (record or {}).get("options")
        return cls(files, options if isinstance(options, Mapping) else None)

    def told(
        self, options: Mapping[str, Any], lists: Mapping[str, str], files: Collection[Path]
    ) -> str | None:
        """Return one line on what is lost with it, or None where nothing is.

        Parameters
        ----------
        options : mapping
            How the new results were made.
        lists : mapping
            The options that say what is in the results: lists, with the noun for one of it ("oracle"), or
            single choices, with the words before it ("rows by").
        files : collection of Path
            The files of the new results.
        """
        if self.options is None:
            return None
        lost = list(_lost(self.options, options, lists))
        gone = [file.name for file in self.files if file not in files and not file.exists()]
        if not lost and not gone:
            return None
        told = f"Narrower than the earlier results in {self.files[0].parent}"
        told += f": without {', '.join(lost)}" if lost else ""
        over = [file.name for file in self.files if file in files]
        told += f". Replaced: {', '.join(over)}" if over else ""
        return f"{told}{'; removed' if over else '. Removed'}: {', '.join(gone)}." if gone else f"{told}."


def _lost(before: Mapping[str, Any], now: Mapping[str, Any], lists: Mapping[str, str]) -> Iterator[str]:
    for option, noun in lists.items():
        value = before.get(option) or ()
        if isinstance(value, str):
            if value not in (now.get(option), "none"):
                yield f"{noun} {value}"
            continue
        names = [name for name in value if name not in (now.get(option) or ())]
        if names:
            listed = f" ({', '.join(map(str, names))})" if len(names) <= FEW else ""
            yield f"{several(len(names), noun)}{listed}"


def outdated(figures: Path, results: Path) -> list[str]:
    """Return the names of the figures that were drawn of files of the results as they no longer are."""
    now: dict[Path, str | None] = {}
    found: dict[str, None] = {}
    for sidecar in sorted(figures.glob("*.json")):
        inputs = (read_sidecar(sidecar.with_suffix("")) or {}).get("inputs")
        for name, sha in inputs.items() if isinstance(inputs, Mapping) else ():
            path = (figures / name).resolve()
            if path.parent != results.resolve():
                continue
            if path not in now:
                now[path] = digest(path) if path.is_file() else None
            if now[path] != sha:
                found[sidecar.name.partition(".")[0]] = None
    return list(found)
