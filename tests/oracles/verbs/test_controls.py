"""controls: what the server sees decides; the numbers are worked out by hand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crossoracle.cli import run
from crossoracle.oracles.controls.control import Rated, Shown, area, probes, wrong_of
from crossoracle.oracles.controls.controlling import Responses, control_rows, quantities
from crossoracle.tables import connect, read
from tests.oracles.verbs.seeing import EVIDENCE, KEY, p_yes


@pytest.fixture(autouse=True)
def _planted(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def _run(verb, study, *words):
    return run([verb, str(study), "--videos", str(study / "videos.csv"), *words])


def _results(study, name):
    with connect() as con:
        return read(con, name, study / "results" / f"{name}.parquet").df()


def test_every_control_is_what_the_server_saw(told, seer):
    rows = pd.read_csv(told / "videos.csv")
    rows.loc[3, "label"] = "digging"  # so that there is a wrong label to give
    rows.to_csv(told / "videos.csv", index=False)
    assert _run("score", told) == 0
    assert _run("controls", told, "--points", "4", "--replicates", "199", "--limit", "3") == 0
    found = _results(told, "controls")
    pooled = found[(found["dataset"] == "all") & found["x"].isna()].set_index(["control", "metric"])["value"]
    films = [EVIDENCE[name] for name in "abc"]
    kept = [[level for level in film if level >= 2] for film in films]
    rest = [[level for level in film if level < 2] for film in films]
    assert pooled["whole", "p_yes"] == pytest.approx(np.mean([p_yes(film) for film in films]))
    assert pooled["keep-important", "p_yes"] == pytest.approx(np.mean([p_yes(film) for film in kept]))
    assert pooled["keep-filler", "p_yes"] == pytest.approx(np.mean([p_yes(film) for film in rest]), abs=1e-6)
    assert pooled["important-minus-filler", "p_yes"] > 0.5
    assert pooled["wrong-label", "p_yes"] == pytest.approx(0.02)
    assert pooled["wrong-label", "yes"] == 0.0
    assert pooled["insertion", "area"] > pooled["deletion", "area"]
    curve = found[(found["dataset"] == "all") & (found["control"] == "deletion") & found["x"].notna()]
    assert curve["x"].tolist() == [0.0, 0.25, 0.5, 0.75]
    order = [sorted(film, reverse=True) for film in films]
    removed = [[0, 1, 2, 3], [0, 1, 2, 2], [0, 1, 3, 4]]  # halves up, and one is left
    for place in range(4):
        left = [p_yes(film[gone[place] :]) for film, gone in zip(order, removed, strict=True)]
        assert curve["value"].iloc[place] == pytest.approx(np.mean(left), abs=1e-6)


def test_again_asks_nothing(told, seer):
    assert _run("score", told) == 0
    assert _run("controls", told, "--replicates", "99") == 0
    asked, first = len(seer.asked), _results(told, "controls")
    assert _run("controls", told, "--replicates", "99") == 0
    assert len(seer.asked) == asked
    pd.testing.assert_frame_equal(_results(told, "controls"), first)


def test_failures_are_counted_by_kind(told, seer):
    seer.fail = lambda number: number == 2
    assert _run("score", told) == 1
    seer.fail = lambda number: False
    assert _run("controls", told, "--points", "2", "--replicates", "99") == 0
    rows = _results(told, "failures")
    pooled = rows[rows["dataset"] == "all"].set_index(["asked", "outcome"])
    assert pooled.loc[("precheck", "error"), "n"] == 1
    assert pooled.loc[("precheck", "yes"), "n"] == 3
    assert pooled.loc["precheck", "n"].sum() == pooled.loc[("precheck", "yes"), "n_asked"] == 4
    assert pooled.loc["controls", "n"].sum() == pooled.loc[("controls", "yes"), "n_asked"]


def test_calls_without_a_reply_are_no_answers(told, seer, capsys):
    file = told / "study.toml"
    file.write_text(f"{file.read_text()}in_flight = 1\n")  # so that the first call is the first control
    assert _run("score", told) == 0
    asked = len(seer.asked)
    seer.fail = lambda number: number == asked + 1
    quick = ("--points", "2", "--replicates", "99", "--limit", "1")
    assert _run("controls", told, *quick) == 1, "one call brought no reply"
    assert "seer: calls without a reply; their videos are left out" in " ".join(
        capsys.readouterr().err.split()
    )
    rows = _results(told, "controls")
    whole = rows[(rows["dataset"] == "all") & (rows["control"] == "whole") & (rows["metric"] == "yes")].iloc[
        0
    ]
    assert np.isnan(whole["value"])
    assert (whole["n_left_out"], whole["n_videos"]) == (1, 0)
    seer.fail = lambda number: False
    assert _run("controls", told, *quick) == 0


def test_an_error_is_neither_yes_nor_no():
    shown = [Shown("keep-important", None, 0.9, "yes"), Shown("keep-filler", None, None, "error")]
    found = quantities(Responses("d", "v", "c", tuple(shown)))
    assert found["keep-important", "yes", None] == 1.0
    assert found["keep-filler", "yes", None] is None
    assert found["important-minus-filler", "yes", None] is None
    shown[1] = Shown("keep-filler", None, None, "unparsed")
    assert quantities(Responses("d", "v", "c", tuple(shown)))["important-minus-filler", "yes", None] == 1.0


def test_attributes_that_are_none_are_one_line(told, capsys):
    assert _run("score", told) == 0
    rows = pd.read_csv(told / "videos.csv")
    rows["attributes"] = "{half"
    rows.to_csv(told / "videos.csv", index=False)
    assert _run("controls", told, "--points", "2", "--replicates", "99") == 2
    assert "found attributes '{half'; expected a JSON object" in " ".join(capsys.readouterr().err.split())


def test_one_label_alone_has_no_wrong_one(told):
    assert _run("score", told) == 0
    assert _run("controls", told, "--points", "2", "--replicates", "99") == 0
    found = _results(told, "controls").set_index(["dataset", "control", "metric"])
    row = found.loc[[("all", "wrong-label", "p_yes")]].iloc[0]
    assert np.isnan(row["value"])
    assert row["reason"] == "no video has a value"
    assert row["n_left_out"] == 4


def test_videos_that_are_now_cut_otherwise_are_left_out(told, capsys):
    assert _run("score", told) == 0
    (told / "study.toml").write_text("[frames]\nstep_s = 1.0\n" + (told / "study.toml").read_text())
    assert _run("controls", told, "--replicates", "99") == 1
    error = " ".join(capsys.readouterr().err.split())
    assert "3 videos left out, such as light/" in error
    assert "set step_s in [frames] as it was" in error


def test_an_oracle_without_p_yes_has_none(told, capsys):
    assert _run("score", told, "--oracle", "center") == 0
    assert _run("controls", told, "--oracle", "center", "--replicates", "99") == 1
    assert "undefined (no video has a value)" in " ".join(capsys.readouterr().err.split())
    assert _run("controls", told, "--oracle", "seer") == 2
    assert "found no scores of seer in run 0; those with scores are center" in capsys.readouterr().err


def test_an_oracle_leaves_the_results_of_another(told):
    assert _run("score", told, "--oracle", "seer", "--oracle", "center") == 0
    quick = ("--points", "2", "--replicates", "99")
    assert _run("controls", told, "--oracle", "center", *quick) == 1  # it has no P(YES)
    alone = {name: _results(told, name) for name in ("controls", "failures")}
    assert _run("controls", told, "--oracle", "seer", *quick) == 0
    for name, before in alone.items():
        both = _results(told, name)
        assert set(both["oracle"]) == {"seer", "center"}
        kept = both[both["oracle"] == "center"].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, before)
        text = pd.read_csv(told / "results" / f"{name}.csv")
        assert len(text) == len(both)
    first = json.loads((told / "results" / "controls.parquet.json").read_text())
    assert [one["options"]["controls"]["oracles"] for one in first["history"]] == [["center"]]
    assert _run("controls", told, "--oracle", "seer", *quick, "--limit", "2") == 0
    found = _results(told, "controls").set_index("oracle")
    assert found.loc["seer", "n_videos"].max() == 2
    assert found.loc["center", "n_left_out"].max() == 4


def test_an_oracle_of_which_nothing_could_be_tested_keeps_its_rows(told):
    assert _run("score", told) == 0
    quick = ("--points", "2", "--replicates", "99", "--limit", "3")
    assert _run("controls", told, *quick) == 0
    before = {name: _results(told, name) for name in ("controls", "failures")}
    (told / "study.toml").write_text("[frames]\nstep_s = 7.0\n" + (told / "study.toml").read_text())
    assert _run("controls", told, *quick) == 1
    for name, rows in before.items():
        pd.testing.assert_frame_equal(_results(told, name), rows)


def test_every_scores_file_counts(told, tmp_path):
    assert _run("score", told, "--oracle", "seer", "--oracle", "center") == 0
    with connect() as con:
        rows = read(con, "scores", told / "scores.parquet").df()
    files = []
    for name in ("center", "seer"):
        files.append(tmp_path / f"{name}.csv")
        rows[rows["oracle"] == name].to_csv(files[-1], index=False)
    words = [word for file in files for word in ("--scores", str(file))]
    assert _run("controls", told, *words, "--oracle", "seer", "--points", "2", "--replicates", "99") == 0
    assert set(_results(told, "controls")["oracle"]) == {"seer"}
    record = json.loads((told / "results" / "controls.parquet.json").read_text())
    assert {name.rpartition("/")[2] for name in record["inputs"]} >= {"center.csv", "seer.csv"}


def test_nobody_to_test_is_said_in_words(told, capsys):
    assert _run("score", told, "--oracle", "center") == 0
    assert _run("controls", told) == 2
    error = capsys.readouterr().err
    assert "found no scores of any oracle of study.toml in run 0; those with scores are center" in error


def test_a_cap_stops_and_says_so(told, capsys):
    assert _run("score", told) == 0
    assert _run("controls", told, "--max-calls", "20", "--replicates", "99") == 1
    assert "the budget of 20 calls is spent; the results are of the videos tested so far" in " ".join(
        capsys.readouterr().err.split()
    )
    assert _run("controls", told, "--replicates", "99", "--json") == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{") :])["interrupted"] is False


def test_what_is_shown_goes_by_score_and_ties_to_the_lower_segment():
    rated = Rated((0.2, 0.9, None, 0.9), (False, True, False, False))
    shown = {(one.control, one.x): set(one.gone) for one in probes(rated, 4)}
    assert shown["keep-important", None] == {0, 2, 3}
    assert shown["keep-filler", None] == {1}
    assert [shown["deletion", x] for x in (0.0, 0.25, 0.5, 0.75)] == [set(), {1}, {1, 3}, {0, 1, 3}]
    assert [shown["insertion", x] for x in (0.25, 0.5, 0.75, 1.0)] == [{0, 2, 3}, {0, 2}, {2}, set()]


def test_the_wrong_label_is_another_one_and_repeats():
    labels = {name: {"of": name} for name in "abc"}
    drawn = [wrong_of("d", f"v{i}", "b", labels, 0) for i in range(60)]
    assert drawn == [wrong_of("d", f"v{i}", "b", labels, 0) for i in range(60)]
    assert {one["label"] for one in drawn} == {"a", "c"}
    assert all(one["attributes"] == {"of": one["label"]} for one in drawn)
    assert wrong_of("d", "v", "b", {"b": {}}, 0) is None


def test_intervals_rest_on_clusters_and_stay_in_range():
    rng = np.random.default_rng(0)
    tested = [
        Responses("d", f"v{i}", f"c{i // 5}", (Shown("whole", None, float(p), "yes"),))
        for i, p in enumerate(np.repeat(rng.uniform(0, 1, 20), 5))
    ]
    rows = control_rows("o", "0", tested, replicates=999, level=0.95, seed=0)
    row = next(one for one in rows if (one["control"], one["metric"]) == ("whole", "p_yes"))
    alone = [Responses(one.dataset, one.video_id, one.video_id, one.shown) for one in tested]
    naive = control_rows("o", "0", alone, replicates=999, level=0.95, seed=0)
    narrow = next(one for one in naive if (one["control"], one["metric"]) == ("whole", "p_yes"))
    assert row["n_clusters"] == 20
    assert row["n_videos"] == 100
    assert 0 <= row["low"] < row["value"] < row["high"] <= 1
    ratio = (row["high"] - row["low"]) / (narrow["high"] - narrow["low"])
    assert ratio == pytest.approx(5**0.5, rel=0.25)  # five copies of each say no more than one


def test_an_area_is_undefined_where_a_point_is():
    assert area([1.0, None, 0.0]) is None
    assert area([1.0, 1.0, 1.0]) == 1.0
