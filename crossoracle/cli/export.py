"""The verb export: a study as a dataset that others can load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import PLACE, as_json, examples, option


@click.command(
    epilog=examples(
        "crossoracle export study/ --out dataset/ --license CC-BY-4.0",
        'crossoracle export study/ --out dataset/ --license CC-BY-4.0 --creator "A. Author" '
        "--url https://example.org/dataset",
    )
)
@click.argument("study", type=PLACE)
@option("--out", required=True, type=PLACE, show_default="none", help="The directory of the dataset.")
@option(
    "--license",
    required=True,
    show_default="none",
    metavar="NAME",
    help="Its licence: a name as SPDX has it, or the address of its text.",
)
@option("--name", show_default="that of the study", help="What the dataset is called.")
@option("--description", metavar="TEXT", show_default="one for all studies", help="What it is, on one line.")
@option("--creator", "creators", multiple=True, metavar="NAME", help="Who made it; may be repeated.")
@option("--url", help="Where it will be found.", show_default="none")
@option("--citation", metavar="TEXT", show_default="none", help="How to cite it.")
@option("--version", default="1.0.0", help="Which version of the dataset this is.")
@as_json
def export(study: Path, out: Path, json: bool, **about: Any) -> None:
    """Write the tables of a study as a dataset: Parquet files, a card, croissant.json.

    The card is what the Hugging Face hub shows. Paths of videos and addresses of servers are left out; a key,
    or a directory of this machine, that shows in a value stops the export. The videos themselves are not
    copied, and nothing is uploaded.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.merging import show_exported

    show_exported(Study(study).export(out, **about), as_json=json)
