"""Ratings that are worked on shelf by shelf say what they say in memory."""

from __future__ import annotations

import sys
import tempfile

import duckdb
import numpy as np
import pytest

from crossoracle import Study
from crossoracle.agreement import shelving, streaming, summary
from crossoracle.agreement.catalogue import find
from crossoracle.agreement.loading import prepare
from crossoracle.errors import InputError, NotInstalledError
from crossoracle.options import AgreeOptions
from crossoracle.stats.resampling import BLOCK
from tests.shelves.shelved import HOW, NARROW, frames, same, tables


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    return Study(tables(tmp_path_factory.mktemp("study"), np.random.default_rng(8)))


@pytest.fixture
def shelved(monkeypatch):
    """Return what has everything worked on in shelves of a block each."""

    def shelve() -> None:
        monkeypatch.setattr(summary, "MOST_RATINGS", 0)
        monkeypatch.setattr(shelving, "VIDEOS", 100)

    return shelve


@pytest.mark.parametrize(
    "options",
    [
        {"differences": True},
        {"on": "pairwise", "interval": "bca", "differences": True},
        {"on": "all", "by": "none", "interval": "percentile"},
        {"interval": "jackknife"},
        {"interval": "hall", "differences": True},
    ],
    ids=["joint", "pairwise", "all", "jackknife", "hall"],
)
def test_shelves_say_what_memory_says(study, tmp_path, shelved, options):
    memory = study.agree(out=tmp_path / "memory", **HOW | options)
    shelved()
    shelves = study.agree(out=tmp_path / "shelves", **HOW | options)
    one, other = frames(tmp_path / "memory"), frames(tmp_path / "shelves")
    same(one, other)
    assert shelves.basis == memory.basis
    assert shelves.options == memory.options
    assert shelves.notes == memory.notes


@pytest.mark.parametrize("flagged", [0, pytest.param(2, marks=pytest.mark.slow), 3])
@pytest.mark.parametrize("sizes", [{"alone": 1}, {"a": 12, "b": 1, "c": 40}, {"few": 9}])
def test_small_and_strange_studies_say_the_same(tmp_path, shelved, sizes, flagged):
    small = Study(tables(tmp_path / "study", np.random.default_rng(5), sizes, flagged=flagged))
    how = HOW | {"differences": True, "on": "all"}
    memory = small.agree(out=tmp_path / "memory", **how)
    shelved()
    shelves = small.agree(out=tmp_path / "shelves", **how)
    same(frames(tmp_path / "memory"), frames(tmp_path / "shelves"))
    assert shelves.notes == memory.notes
    assert shelves.basis == memory.basis


@pytest.mark.parametrize("oracles", [("a", "b"), ("a", "b", "c")])
def test_oracles_without_a_common_video_say_the_same(tmp_path, shelved, oracles):
    tables(tmp_path / "study", np.random.default_rng(5), {"a": 40})
    asked = duckdb.read_parquet(str(tmp_path / "study" / "prechecks.parquet")).df()
    early = asked["video_id"] < "v00020"
    passes = np.select([asked["oracle"] == "a", asked["oracle"] == "b"], [early, ~early], True)
    apart = tmp_path / "prechecks.csv"
    asked.assign(outcome=np.where(passes, "yes", "no")).to_csv(apart, index=False)
    small = Study(tmp_path / "study", prechecks=apart)
    how = HOW | {"on": "pairwise", "oracles": oracles}
    memory = small.agree(out=tmp_path / "memory", **how)
    shelved()
    shelves = small.agree(out=tmp_path / "shelves", **how)
    same(frames(tmp_path / "memory"), frames(tmp_path / "shelves"))
    assert memory.basis.of_a_pair[0] == 0
    assert shelves.basis == memory.basis


def test_notes_are_in_the_order_of_the_videos(tmp_path, shelved):
    place = tables(tmp_path / "study", np.random.default_rng(5), {"a": 40})
    scores = duckdb.read_parquet(str(place / "scores.parquet")).df()
    names = {name: name.replace("v000", "v").replace("v0", "v") for name in scores["video_id"].unique()}
    moved = scores["oracle"].eq("b") & scores["video_id"].isin(["v00001", "v00010", "v00011"])
    scores.loc[moved, ["start_s", "end_s"]] *= 1.4
    files = {"scores": scores, "videos": duckdb.read_parquet(str(place / "videos.parquet")).df()}
    paths = {}
    for name, frame in files.items():
        paths[name] = tmp_path / f"{name}.csv"
        frame.assign(video_id=frame["video_id"].map(names)).to_csv(paths[name], index=False)
    small = Study(scores=paths["scores"], videos=paths["videos"])
    memory = small.agree(out=tmp_path / "memory", **HOW)
    shelved()
    assert small.agree(out=tmp_path / "shelves", **HOW).notes == memory.notes
    assert [note.split(":")[0] for note in memory.notes[-3:]] == ["a v1", "a v10", "a v11"]


def test_shelves_hold_what_memory_holds(study):
    with study._tables(AgreeOptions(), "scores", "videos", "prechecks") as (con, of):
        loading = prepare(con, of["scores"], of["videos"], of["prechecks"])
        memory = loading.ratings()
        assert loading.size == memory.score.size
        with shelving.shelve(loading) as shelves:
            parts = [shelves.read(shelf)[0] for shelf in shelves.shelves]
    names = np.concatenate([part.video_id for part in parts])
    places = np.concatenate([[shelves.datasets.index(part.datasets[0])] * part.videos for part in parts])
    order = np.lexsort((names, places))
    assert (names[order] == memory.video_id).all()
    assert (np.concatenate([part.cluster for part in parts])[order] == memory.cluster).all()
    assert shelves.clusters == memory.clusters
    assert shelves.centre == memory.centre
    assert [shelf.dataset for shelf in shelves.shelves] == ["first", "second"]
    stacked = np.concatenate([part.score for part in parts], axis=1)
    first = np.cumsum([0, *np.concatenate([part.length for part in parts])])
    moved = np.concatenate([np.arange(first[v], first[v + 1]) for v in order])
    np.testing.assert_array_equal(stacked[:, moved], memory.score)


@pytest.mark.parametrize("most", [1, BLOCK, 10 * BLOCK])
def test_a_shelf_holds_whole_blocks_of_one_dataset(monkeypatch, most):
    monkeypatch.setattr(shelving, "VIDEOS", most)
    blocks = [("a", 0, BLOCK), ("a", 1, 3 * BLOCK), ("a", 2, 7), ("b", 0, BLOCK), ("b", 1, 1)]
    found = list(shelving._shelves(blocks))
    ends = np.cumsum([videos for _, _, videos in blocks]).tolist()
    assert found[0].first == 0
    assert [one.last for one in found[:-1]] == [other.first for other in found[1:]]
    assert {one.last for one in found} <= set(ends)
    assert [one.dataset for one in found] == sorted(one.dataset for one in found)
    assert all(one.videos <= most or one.videos in {videos for *_, videos in blocks} for one in found)
    assert {one.last for one in found} >= {ends[2], ends[4]}


def test_nothing_is_left_behind(study, tmp_path, shelved, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spill"))
    (tmp_path / "spill").mkdir()
    shelved()
    study.agree(out=tmp_path / "out", **HOW)
    assert not list((tmp_path / "spill").iterdir())
    monkeypatch.setattr(streaming, "left", None)
    with pytest.raises(TypeError):
        study.agree(out=tmp_path / "out", **HOW)
    assert not list((tmp_path / "spill").iterdir())


def test_a_full_disk_leaves_nothing(study, tmp_path, shelved, monkeypatch):
    def full(rows, target, kind):
        target.write_bytes(b"a part")
        raise OSError(f"{target}: cannot be written: no space left")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spill"))
    (tmp_path / "spill").mkdir()
    shelved()
    monkeypatch.setattr(shelving, "copy", full)
    with pytest.raises(OSError, match=r"videos.parquet: cannot be written: no space left"):
        study.agree(out=tmp_path / "out", **HOW)
    assert not list((tmp_path / "spill").iterdir())
    assert not (tmp_path / "out").exists()


def test_what_needs_all_levels_is_left_out_and_said(study, tmp_path, shelved):
    shelved()
    found = study.agree(out=tmp_path / "out", replicates=3)
    assert {e.statistic for e in found.estimates} == {c.name for c in find() if c.name in NARROW}
    (told,) = [note for note in found.notes if note.startswith("left out: ")]
    assert "alpha_ordinal" in told
    with pytest.raises(InputError, match=r"alpha_ordinal .*choose fewer videos"):
        study.agree(out=tmp_path / "out", coefficients=("alpha_ordinal",), replicates=3)


def test_what_needs_all_ratings_stays_in_memory(study, tmp_path, shelved):
    shelved()
    found = study.agree(out=tmp_path / "out", coefficients=("cohen_kappa",), by="label", replicates=3)
    assert {e.label for e in found.estimates} == {None, "x"}


@pytest.mark.parametrize(
    ("options", "named"),
    [({"null": 3}, "--null"), ({"by": "label"}, "--by label"), ({"cross_check": True}, "--cross")],
)
def test_a_cluster_is_not_asked_for_what_needs_one_memory(study, tmp_path, options, named):
    with pytest.raises(InputError, match=f"--engine ray: {named}.* needs all ratings in one memory"):
        study.agree(out=tmp_path / "out", engine="ray", **options)


def test_an_engine_is_known(study):
    with pytest.raises(InputError, match="engine is 'dask'; expected one of local, ray"):
        study.agree(engine="dask")


def test_ray_that_is_missing_is_told(study, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(NotInstalledError, match="Ray is not installed; pip install"):
        study.agree(engine="ray", **HOW)
