"""Real annotations, where they are at hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from crossoracle.agreement.loading import prepare
from crossoracle.agreement.ratings import Ratings
from crossoracle.importers.run import import_
from crossoracle.tables import connect, read

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Return a file of the reference material, or skip the test and say what is missing."""

    def find(name: str) -> Path:
        if not (SHARED / name).exists():
            pytest.skip(f"the reference material has no {name} beside this repository")
        return SHARED / name

    return find


@pytest.fixture(scope="session")
def qvhighlights(shared, tmp_path_factory) -> Callable[..., Ratings]:
    """Import and load the QVHighlights validation set, each vid#qid a cluster of its own."""
    annotations = shared("data/qvhighlights/highlight_val_release.jsonl")
    predictions = {"moment-detr": shared("data/qvhighlights/moment_detr_val_preds.jsonl")}

    @cache
    def study(kept_at: int, rescale: str) -> Path:
        out = tmp_path_factory.mktemp("qvhighlights")
        options = {"kept_at": kept_at, "rescale": rescale, "kept_share": "0.7", "predictions": predictions}
        import_("qvhighlights", annotations, out, **options)
        return out

    @cache
    def ratings(oracles: tuple[str, ...], kept_at: int = 3, rescale: str = "oracle") -> Ratings:
        con, out = connect(threads=1), study(kept_at, rescale)
        scores, videos = (read(con, name, out / f"{name}.parquet") for name in ("scores", "videos"))
        return prepare(con, scores, videos, oracles=oracles, cluster="video_id").ratings()

    return ratings
