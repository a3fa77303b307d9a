"""The main job on real annotations: three raters and a model on the videos of QVHighlights."""

from __future__ import annotations

import json

import duckdb
import pytest


@pytest.fixture(scope="module")
def study(qvhighlights, command, tmp_path_factory):
    out = tmp_path_factory.mktemp("real") / "study"
    predictions = f"moment-detr={qvhighlights['predictions']}"
    done = command(
        "import", "qvhighlights", qvhighlights["annotations"], "--predictions", predictions, "--out", out
    )
    assert done.returncode == 0, done.stderr
    return out


def test_the_import_finds_every_query(study):
    con = duckdb.connect()
    assert con.sql(f"select count(*) from '{study}/videos.parquet'").fetchall() == [(1550,)]
    oracles = con.sql(f"select distinct oracle from '{study}/scores.parquet' order by 1").fetchall()
    assert [name for (name,) in oracles] == ["human-1", "human-2", "human-3", "moment-detr"]


def test_precheck_passes_every_video(study, command):
    done = command("precheck", study)
    assert done.returncode == 0
    assert "no prechecks table: every video passes" in done.stderr


def test_agree_gives_the_published_values(study, command):
    humans = [word for i in (1, 2, 3) for word in ("--oracle", f"human-{i}")]
    done = command("agree", study, *humans, "--seed", 7, "--replicates", 999, "--json")
    assert done.returncode == 0, done.stderr
    rows = {
        (row["statistic"], row["oracle_a"], row["oracle_b"]): row
        for row in json.loads(done.stdout)["estimates"]
        if row["dataset"] == "all"
    }
    # krippendorff 0.9.0, statsmodels and SciPy on the same ratings
    assert rows["alpha_interval", None, None]["value"] == pytest.approx(0.1665280986, abs=1e-9)
    assert rows["alpha_ordinal", None, None]["value"] == pytest.approx(0.1226676143, abs=1e-9)
    assert rows["kappa_quadratic", "human-1", "human-2"]["value"] == pytest.approx(0.1548358973, abs=1e-9)
    within = rows["spearman_within", "human-1", "human-2"]
    assert within["value"] == pytest.approx(0.2488368386, abs=1e-9)
    assert (within["n_videos"], within["n_left_out"]) == (1007, 543)
    assert within["low"] < within["value"] < within["high"]
    assert "543" in done.stderr
    assert "Rests on 1,550 of 1,550 videos" in done.stderr


@pytest.mark.slow
def test_draw_draws_every_figure_that_has_its_table(study, command):
    command("agree", study, "--replicates", 199)
    done = command("draw", study)
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in (study / "figures").iterdir()} == {
        ".pdf",
        ".svg",
        ".png",
        ".csv",
        ".json",
    }
