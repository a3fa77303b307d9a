"""The verb draw: results into figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import FILE, NO, PLACE, examples, flag, option, together
from crossoracle.figures.catalogue import FIGURES, HOMES, OPTIONS
from crossoracle.figures.presets import PRESETS, PRINT

TABLES = tuple(name for name in HOMES if name != "scores" and name not in OPTIONS)

results = together(
    option("--scores", multiple=True, type=FILE, help="Scores instead of the study's; may be repeated."),
    *(
        option(f"--{name.replace('_', '-')}", type=FILE, help=f"The {name} table instead of the study's.")
        for name in TABLES
    ),
)
choices = together(
    *(
        option(
            f"--{o.name.replace('_', '-')}",
            type=o.kind,
            multiple=o.many,
            show_default=o.default,
            metavar="N" if o.kind is int else "NAME",
            help=o.meaning,
        )
        for o in OPTIONS.values()
    )
)


@click.command(
    epilog=examples(
        "crossoracle draw study/",
        "crossoracle draw study/ --figure agreement-matrix --statistic cohen_kappa",
        "crossoracle draw study/ --preset cvpr --out paper/figures/",
        "crossoracle draw --estimates results/estimates.csv --out figures/",
        "crossoracle draw --list",
    )
)
@click.argument("study", required=False, type=PLACE)
@results
@option("--out", type=PLACE, show_default="STUDY/figures", help="Where the figures go.")
@option(
    "--figure",
    "figures",
    multiple=True,
    metavar="NAME",
    show_default="all",
    help="Only this one; may be repeated.",
)
@choices
@option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    show_default=PRINT.name,
    help="Where they are printed: widths, height, size and face of letters.",
)
@option(
    "--intervals",
    type=click.Choice(["brackets", "subscript"]),
    show_default="brackets",
    help="How the LaTeX tables show bounds.",
)
@flag("--list", "listed", help="List the figures and leave.")
@click.pass_context
def draw(
    context: click.Context,
    /,
    study: Path | None,
    scores: tuple[Path, ...],
    figures: tuple[str, ...],
    listed: bool,
    **options: Any,
) -> None:
    """Draw the figures of a study: PDF, SVG and PNG, with the plotted numbers as CSV; and its tables.

    Without --figure, tables of the estimates and differences go to STUDY/tables as LaTeX (booktabs), Markdown
    and CSV. What is not given is read from [draw] of study.toml.
    """
    if listed:
        for figure in FIGURES.values():
            click.echo(f"{figure.name}: {figure.title}")
        return
    if study is None and not scores and not any(options[name] for name in TABLES):
        raise click.UsageError("missing argument STUDY, or a table such as --estimates FILE with --out DIR")
    from crossoracle.config import Study

    files = Study(study, scores=scores).draw(figures or None, **options)
    for file in files:
        click.echo(file)
    if not files:
        context.exit(NO)
