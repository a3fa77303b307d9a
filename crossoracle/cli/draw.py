"""The verb draw: results into figures."""

from __future__ import annotations

from pathlib import Path

import click

from crossoracle.cli.options import NO, PLACE, examples, flag, option


@click.command(
    epilog=examples(
        "crossoracle draw study/",
        "crossoracle draw study/ --figure agreement-matrix --figure timelines",
        "crossoracle draw --list",
    )
)
@click.argument("study", required=False, type=PLACE)
@option(
    "--figure",
    "figures",
    multiple=True,
    metavar="NAME",
    show_default="all",
    help="Only this one; may be repeated.",
)
@option("--out", type=PLACE, show_default="STUDY/figures", help="Where the figures go.")
@flag("--list", "listed", help="List the figures and leave.")
@click.pass_context
def draw(
    context: click.Context, /, study: Path | None, figures: tuple[str, ...], out: Path | None, listed: bool
) -> None:
    """Draw the figures of a study: PDF, SVG and PNG, with the plotted numbers as CSV."""
    from crossoracle.figures.catalogue import FIGURES

    if listed:
        for figure in FIGURES.values():
            click.echo(f"{figure.name}: {figure.title}")
        return
    if study is None:
        raise click.UsageError("missing argument STUDY")
    from crossoracle.config import Study

    files = Study(study).draw(figures or None, out=out)
    for file in files:
        click.echo(file)
    if not files:
        context.exit(NO)
