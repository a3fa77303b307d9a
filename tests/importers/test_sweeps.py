"""Published counts become curves that the figures draw, beside those of a study."""

from __future__ import annotations

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from crossoracle.cli import run
from crossoracle.errors import InputError, TableError, UnknownNameError
from crossoracle.importers.run import import_
from crossoracle.tables import connect, read

ROWS = [("led", 0, 70), ("led", 0.5, 80), ("led", 1, 82), ("inverted", 0, 40), ("inverted", 0.5, 79)]
ROWS += [("inverted", 1, 82), ("budget", 0.3, 84), ("budget", 0.6, 81), ("threshold", 0, 90)]
ROWS += [("threshold", 0.5, 83)]


@pytest.fixture
def counts(tmp_path):
    rows = pd.DataFrame(ROWS, columns=["family", "x", "right"]).assign(dataset="d", videos=100)
    rows.to_csv(tmp_path / "counts.csv", index=False)
    return tmp_path / "counts.csv"


def _curves(home):
    with connect() as con:
        return read(con, "curves", home / "curves.parquet").df()


def test_points_have_binomial_intervals_and_gaps_have_none(counts, tmp_path):
    found = import_("sweeps", counts, tmp_path / "results", recognizer="vjepa2")
    rows = _curves(tmp_path / "results")
    assert set(rows["oracle"]) == {"published"}
    assert set(rows["recognizer"]) == {"vjepa2"}
    for family, x, right in ROWS:
        (row,) = rows[(rows["family"] == family) & (rows["x"] == x)].itertuples()
        assert row.value == pytest.approx(right / 100)
        assert (row.low, row.high) == pytest.approx(proportion_confint(right, 100, method="wilson"))
        assert (row.interval, row.n_videos) == ("wilson", 100)
    gaps = rows[rows["family"] == "gap"].sort_values("x")
    assert gaps["value"].tolist() == pytest.approx([0.3, 0.01, 0.0])
    assert gaps[["low", "high"]].isna().all(axis=None)
    assert gaps["reason"].str.startswith("published counts").all()
    told = " ".join(found.notes)
    assert "d: led less inverted at alpha 0: +30.00 points" in told
    assert "d: led at alpha 0 less the whole video: -12.00 points" in told
    assert "d: best budget 0.3: 84.00 %, +2.00 points" in told
    assert "d: best threshold 0.5: 83.00 %, +1.00 points" in told  # t = 0 keeps everything


def test_the_fields_of_the_release_are_known(tmp_path):
    one = {"dataset": "d", "n_videos": 200, "k_correct_inferred": 150, "top1_pct": 75.0}
    alpha = [one | {"family": f, "alpha": a} for f in ("vlm-fastforward",) for a in (0, 1)]
    alpha += [one | {"family": "lowest-evidence-fastforward", "alpha": a} for a in (0, 1)]
    pd.DataFrame(alpha).to_csv(tmp_path / "alpha.csv", index=False)
    pd.DataFrame([one | {"budget_pct": 30}]).to_csv(tmp_path / "budget.csv", index=False)
    import_("sweeps", [tmp_path / "alpha.csv", tmp_path / "budget.csv"], tmp_path / "out")
    rows = _curves(tmp_path / "out")
    assert set(rows["family"]) == {"led", "inverted", "gap", "budget"}
    assert rows.loc[rows["family"] == "budget", "x"].tolist() == pytest.approx([0.3])


def test_what_is_missing_or_makes_no_sense_is_told(counts, tmp_path):
    rows = pd.read_csv(counts)
    rows.drop(columns="right").to_csv(tmp_path / "less.csv", index=False)
    with pytest.raises(TableError, match=r"found no column right .*--map right=FIELD"):
        import_("sweeps", tmp_path / "less.csv", tmp_path / "out")
    rows.assign(right=101).to_csv(tmp_path / "more.csv", index=False)
    with pytest.raises(InputError, match="found 101 right of 100 videos"):
        import_("sweeps", tmp_path / "more.csv", tmp_path / "out")
    with pytest.raises(UnknownNameError, match="nothing"):
        import_("sweeps", counts, tmp_path / "out", map={"right": "nothing"})
    assert not (tmp_path / "out").exists()


def test_published_curves_are_drawn(counts, tmp_path, capsys):
    assert run(["import", "sweeps", str(counts), "--out", str(tmp_path / "results")]) == 0
    curves, out = str(tmp_path / "results" / "curves.parquet"), str(tmp_path / "figures")
    assert run(["draw", "--curves", curves, "--figure", "alpha-curves", "--out", out]) == 0
    capsys.readouterr()
    plotted = pd.read_csv(tmp_path / "figures" / "alpha-curves.csv")
    led = plotted[plotted["family"] == "led"]
    assert led["value"].tolist() == pytest.approx([0.7, 0.8, 0.82])
    assert (led["low"] < led["value"]).all()
    assert set(plotted["family"]) == {"led", "inverted", "gap"}
