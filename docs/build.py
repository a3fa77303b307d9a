"""Write docs/reference.md from the declarations: `make docs`. A test checks that it is up to date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.figures.catalogue import FIGURES, OPTIONS
from crossoracle.figures.figure import Option
from crossoracle.importers.catalogue import BUILT_IN
from crossoracle.oracles.catalogue import ADAPTERS, PRESETS
from crossoracle.sampling.catalogue import CONDITIONS
from crossoracle.tables.catalogue import TABLES
from crossoracle.tables.column import Column

REFERENCE = Path(__file__).with_name("reference.md")
READS = {"kept": "kept flags", "levels": "levels of score", "score": "scores"}
NEEDS = {"kept_score": "score of kept"}
OPENING = """# Reference

Every name that crossoracle knows, written from the declarations in the code by `make docs`.
"""


def reference() -> str:
    """Return the page."""
    sections = [
        OPENING,
        *_coefficients(),
        *_tables(),
        *_importers(),
        *_oracles(),
        *_conditions(),
        *_figures(),
    ]
    return "\n".join(sections)


def _coefficients() -> Iterator[str]:
    yield "## Coefficients\n\nWhat `--coefficient` takes, and the column `statistic` holds.\n"
    for of, words in (("pair", "Of two oracles"), ("all", "Of all oracles")):
        rows = [
            (f"`{c.name}`", c.title, READS[c.reads], _range(c.low, c.high), c.undefined, c.reference)
            for c in COEFFICIENTS.values()
            if c.of == of
        ]
        yield f"### {words}\n"
        yield _table(("name", "what it is", "reads", "range", "undefined when", "reference"), rows)


def _tables() -> Iterator[str]:
    yield "## Tables\n\nParquet, CSV or JSON Lines. Columns with a default may be missing from a file.\n"
    for table in TABLES.values():
        yield f"### {table.name}\n\n{table.meaning} Key: {', '.join(table.key)}.\n"
        rows = [(f"`{c.name}`", c.expected, c.unit, _default(c), c.meaning) for c in table.columns]
        yield _table(("column", "values", "unit", "default", "meaning"), rows)


def _importers() -> Iterator[str]:
    yield "## Import formats\n"
    rows = [
        (
            f"`{i.name}`",
            i.meaning,
            ", ".join(i.files),
            ", ".join(f"`--{o.replace('_', '-')}`" for o in i.options),
        )
        for i in BUILT_IN
    ]
    yield _table(("format", "what it is", "files", "options"), rows)


def _oracles() -> Iterator[str]:
    yield "## Oracles\n\nWhat `adapter` of study.toml takes, and the presets whose name alone is enough.\n"
    rows = [
        (f"`{a.name}`", a.meaning, f"`{a.extra}`" if a.extra else "", f"`{a.key}`" if a.key else "")
        for a in ADAPTERS
    ]
    yield _table(("adapter", "what it reaches", "extra", "key"), rows)
    presets = [
        (
            f"`{p.name}`",
            p.meaning,
            f"`{p.adapter}`",
            f"`{p.settings['model']}`" if "model" in p.settings else "",
        )
        for p in PRESETS
    ]
    yield _table(("preset", "what it is", "adapter", "model"), presets)


def _conditions() -> Iterator[str]:
    yield "## Conditions\n\nWhich frames are seen; each can end in `+shuffled`. a, t and f lie in [0, 1].\n"
    rows = [
        (f"`{f.name}`", f.meaning, ", ".join(NEEDS.get(n, n) for n in f.needs) or "nothing", f.full_when)
        for f in CONDITIONS.values()
    ]
    yield _table(("condition", "what is seen", "needs", "is the full video when"), rows)


def _figures() -> Iterator[str]:
    yield "## Figures\n"
    rows = [
        (f"`{f.name}`", f.title, ", ".join(f.reads), f.meaning, ", ".join(f"`{_flag(o)}`" for o in f.options))
        for f in FIGURES.values()
    ]
    yield _table(("figure", "what it shows", "tables", "how to read it", "options"), rows)
    options = [(f"`{_flag(o)}`", o.meaning, o.default) for o in OPTIONS.values()]
    yield _table(("option of draw", "what it chooses", "default"), options)


def _flag(option: Option) -> str:
    return "--" + option.name.replace("_", "-")


def _range(low: float, high: float) -> str:
    return f"{low:g} to {high:g}".replace("-inf", "unbounded").replace("inf", "unbounded")


def _default(column: Column) -> str:
    if column.default_from:
        return f"`{column.default_from}`"
    if column.default is not None:
        return f"{column.default}"
    return "" if column.required else "nothing"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return (
        "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
        + "\n"
    )


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
