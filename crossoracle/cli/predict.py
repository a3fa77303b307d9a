"""The verb predict: what a frozen recognizer says of the frames that a condition leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from crossoracle.cli.options import FILE, NO, PLACE, as_json, declared, engine, examples, given, option, shard
from crossoracle.options import PredictOptions

HOW = ("shard", "engine")  # options that study.toml does not have


@click.command(
    epilog=examples(
        "crossoracle predict study/ --recognizer videomae",
        "crossoracle predict study/ --recognizer probe --condition full --condition led@0.5 --split test",
        "crossoracle predict study/ --condition led@0 --oracle gpt-5.5 --protocol mask",
        "crossoracle predict study/ --condition random@0.3#1 --clips 4 --dataset ssv2",
        "crossoracle predict study/ --shard 3/8",
        "crossoracle predict study/ --recognizer videomae --engine ray",
    )
)
@click.argument("study", type=PLACE)
@option("--videos", type=FILE, show_default="the study's", help="Videos instead of the study's.")
@option(
    "--scores", multiple=True, type=FILE, show_default="the study's", help="Scores instead of the study's."
)
@option("--out", type=PLACE, show_default="STUDY", help="The directory of predictions.parquet.")
@declared(
    PredictOptions,
    "recognizers",
    flags=["--recognizer"],
    metavar="NAME",
    show_default="all of study.toml",
)
@declared(PredictOptions, "conditions", flags=["--condition"], metavar="NAME")
@declared(PredictOptions, "oracles", flags=["--oracle"], metavar="NAME", show_default="all with scores")
@declared(PredictOptions, "runs", flags=["--run"], metavar="NAME")
@declared(PredictOptions, "datasets", flags=["--dataset"], metavar="NAME", show_default="all")
@declared(PredictOptions, "split", show_default="all")
@declared(PredictOptions, "limit", metavar="N", show_default="all videos")
@declared(PredictOptions, "protocol")
@declared(PredictOptions, "fill")
@declared(PredictOptions, "clips", metavar="N")
@declared(PredictOptions, "offset")
@declared(PredictOptions, "step_s", metavar="SECONDS")
@declared(PredictOptions, "seed")
@declared(PredictOptions, "batch", metavar="N")
@declared(PredictOptions, "workers", metavar="N")
@shard
@engine(help="Where models run: here, or in the accelerators (or nodes) of a Ray cluster.")
@as_json
@click.pass_context
def predict(context: click.Context, /, json: bool, study: Path, **options: Any) -> None:
    """Let frozen recognizers predict the class of each video from the frames that conditions leave.

    Writes predictions into the study. Run again, the verb goes on where it stopped: rows that were made from
    the same recognizer, file and frames are not computed again. A recognizer is a section [recognizers.NAME]
    of study.toml with its family (transformers-video, clip-zero-shot, probe) and the options of that.
    """
    from crossoracle.config import Study
    from crossoracle.terminal.predicting import show_predictions
    from crossoracle.terminal.progress import bar

    changes = given(
        context, {name: v for name, v in options.items() if name not in ("videos", "scores", "out", *HOW)}
    )
    with bar() as progress:
        tables = {name: options[name] for name in ("videos", "scores")}
        found = Study(study, **tables).predict(
            out=options["out"], **{name: options[name] for name in HOW}, progress=progress, **changes
        )
    show_predictions(found, as_json=json)
    if not found.any_predicted:
        context.exit(NO)
