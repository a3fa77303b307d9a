"""The verb import: foreign files into the tables of a study."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import FILE, PLACE, examples, flag, option
from crossoracle.importers.catalogue import BUILT_IN

FORMATS = "\n".join(f"  {importer.name}: {importer.meaning}" for importer in BUILT_IN)


@click.command(
    "import",
    epilog="\b\nFormats:\n"
    + FORMATS
    + "\n\n"
    + examples(
        "crossoracle import table ratings.csv --out study/",
        "crossoracle import table wide.csv --score r1=ann --score r2=bob --score-range 1 5 --out study/",
        "crossoracle import qvhighlights highlight_val_release.jsonl \\",
        "    --predictions moment-detr=moment_detr_val_preds.jsonl --out study/",
        "crossoracle import tvsum ydata-tvsum50.mat --out study/",
        "crossoracle import mm k400/sidecars/ --oracle qwen3-vl --pool k400.csv --out study/",
        "crossoracle import mm-eval k400/records/ --oracle qwen3-vl --dataset k400 --out study/",
        "crossoracle import predictions mine.csv --map correct1=right --recognizer net --out study/",
    ),
)
@click.argument("format")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@option("--out", required=True, type=PLACE, help="The directory of the study; made where it is missing.")
@flag(
    "--replace",
    help="Let rows of the files take the place of different ones with the same key, which are refused else.",
)
@option("--dataset", show_default="from the files", help="Dataset of rows that name none.")
@option("--oracle", show_default="from the files", help="Oracle of rows that name none.")
@option("--recognizer", show_default="from the files", help="Recognizer of predictions that name none.")
@option("--run", show_default="0", help="Run of rows that name none.")
@option(
    "--map", multiple=True, metavar="COLUMN=FIELD", help="Field of the file behind a column; may be repeated."
)
@option(
    "--score", multiple=True, metavar="FIELD=ORACLE", help="A field of scores of one oracle; may be repeated."
)
@option(
    "--score-range",
    type=(float, float),
    metavar="LOW HIGH",
    show_default="0 1",
    help="The scores that become 0 and 1.",
)
@option(
    "--kept-at",
    type=float,
    show_default="of the format",
    help="Score from which a segment is kept, on the scale of the files (before --score-range).",
)
@option("--kept-share", metavar="SHARE", show_default="none", help="Share of segments that a model keeps.")
@option(
    "--step",
    type=float,
    metavar="SECONDS",
    show_default="from the files",
    help="Length of a segment, where times are missing.",
)
@option(
    "--cluster", metavar="FIELD", show_default="the video", help="Field that names the source of a video."
)
@option(
    "--predictions", multiple=True, metavar="NAME=FILE", help="Scores of one more oracle; may be repeated."
)
@option(
    "--rescale",
    type=click.Choice(["oracle", "video", "none"]),
    show_default="oracle",
    help="How predictions come to [0, 1].",
)
@option("--pool", type=FILE, show_default="none", help="A CSV of videos: their labels and datasets.")
@option(
    "--option",
    "more",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of a format that another package brings; may be repeated.",
)
def import_(
    format: str, files: tuple[Path, ...], out: Path, replace: bool, more: tuple[str, ...], **options: Any
) -> None:
    """Bring annotations and predictions in other formats into the tables of a study.

    The same files again change nothing; other oracles, runs and videos are added to what is there. A row with
    the key of one that is there and other values (an oracle's score of a segment, say) stops the import, and
    nothing is written; with --replace it takes that row's place. Rows that the files do not have stay as they
    are: --replace takes nothing away. What an import noticed is listed in import-findings.csv.
    """
    from crossoracle.config import Study

    done = Study.import_(out, format, files, replace=replace, **options, **_named(more, options))
    for note in done.remarks:
        click.echo(f"note: {note}", err=True)
    for name, path in done.paths.items():
        click.echo(f"{name}: {done.counts[name]}", err=True)
        click.echo(path)


def _named(pairs: Sequence[str], known: Collection[str]) -> dict[str, str]:
    """Return options that have no name on this command line; their values are texts."""
    found: dict[str, str] = {}
    for text in pairs:
        name, equals, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not (name and equals):
            raise click.BadParameter(f"found {text!r}, expected NAME=VALUE", param_hint="--option")
        if name in known or name in found:
            own = f"as --{name.replace('_', '-')}" if name in known else "once"
            raise click.BadParameter(f"found {name}, expected it {own}", param_hint="--option")
        found[name] = value
    return found
