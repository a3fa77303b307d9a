"""The runner and figures with frames: where files are found, what is recorded, how large the figures are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossoracle import tables
from crossoracle.figures import style
from crossoracle.figures.catalogue import FIGURES
from crossoracle.figures.footage import Footage
from crossoracle.figures.presets import preset
from crossoracle.figures.run import draw
from crossoracle.provenance import Provenance
from crossoracle.video.encode import write
from tests.figures.single import film
from tests.figures.test_catalogue import texts_of

FRAMED = [name for name, one in FIGURES.items() if one.frames]
TABLES = ("scores", "predictions", "removals", "per_video")
HOSTILE = '<script>alert("1")</script> $x$ \u202eabc\u202c \U0001f431 & it\'s'


@pytest.fixture(scope="module")
def place(study, tmp_path_factory):
    """A study of which every video shows the same noise, which nothing packs, under a hostile label."""
    room = tmp_path_factory.mktemp("study")
    made_by = Provenance("test")
    rng = np.random.default_rng(0)
    pictures = (rng.integers(0, 256, (180, 320, 3), dtype=np.uint8) for _ in range(28))
    (room / "films").mkdir()
    write(room / "films" / "noise.mp4", pictures, fps=2)
    videos = study.scores[["dataset", "video_id"]].drop_duplicates()
    videos = videos.assign(label=HOSTILE, path="films/noise.mp4")
    tables.write("videos", videos, room / "videos.parquet", provenance=made_by)
    for name in ("scores", "predictions", "removals"):
        tables.write(name, getattr(study, name), room / f"{name}.parquet", provenance=made_by)
    tables.write("per_video", study.per_video, room / "results" / "per_video.parquet", provenance=made_by)
    return room


@pytest.fixture(scope="module")
def drawn(place):
    return {path.name: path for path in draw(place, FRAMED)}


def test_there_are_figures_with_frames():
    assert FRAMED == ["film", "montage", "removal", "alpha-diagram"]


@pytest.mark.slow
def test_frames_are_found_from_the_directory_of_the_table(drawn):
    for name in ("film", "montage", "alpha-diagram"):
        assert drawn[f"{name}.svg"].read_text().count("data:image/png") >= 2, name
        assert b"/Subtype /Image" in drawn[f"{name}.pdf"].read_bytes(), name


@pytest.mark.slow
def test_a_figure_of_noise_is_no_heavy_file(drawn):
    for name in FRAMED:
        for kind in ("svg", "pdf", "png"):
            assert drawn[f"{name}.{kind}"].stat().st_size < 1_500_000, f"{name}.{kind}"


def test_the_table_of_videos_is_recorded_with_the_others(drawn):
    for name in FRAMED:
        record = json.loads(Path(f"{drawn[f'{name}.pdf']}.json").read_text())
        found = {Path(path).name for path in record["inputs"]}
        assert found == {f"{table}.parquet" for table in (*FIGURES[name].reads, "videos")}
    assert not any("footage" in path.read_text() for path in drawn.values() if path.suffix == ".csv")


def test_a_hostile_label_is_text(drawn):
    assert pd.read_csv(drawn["film.csv"])["label"].iloc[0] == HOSTILE
    assert "<script" not in drawn["film.svg"].read_text()


def test_the_same_again_is_the_same_bit_for_bit(place, drawn, tmp_path):
    again = draw(place, ["film"], out=tmp_path)
    assert [path.read_bytes() for path in again] == [drawn[path.name].read_bytes() for path in again]


def test_options_reach_the_figures(place, tmp_path):
    draw(place, ["film", "alpha-diagram"], out=tmp_path, video="v0004", oracle="gpt-5.5")
    assert set(pd.read_csv(tmp_path / "film.csv")["video_id"]) == {"v0004"}
    found = pd.read_csv(tmp_path / "alpha-diagram.csv")
    assert (set(found["video_id"]), set(found["oracle"])) == ({"v0004"}, {"gpt-5.5"})


@pytest.fixture(scope="module")
def hostile(place, study):
    """The numbers of every figure where videos have long and hostile names, and their portrait frames."""
    names = {video: f"{HOSTILE} {video} {'x' * 300}" for video in study.scores["video_id"].unique()}
    given = {name: getattr(study, name).replace({"video_id": names}) for name in TABLES}
    given["predictions"] = given["predictions"].assign(top1=HOSTILE + "y" * 300)
    videos = given["scores"][["dataset", "video_id"]].drop_duplicates()
    footage = Footage(videos.assign(label=HOSTILE + "z" * 300, path="films/tall.mp4"), place)
    film(place / "films" / "tall.mp4", 14.0, (96, 54))
    rows = {
        name: FIGURES[name].numbers(*(given[table] for table in FIGURES[name].reads), footage=footage)
        for name in FRAMED
    }
    return rows, footage


@pytest.mark.slow
@pytest.mark.parametrize("name", FRAMED)
@pytest.mark.parametrize("place_of_print", ["print", "neurips", "slides"])
def test_no_text_is_cut_off_at_any_preset(name, place_of_print, hostile):
    rows, footage = hostile
    with style.using(preset(place_of_print)):
        canvas = FIGURES[name].paint(rows[name], footage=footage).get_figure()
        assert canvas.get_size_inches()[0] == pytest.approx(preset(place_of_print).page)
        assert canvas.get_size_inches()[1] <= 1.04 * preset(place_of_print).height
    canvas.draw_without_rendering()
    room = canvas.bbox.padded(2)
    for text in (text for axes in canvas.axes for text in texts_of(axes)):
        box = text.get_window_extent()
        assert room.contains(box.x0, box.y0), text.get_text()
        assert room.contains(box.x1, box.y1), text.get_text()


@pytest.mark.parametrize("name", FRAMED)
def test_frames_are_not_stretched(name, hostile):
    rows, footage = hostile
    canvas = FIGURES[name].paint(rows[name], footage=footage).get_figure()
    canvas.draw_without_rendering()
    rooms = [room for panel in canvas.axes for room in panel.child_axes]
    assert rooms or name == "removal"  # of 27 segments: more than fit side by side
    for room in rooms:
        box, (high, wide) = room.get_window_extent(), room.images[0].get_array().shape[:2]
        assert box.width / box.height == pytest.approx(wide / high, rel=0.01)
