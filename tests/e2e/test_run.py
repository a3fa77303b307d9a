"""The verb run: what is out of date is done, in order, and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from crossoracle.cli import run as command_line
from crossoracle.config import Study
from crossoracle.errors import InputError, StudyError
from crossoracle.figures.catalogue import FIGURES, HOMES
from crossoracle.oracles.paying import free
from crossoracle.oracles.settings import settings
from crossoracle.provenance import Provenance, read_sidecar
from crossoracle.report.material import RESULTS
from crossoracle.tables import write
from crossoracle.workflow import RECORD, STEPS, run, steps
from tests.video.filming import film

TOML = """
[frames]
fps = 2.0

[score]
strategy = "direct"

[oracles.center]
[oracles.random]

[agree]
replicates = 99
coefficients = ["spearman_within", "spearman_within_all", "cohen_kappa"]

[draw]
figures = ["agreement-matrix"]
"""
PAID = """
[oracles.paid]
adapter = "openai"
model = "gpt-5.5"
api_key_env = "NO_SUCH_KEY"
"""


@pytest.fixture
def home(tmp_path):
    place = tmp_path / "study"
    place.mkdir()
    rows = []
    for i in range(4):
        film(place / f"{i}.mp4", pictures=[np.full((48, 64, 3), 40 + 10 * i, np.uint8)] * 50)
        rows.append({"dataset": "d", "video_id": f"v{i}", "label": "waving", "path": f"{i}.mp4"})
    write("videos", pd.DataFrame(rows), place / "videos.parquet", provenance=Provenance("test"))
    (place / "study.toml").write_text(TOML)
    return place


def states(home, **how):
    return {ran.step: ran.state for ran in run(home, **how)}


def done(home, **how):
    return [step for step, state in states(home, **how).items() if state == "done"]


def stamps(home):
    return {file: file.stat().st_mtime_ns for file in home.rglob("*") if file.is_file()}


def test_everything_once_and_then_nothing(home):
    assert list(states(home)) == list(steps())
    assert (home / "results" / "estimates.parquet").is_file()
    assert (home / "figures" / "agreement-matrix.png").is_file()
    assert (home / "tables" / "agreement-pairs.tex").is_file()
    assert (home / "report.html").is_file()
    before = stamps(home)
    assert done(home) == []
    assert stamps(home) == before


def test_what_there_is_nothing_for_is_left_out_with_its_reason(home):
    why = {ran.step: ran.why for ran in run(home) if ran.state == "left out"}
    assert why == {
        "predict": "study.toml has no [recognizers.NAME]",
        "compare": "the study has no predictions.parquet",
        "floor": "study.toml has no [floor]",
    }


def test_a_changed_section_does_its_step_again_and_what_follows_from_it(home):
    done(home)
    (home / "study.toml").write_text(TOML.replace("replicates = 99", "replicates = 199"))
    assert done(home) == ["agree", "draw", "report"]


def test_a_changed_oracle_is_asked_again(home):
    done(home)
    (home / "study.toml").write_text(TOML.replace("[oracles.random]", "[oracles.random]\nseed = 5"))
    assert done(home) == ["score", "precheck", "agree", "draw", "report"]


def test_a_comment_does_nothing(home):
    done(home)
    (home / "study.toml").write_text("# a note\n" + TOML)
    assert done(home) == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["gone", "another's"])
def test_a_result_that_is_not_what_was_made_is_made_again(home, fault):
    done(home)
    file = home / "results" / "estimates.csv"
    if fault == "gone":
        file.unlink()
    else:
        file.write_text(file.read_text() + "\n")
    assert done(home) == ["agree"], "the same numbers: nothing follows"
    assert done(home) == []


def test_a_changed_video_table_does_all_again(home):
    done(home)
    rows = duckdb.read_parquet(str(home / "videos.parquet")).df()
    write("videos", rows.iloc[:3], home / "videos.parquet", provenance=Provenance("test"))
    assert done(home) == ["score", "precheck", "agree", "draw", "report"]


@pytest.mark.slow
@pytest.mark.parametrize("file", ["scores.parquet", "prechecks.parquet"])
def test_a_table_that_is_gone_is_made_again(home, file):
    done(home)
    (home / file).unlink()
    assert done(home)[0] == "score"
    assert (home / file).is_file()


def test_a_video_that_was_replaced_is_looked_at_again(home):
    done(home)
    film(home / "2.mp4", pictures=[np.full((48, 64, 3), 200, np.uint8)] * 50)
    assert done(home)[0] == "score"
    assert "score" not in done(home)


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_each_result_that_the_page_shows_is_one_that_it_is_made_from(name):
    assert f"results/{name}.parquet" in next(step for step in STEPS if step.name == "report").reads


def test_each_table_that_figures_read_is_one_that_they_are_made_from():
    reads = {Path(file) for file in next(step for step in STEPS if step.name == "draw").reads}
    places = {name: Path(room, f"{name}.parquet") for name, (room, _) in HOMES.items()}
    assert reads >= {places[table] for figure in FIGURES.values() for table in figure.reads}


def test_a_figure_that_changes_belongs_into_the_report(home):
    done(home)
    file = home / "figures" / "agreement-matrix.svg"
    (home / "figures" / "mine.svg").write_text(file.read_text())
    assert done(home) == ["report"]
    (home / "study.toml").write_text(TOML + "\n[compare]\nseed = 4\n")
    assert done(home) == ["report"], "the page tells what study.toml says"


def test_a_model_named_by_its_whole_path_counts_too(home, tmp_path):
    named, long = tmp_path / "elsewhere.txt", "a text that names no file " * 400
    named.write_text("one")
    (home / "study.toml").write_text(TOML + f"\n[compare]\ncluster = '{named}'\ncontrasts = ['{long}']\n")
    done(home)
    named.write_text("two")
    assert done(home) == ["report"]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ('k = "3"', r"study\.toml \[draw\]: k is '3'; expected a whole number"),
        ('statistics = "cohen_kappa"', r"\[draw\]: statistics is 'cohen_kappa'; expected a list of texts"),
        ('figures = "timelines"', r"\[draw\]: figures is 'timelines'; expected a list of texts"),
        ("intervals = 2", r"\[draw\]: intervals is 2; expected text"),
        ('out = "elsewhere"', r"unknown option in .*study\.toml \[draw\] 'out'"),
        ('figure = ["timelines"]', r"unknown option .* 'figure': did you mean 'figures'"),
    ],
)
def test_what_study_toml_says_about_drawing_is_checked(home, section, message):
    (home / "study.toml").write_text(f"[draw]\n{section}\n")
    with pytest.raises(InputError, match=message):
        Study(home).draw()


def test_what_python_says_about_drawing_is_checked(home):
    done(home)
    with pytest.raises(InputError, match="draw: k is '3'; expected a whole number"):
        Study(home).draw(k="3")


def test_one_figure_is_drawn_whatever_study_toml_says_of_all(home):
    done(home)
    text = TOML.replace("[draw]", '[draw]\nintervals = "subscript"').replace(
        "agreement-matrix", "agreement-forest"
    )
    (home / "study.toml").write_text(text)
    drawn = Study(home).draw(["agreement-matrix"], intervals="brackets")
    assert {file.stem for file in drawn} == {"agreement-matrix"}
    both = Study(home).draw(intervals="brackets")
    assert {file.stem for file in both} == {"agreement-forest", "agreement-pairs", "agreement-together"}
    record = read_sidecar(home / "tables" / "agreement-pairs.tex")
    assert record["options"]["intervals"] == "brackets", "the caller's word goes before that of study.toml"


def floor_of(home):
    return next(ran for ran in run(home) if ran.step == "floor")


def test_an_empty_section_asks_for_the_floor_of_what_is_repeated(home):
    """As `init` writes it: what it does not say is worked out from the data."""
    (home / "study.toml").write_text(TOML + "\n[floor]\n")
    ran = floor_of(home)
    assert (ran.state, ran.why) == ("left out", "no oracle has two runs, and [floor] names no arms")
    (home / "study.toml").write_text(TOML.replace("[score]", "[score]\nruns = 2") + "\n[floor]\n")
    with pytest.raises(InputError):
        floor_of(home)  # the same pictures twice are no repetition, and that is told
    jittered = TOML.replace("[score]", "[score]\nruns = 2").replace("fps = 2.0", "fps = 2.0\njitter_s = 0.1")
    (home / "study.toml").write_text(jittered + "\n[floor]\nreplicates = 99\n")
    assert floor_of(home).state == "done"
    assert (home / "results" / "floors.parquet").is_file()


def test_arms_that_study_toml_names_are_not_left_out(home):
    (home / "study.toml").write_text(TOML + '\n[floor]\narms = ["a=center:0,1"]\n')
    with pytest.raises(InputError, match="run of center"):
        done(home)


def predicted(place):
    """Make a study that has predictions from elsewhere, and nothing else."""
    rows = [
        {"video_id": f"v{i}", "condition": name, "oracle": oracle, "correct1": (i + shift) % 3 > 0}
        for i in range(12)
        for shift, (name, oracle) in enumerate([("full", None), ("led@0", "o"), ("inverted@0", "o")])
    ]
    frame = pd.DataFrame(rows).assign(dataset="d", recognizer="r", run="0")
    place.mkdir()
    write("predictions", frame, place / "predictions.parquet", provenance=Provenance("test"))
    (place / "study.toml").write_text("[compare]\nreplicates = 99\n")
    return place


def test_a_study_of_predictions_alone_is_compared_drawn_and_reported(tmp_path):
    home = predicted(tmp_path / "study")
    assert done(home) == ["compare", "draw", "report"]
    assert list((home / "figures").glob("*.svg"))
    assert done(home) == []


def test_what_was_not_finished_goes_on(home):
    os.rename(home / "3.mp4", home / "away.mp4")
    assert "score" in done(home)
    assert "score" in done(home), "a video that could not be opened is tried again"
    os.rename(home / "away.mp4", home / "3.mp4")
    assert "score" in done(home)
    assert "score" not in done(home)


def test_a_failing_step_keeps_what_is_done(home):
    (home / "study.toml").write_text(TOML + '\n[compare]\nmetrics = ["top1"]\n[recognizers.probe]\n')
    seen = []
    with pytest.raises(InputError, match=r"recognizer\.npz"):
        seen.extend(run(home))
    assert set(json.loads((home / RECORD).read_text())) == {"score", "precheck", "agree"}
    (home / "study.toml").write_text(TOML)
    assert done(home) == ["draw", "report"]


def test_nothing_is_paid_for_unless_told(home):
    (home / "study.toml").write_text(TOML + PAID)
    assert "score" in done(home)
    oracles = set(duckdb.read_parquet(str(home / "prechecks.parquet")).df()["oracle"])
    assert oracles == {"center", "random"}
    with pytest.raises(InputError, match="NO_SUCH_KEY"):
        done(home, pay=True)
    (home / "study.toml").write_text(PAID)
    why = next(ran.why for ran in run(home) if ran.step == "score")
    assert why == "every oracle costs money: give --pay"


@pytest.mark.parametrize(
    ("oracle", "is_free"),
    [
        ("center", True),
        ("qwen3-vl-32b", True),  # a server of one's own
        ("gpt-5.5", False),
        ("paid", False),
        ("unknown", False),  # of unknown price
    ],
)
def test_what_is_free(oracle, is_free):
    unknown = {"adapter": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1"}
    sections = {"oracles": {"paid": {"adapter": "openai", "model": "gpt-5.5"}, "unknown": unknown}}
    assert free(settings(sections, "study.toml"), oracle) is is_free


def test_no_study(tmp_path):
    with pytest.raises(StudyError):
        states(tmp_path)


def test_a_damaged_record_is_no_record(home):
    done(home)
    (home / RECORD).write_text("{")
    assert "agree" in done(home)


def test_the_command_shows_each_step_and_where_to_look(home, capsys):
    assert command_line(["run", str(home)]) == 0
    out, told = capsys.readouterr()
    assert f"$ crossoracle agree {home}" in told
    assert "predict: left out (study.toml has no [recognizers.NAME])" in told
    assert f"Look at {home / 'report.html'}" in told.replace("\n", " ")
    assert str(home / "results" / "estimates.csv") in out.split()
    assert command_line(["run", str(home), "--json"]) == 0
    assert [one["state"] for one in json.loads(capsys.readouterr().out)].count("up to date") == 5
