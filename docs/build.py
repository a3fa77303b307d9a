"""Write the pages of docs/reference/ from the declarations: `make docs`.

A test checks that they are up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import cleandoc
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from click.testing import CliRunner

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.analysis.catalogue import CONTRASTS
from crossoracle.cli import cli
from crossoracle.figures.catalogue import FIGURES, OPTIONS
from crossoracle.figures.figure import Option
from crossoracle.importers.catalogue import BUILT_IN
from crossoracle.oracles.catalogue import ADAPTERS, PRESETS
from crossoracle.sampling.catalogue import CONDITIONS
from crossoracle.tables.catalogue import TABLES
from crossoracle.tables.column import Column

REFERENCE = Path(__file__).with_name("reference")
READS = {"kept": "kept flags", "levels": "levels of score", "score": "scores"}
NEEDS = {"kept_score": "score of kept"}
OPENING = """# Reference

Every name that crossoracle knows, written from the declarations in the code by `make docs`; a test checks
that these pages say what the code does.

"""
WAYS = """# Verbs

One verb for each step, in the order in which the data flows. `--help` says the same in the terminal. Every
option can also come from the environment: `--seed` of `agree` is `CROSSORACLE_AGREE_SEED`. What is not given
is read from the [study.toml](study.md) of the study, and else is the default.

The exit code is 0 when it is done, 1 when it is done and the answer is no (nothing can be compared,
non-inferiority is not shown), 2 when the input is wrong. Data and paths go to stdout, other text to stderr.

"""
STUDY = """# study.toml

What `crossoracle init` writes: every option of a study, its default and what it means. All of it may be
left out.

"""


def pages() -> dict[str, str]:
    """Return every page by the name of its file."""
    made = {
        "verbs.md": _verbs(),
        "study.md": _study(),
        "tables.md": _tables(),
        "coefficients.md": _coefficients(),
        "conditions.md": _conditions(),
        "contrasts.md": _contrasts(),
        "figures.md": _figures(),
        "formats.md": _importers(),
        "oracles.md": _oracles(),
    }
    written = {name: "\n".join(parts) for name, parts in made.items()}
    titles = {name: text.partition("\n")[0].removeprefix("# ") for name, text in written.items()}
    contents = "".join(f"* [{title}]({name})\n" for name, title in titles.items())
    return {"index.md": OPENING + contents, **written}


def write() -> None:
    """Write every page, and remove those that are none any more."""
    REFERENCE.mkdir(exist_ok=True)
    made = pages()
    for old in set(REFERENCE.glob("*.md")) - {REFERENCE / name for name in made}:
        old.unlink()
    for name, text in made.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")


def _verbs() -> Iterator[str]:
    yield WAYS.rstrip() + "\n"
    front = click.Context(cli, info_name="crossoracle")
    for name in cli.list_commands(front):
        command = cli.get_command(front, name) or cli
        context = click.Context(command, info_name=name, parent=front)
        usage = " ".join(["crossoracle", name, *command.collect_usage_pieces(context)])
        told = cleandoc(command.help or "")
        yield f"## {name}\n\n{told}\n\n```text\n{usage}\n```\n"
        rows = [_option(one, context) for one in command.params if isinstance(one, click.Option)]
        yield _table(("option", "what it does", "default"), rows)
        _, _, shown = (command.epilog or "").partition("Examples:\n")
        examples = "\n".join(line.removeprefix("  ") for line in shown.rstrip().splitlines())
        yield f'```text title="examples"\n{examples}\n```\n'


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    flags = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len, reverse=True))
    value = "" if option.is_flag else f" `{option.make_metavar(context)}`"
    record = option.get_help_extra(context)
    default = record.get("default", "")
    return flags + value, option.help or "", "required" if record.get("required") else default.strip("()")


def _study() -> Iterator[str]:
    with TemporaryDirectory() as place:
        done = CliRunner().invoke(cli, ["init", place])
        if done.exit_code:
            raise SystemExit(done.output)
        text = (Path(place) / "study.toml").read_text(encoding="utf-8")
    yield f"{STUDY.rstrip()}\n\n```toml\n{text.rstrip()}\n```\n"


def _coefficients() -> Iterator[str]:
    yield "# Coefficients\n\nWhat `--coefficient` takes, and the column `statistic` holds.\n"
    for of, words in (("pair", "Of two oracles"), ("all", "Of all oracles")):
        rows = [
            (f"`{c.name}`", c.title, READS[c.reads], _range(c.low, c.high), c.undefined, c.reference)
            for c in COEFFICIENTS.values()
            if c.of == of
        ]
        yield f"## {words}\n"
        yield _table(("name", "what it is", "reads", "range", "undefined when", "reference"), rows)


def _tables() -> Iterator[str]:
    yield "# Tables\n\nParquet, CSV or JSON Lines. Columns with a default may be missing from a file.\n"
    for table in TABLES.values():
        yield f"## {table.name}\n\n{table.meaning} Key: {', '.join(table.key)}.\n"
        rows = [(f"`{c.name}`", c.expected, c.unit, _default(c), c.meaning) for c in table.columns]
        yield _table(("column", "values", "unit", "default", "meaning"), rows)


def _importers() -> Iterator[str]:
    yield "# Import formats\n\nWhat `crossoracle import` reads: see [your own labels](../howto/labels.md).\n"
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
    yield "# Adapters and presets\n\nWhat `adapter` of study.toml takes, and presets: a name is enough.\n"
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
    yield "# Conditions\n\nWhich frames are seen; each can end in `+shuffled`. a, t and f lie in [0, 1].\n"
    rows = [
        (f"`{f.name}`", f.meaning, ", ".join(NEEDS.get(n, n) for n in f.needs) or "nothing", f.full_when)
        for f in CONDITIONS.values()
    ]
    yield _table(("condition", "what is seen", "needs", "is the full video when"), rows)


def _contrasts() -> Iterator[str]:
    yield '# Contrasts\n\nWhat `--contrast` takes; two conditions do as well, `"led@0 - motion"`.\n'
    rows = [(f"`{c.name}`", c.title, f"`{c.formula}`", c.meaning) for c in CONTRASTS.values()]
    yield _table(("contrast", "what it is", "from what to what", "what it asks"), rows)


def _figures() -> Iterator[str]:
    yield "# Figures\n\nWhat `crossoracle draw` draws; `crossoracle draw --list` lists them, too.\n"
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
    write()
