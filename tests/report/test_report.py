"""The page of a study: whole, alone, true to the tables, safe, and usable."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import duckdb
import numpy as np
import pandas as pd
import pytest

from crossoracle.config import Study
from crossoracle.errors import StudyError
from crossoracle.provenance import Provenance, read_sidecar
from crossoracle.report import browser, recognised, warnings
from crossoracle.report.listing import listed
from crossoracle.report.material import Material
from crossoracle.report.page import report
from crossoracle.report.pictures import best
from crossoracle.tables import write
from tests.video.filming import film

HOSTILE = '</script><img src=x onerror="alert(1)">'


def tables(home, *, videos=6, oracles=("a", "b", "c"), label="waving", seed=0, prechecks=True):
    """Write a study of seeded scores; the first video has a file."""
    home.mkdir(exist_ok=True)
    rng = np.random.default_rng(seed)
    named, scores, asked = [], [], []
    for v in range(videos):
        key = {"dataset": "d", "video_id": f"v{v}"}
        named.append({**key, "label": label, "path": "0.mp4" if v == 0 else None})
        for oracle in oracles:
            outcome = "no" if v == 1 and oracle == oracles[-1] else "yes"
            asked.append({**key, "oracle": oracle, "outcome": outcome})
            for s, score in enumerate(rng.random(5).round(2)):
                edges = {"segment": s, "start_s": s / 2, "end_s": (s + 1) / 2}
                silent = s == 4 and v == 2
                scores.append(
                    {
                        **key,
                        "oracle": oracle,
                        **edges,
                        "score": None if silent else score,
                        "kept": None if silent else score > 0.5,
                    }
                )
    film(home / "0.mp4", pictures=[np.full((48, 64, 3), 90, np.uint8)] * 50)
    made = {"videos": named, "scores": scores} | ({"prechecks": asked} if prechecks else {})
    for name, rows in made.items():
        write(name, pd.DataFrame(rows), home / f"{name}.parquet", provenance=Provenance("test"))
    return home


@pytest.fixture
def home(tmp_path):
    place = tables(tmp_path / "study")
    study = Study(place)
    study.precheck()
    study.agree(replicates=99, seed=3)
    study.draw(["agreement-matrix"])
    return place


class Page(HTMLParser):
    """The parts of a page that a test asks about."""

    def __init__(self, text):
        super().__init__()
        self.text, self.tags, self.links, self.ids = [], [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        self.ids.add(given.get("id"))
        self.links += [given[name] for name in ("src", "href") if name in given]

    def handle_data(self, data):
        self.text.append(data)


def page(home, **how):
    return report(home, **how).file.read_text(encoding="utf-8")


def data(text):
    """Return what the page holds, each segment as start, end, score and whether it is kept."""
    found = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))
    for video in found["videos"]:
        grids = video.pop("grids")
        video["scores"] = {
            oracle: [
                [*edges, score, {"1": True, "0": False, "-": None}[sign]]
                for edges, score, sign in zip(grids[grid], scores, kept, strict=True)
            ]
            for oracle, (grid, scores, kept) in video["scores"].items()
        }
    return found


def test_it_is_one_file_that_loads_nothing(home):
    text = page(home)
    links = Page(text).links
    assert links
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "@import" not in text
    assert not re.search(r"url\(", text)
    assert "default-src 'none'" in text


def test_every_link_has_its_place(home):
    read = Page(page(home))
    assert {link[1:] for link in read.links if link.startswith("#")} <= read.ids


def test_the_headline_is_that_of_the_tables(tmp_path):
    place = tables(tmp_path / "study", videos=30)
    Study(place).precheck()
    found = (
        Study(place).agree(replicates=99, seed=3).estimates.select(statistic="fleiss_kappa", dataset="all")
    )
    text = " ".join(Page(page(place, pictures=False)).text)
    assert "29 of 30 videos are recognised by all of 3 oracles (96.7 % [" in text
    (row,) = (one for one in found if one.label is None)
    assert f"by {row.value:.3f} [{row.low:.3f}, {row.high:.3f}], over 29 videos" in text


def test_an_interval_that_is_not_there_is_said_to_be_missing(home):
    text = " ".join(Page(page(home)).text)
    assert "(no interval), over 5 videos that every oracle recognised" in text
    assert not re.search(r"\bnan\b", text, re.I)


def test_every_segment_of_every_oracle_is_in_the_browser(home):
    videos = data(page(home))["videos"]
    assert [video["id"] for video in videos] == [f"v{i}" for i in range(6)]
    second = videos[2]
    assert {name: len(segments) for name, segments in second["scores"].items()} == dict.fromkeys("abc", 5)
    assert second["scores"]["a"][4] == [2.0, 2.5, None, None]
    assert videos[1]["outcomes"]["c"] == ["no", None]
    assert [video["file"] for video in videos] == ["0.mp4"] + [None] * 5
    assert videos[0]["picture"].startswith("data:image/jpeg;base64,")
    assert videos[1]["picture"] is None


def test_the_file_of_a_video_is_found_from_where_the_page_is(home, tmp_path):
    text = page(home, out=tmp_path / "elsewhere" / "page.html", pictures=False)
    first = data(text)["videos"][0]
    assert first["file"] == "../study/0.mp4"
    assert "picture" not in first


def test_the_picture_is_of_the_segment_that_scores_highest():
    said = {"a": [[0, 1, 0.2, None], [1, 2, 0.9, True]], "b": [[0, 1, 0.3, None], [1, 2, None, None]]}
    assert best(said) == 1.5
    assert best({}) == 0.0


def test_what_users_name_cannot_break_out(tmp_path):
    place = tables(tmp_path / "study", label=HOSTILE, oracles=(f"a{HOSTILE}", "b"))
    Study(place).agree(replicates=99)
    text = page(place)
    assert HOSTILE not in text
    assert data(text)["videos"][0]["label"] == HOSTILE
    assert [tag for tag, given in Page(text).tags if tag == "img" and given.get("src") == "x"] == []


def test_many_videos_are_thinned_to_the_least_agreed_and_others(home, monkeypatch):
    monkeypatch.setattr(browser, "MOST", 4)
    text = page(home)
    shown = data(text)["videos"]
    assert len(shown) == 4
    assert "4 of 6 videos" in text
    every = {v["id"]: v["agreement"] for v in shown}
    rows = Study(home).agree(replicates=9).files[2]
    assert rows.name == "per_video.parquet"
    least = duckdb.sql(
        f"SELECT video_id FROM '{rows}' WHERE statistic = 'spearman_within_all' ORDER BY value LIMIT 2"
    ).fetchall()
    assert {video for (video,) in least} <= set(every)


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("few clusters", lambda home: None),
        ("selection", lambda home: None),
        ("out of date", lambda home: tables(home, seed=1)),
    ],
)
def test_warnings(kind, spoil, tmp_path):
    place = tables(tmp_path / "study", videos=4)
    Study(place).precheck()
    Study(place).agree(replicates=99)
    spoil(place)
    assert kind in report(place, pictures=False).warnings


def test_kappa_that_is_low_because_one_answer_is_rare_is_told(tmp_path):
    rows = []
    for v in range(40):
        for oracle, rare in (("a", v % 20 == 0), ("b", v % 20 == 1)):
            for s in range(5):
                edges = {"segment": s, "start_s": float(s), "end_s": s + 1.0}
                kept = not (rare and s == 0)
                rows.append(
                    {
                        "dataset": "d",
                        "video_id": f"v{v}",
                        "oracle": oracle,
                        **edges,
                        "score": 0.9 if kept else 0.1,
                        "kept": kept,
                    }
                )
    place = tmp_path / "study"
    place.mkdir()
    write("scores", pd.DataFrame(rows), place / "scores.parquet", provenance=Provenance("test"))
    Study(place).agree(replicates=99)
    assert "prevalence paradox" in report(place).warnings


def test_without_results_there_is_nothing_to_report(tmp_path):
    place = tables(tmp_path / "study")
    with pytest.raises(StudyError, match="no results"):
        report(place)
    assert not (place / "report.html").exists()


def test_where_it_comes_from(home):
    told = read_sidecar(report(home).file)
    assert told["verb"] == "report"
    assert "results/estimates.parquet" in told["inputs"]


def test_methods_say_what_was_run(home):
    text = " ".join(Page(page(home)).text)
    assert "99 resamples, seed 3" in text
    assert "Fleiss (1971)" in text


def test_scores_and_outcomes_are_of_the_run_that_was_compared(home):
    for name in ("scores", "prechecks"):
        rows = duckdb.read_parquet(str(home / f"{name}.parquet")).df()
        again = rows.assign(run="1")
        if name == "scores":
            again["score"] = 0.25
        write(name, pd.concat([rows, again]), home / f"{name}.parquet", provenance=Provenance("test"))
    assert data(page(home))["videos"][0]["scores"]["a"][0][2] != 0.25
    Study(home).agree(replicates=9, run="1")
    text = page(home)
    assert {one[2] for video in data(text)["videos"] for one in video["scores"]["a"]} == {0.25}
    assert "Scores and outcomes are those of run 1" in text


def test_the_flow_of_videos_and_what_was_asked_are_told(home):
    text = " ".join(" ".join(Page(page(home)).text).split())
    assert "What was asked" in text
    assert "d: 6 videos of 1 label" in text
    assert "a (imported)" in text
    flow, answers = recognised.grids(Material.of(home))
    assert flow.head == ("dataset", "videos", "a", "b", "c", "all together", "estimated on")
    assert flow.rows[-1] == ("d", "6", "6 (100.0 %)", "6 (100.0 %)", "5 (83.3 %)", "5 (83.3 %)", "5")
    assert answers.head == ("oracle", "yes", "no")
    assert answers.rows == (("a", "6", "0"), ("b", "6", "0"), ("c", "5", "1"))


def test_names_may_hold_what_joins_sets(tmp_path):
    place = tables(tmp_path / "study", oracles=("x & y", "x", "z & w & v"))
    Study(place).precheck()
    flow = duckdb.read_parquet(str(place / "results" / "flow.parquet")).df()
    rows, oracles = recognised.together(flow)
    assert oracles == 3
    assert (rows["n"] == 5).all()
    Study(place).agree(replicates=9)
    text = " ".join(Page(page(place)).text)
    assert "5 of 6 videos are recognised by all of 3 oracles" in text


def test_a_run_of_its_own_has_a_column_where_there_are_several():
    rows = pd.DataFrame({"statistic": "x", "run": ["0", "1"], "level": 0.95, "value": [0.1, 0.2]})
    assert listed({"tests": rows})[0].columns == ("statistic", "run", "value")
    assert listed({"tests": rows.head(1)})[0].columns == ("statistic", "value")


def test_many_pairs_of_a_paradox_are_one_warning():
    names = "abcdefg"
    rows = [
        {
            "dataset": "all",
            "label": None,
            "oracle_a": a,
            "oracle_b": b,
            "statistic": statistic,
            "value": value,
        }
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        for statistic, value in (("prevalence_index", 0.9), ("percent_agreement", 0.9), ("cohen_kappa", 0.1))
    ]
    (found,) = warnings._paradox({"estimates": pd.DataFrame(rows)})
    assert "a and b in all (90% alike, kappa 0.10, prevalence index +0.90)" in found.found
    assert f"and {21 - warnings.SHOWN} pairs more" in found.found
