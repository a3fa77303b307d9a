"""The page of 600 videos stays below 10 MB, and what could make it larger has a limit of its own."""

from __future__ import annotations

import base64

import duckdb
import numpy as np
import pandas as pd
import pytest

from bench.generator import Pool, generate
from crossoracle.config import Study
from crossoracle.provenance import Provenance
from crossoracle.report import illustrations, listing, pictures
from crossoracle.report.page import report
from crossoracle.tables import write
from crossoracle.video.encode import jpeg
from tests.video.filming import film

RNG = np.random.default_rng(3)


def noise(high=120, wide=160):
    return RNG.integers(0, 256, (high, wide, 3), dtype=np.uint8)


@pytest.mark.slow
def test_the_page_of_600_videos_is_below_10_mb(tmp_path):
    """Every picture is noise, which compresses worst, and every video is as long as they come."""
    pool = {"failed": 20, "classes": 20, "step_s": 2.0, "full": 0.5}
    pools = tuple(Pool(name, {"test": 300}, lengths=(40, 75), **pool) for name in ("a", "b"))
    home = generate(pools, tmp_path)
    for k in range(2):
        film(home / f"{k}.mp4", pictures=[noise()] * 30)
    rows = duckdb.read_parquet(str(home / "videos.parquet")).df()
    rows["path"] = [f"{i % 2}.mp4" for i in range(len(rows))]
    write("videos", rows, home / "videos.parquet", provenance=Provenance("test"))
    Study(home).precheck()
    Study(home).agree(replicates=9, coefficients=["spearman_within_all", "cohen_kappa"])
    done = report(home)
    text = done.file.read_text(encoding="utf-8")
    assert done.videos == text.count("data:image/jpeg") == 600
    rest = illustrations.MOST  # as if all the room for figures were taken
    assert len(text.encode()) + rest < 10_000_000


def test_a_picture_is_made_smaller_until_it_fits():
    whole = pictures._small(noise(), 10**6)
    half = len(whole) // 2
    assert len(pictures._small(noise(), half)) <= half
    tiny = pictures._small(noise(), 1)
    assert len(tiny) < len(whole) / 3
    assert tiny.startswith("data:image/jpeg;base64,")


def test_the_largest_figures_become_photographs_where_there_is_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(illustrations, "MOST", 100_000)
    for name, size in (("small", 2_000), ("large", 200_000), ("lonely", 60_000)):
        (tmp_path / f"{name}.svg").write_text("<svg>" + "x" * size + "</svg>")
        if name != "lonely":
            (tmp_path / f"{name}.png").write_bytes(jpeg(noise()))
    files = [tmp_path / f"{name}.svg" for name in ("small", "large", "lonely")]
    small, large, lonely = (one.source for one in illustrations.illustrations(files))
    assert large.startswith("data:image/jpeg")
    assert lonely.startswith("data:image/svg+xml")
    assert base64.b64decode(small.partition(",")[2]).startswith(b"<svg>")


def test_long_tables_share_the_room(monkeypatch):
    rows = {
        name: pd.DataFrame({"statistic": ["x"] * n, "value": 0.5})
        for name, n in (("tests", 900), ("flow", 30))
    }
    monkeypatch.setattr(listing, "CELLS", 200)
    shown = {one.name: (len(one.rows), one.of) for one in listing.listed(rows)}
    assert shown["flow"] == (30, 30)
    assert 30 < shown["tests"][0] < 100
    assert sum(2 * n for n, _ in shown.values()) <= 200
    assert shown["tests"][1] == 900
