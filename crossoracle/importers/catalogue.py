"""Every importer by name: the built-in ones, and those that other packages bring.

A package adds one by an entry point of the group ``crossoracle.importers`` that names an `Importer`.
"""

from __future__ import annotations

from crossoracle.importers.importer import Importer
from crossoracle.manifests import every, find

GROUP = "crossoracle.importers"

BUILT_IN = (
    Importer(
        "table",
        "any table of scores: one row per segment and oracle, or one column per oracle",
        "crossoracle.importers.table:read",
        (".csv", ".parquet", ".jsonl"),
        ("dataset", "oracle", "run", "map", "score", "score_range", "kept_at", "step", "cluster"),
    ),
    Importer(
        "qvhighlights",
        "QVHighlights: three human ratings of 2-second clips, and the saliency scores of models",
        "crossoracle.importers.qvhighlights:read",
        (".jsonl",),
        ("dataset", "run", "kept_at", "predictions", "rescale", "kept_share"),
    ),
    Importer(
        "tvsum",
        "TVSum: twenty human ratings of 2-second shots (ydata-tvsum50.mat)",
        "crossoracle.importers.tvsum:read",
        (".mat", ".h5"),
        ("dataset", "run", "kept_at"),
    ),
    Importer(
        "mm",
        "Meaningful Moments: label files and motion caches, in directories, archives or Parquet",
        "crossoracle.importers.mm.read:read",
        (".json", ".tar.gz", ".tgz", ".tar", ".parquet", ".csv"),
        ("oracle", "dataset", "run", "pool"),
        directories=True,
    ),
    Importer(
        "predictions",
        "any table of predictions: one row per video and condition, and perhaps recognizer, oracle and run",
        "crossoracle.importers.predictions:read",
        (".csv", ".parquet", ".jsonl"),
        ("dataset", "recognizer", "oracle", "run", "map"),
    ),
    Importer(
        "mm-eval",
        "Meaningful Moments: recognizer records of the published release, in directories or archives",
        "crossoracle.importers.mm_eval.read:read",
        (".json", ".tar.gz", ".tgz", ".tar"),
        ("oracle", "dataset", "run", "pool"),
        directories=True,
    ),
    Importer(
        "sweeps",
        "published counts along alpha, thresholds or budgets: how many of n videos were right at each point",
        "crossoracle.importers.sweeps:read",
        (".csv", ".parquet", ".jsonl"),
        ("dataset", "recognizer", "oracle", "map"),
    ),
)


def importers() -> dict[str, Importer]:
    """Return every importer by name."""
    return every(GROUP, BUILT_IN)


def importer(name: str) -> Importer:
    """Return the importer of a format."""
    return find("format", name, importers())
