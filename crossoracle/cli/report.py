"""The verb report: one page of a study."""

from __future__ import annotations

from pathlib import Path

import click

from crossoracle.cli.options import PLACE, examples, flag, option


@click.command(
    epilog=examples(
        "crossoracle report study/",
        'crossoracle report study/ --title "Which moments matter in Diving-48"',
        "crossoracle report study/ --no-pictures --out summary.html",
    )
)
@click.argument("study", type=PLACE)
@option("--out", type=PLACE, show_default="STUDY/report.html", help="The file.")
@option("--title", metavar="TEXT", show_default="the name of the directory", help="The heading.")
@flag("--no-pictures", help="Show no frame of the videos: nothing is decoded, and the page is smaller.")
def report(study: Path, out: Path | None, title: str | None, no_pictures: bool) -> None:
    """Write one HTML page of a study: what came out, what to beware of, every video to look at.

    The page needs no network and no other file, but for the videos, which it plays where they lie. It has the
    headline in words, the figures that were drawn, the tables to sort and filter, what every oracle said of
    each video (of more than 600, a selection), a methods section to adapt, and where everything comes from.
    """
    from crossoracle.config import Study

    done = Study(study).report(out=out, pictures=not no_pictures, title=title)
    for kind in dict.fromkeys(done.warnings):
        click.echo(f"note: the page warns of {kind}", err=True)
    click.echo(done.file)
