"""The generated benchmark: real files, the same by name, and a truth that is what can be seen in them."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.video.decode import frames_at, timeline
from crossoracle.video.synthetic import REGIMES, TRUTH, generate, regime
from crossoracle.video.synthetic.generating import Take
from crossoracle.video.synthetic.painting import SIDE, painted
from crossoracle.video.synthetic.regime import SWEEPS
from crossoracle.video.synthetic.script import (
    DURATION_S,
    FPS,
    HEADINGS,
    decisive,
    evidence,
    script,
    segments,
    stream,
)

SEED = 5
FRAMES = round(DURATION_S * FPS)
NAMES = [one.name for one in REGIMES]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    directory = tmp_path_factory.mktemp("benchmark")
    generate(directory, seed=SEED, videos=3, training=3, workers=2)
    return directory


def rows(file):
    return duckdb.sql(f"SELECT * FROM '{file}'").df()


def taken(home, name):
    """Return the videos of a dataset that are studied, as they were to be made."""
    videos = rows(home / "videos.parquet")
    for row in videos[videos.dataset == name].itertuples():
        label, number = (int(part) for part in row.video_id.split("-")[1:])
        yield row, Take(regime(name), "test", label, number, SEED)


def pictures(take, looks=None):
    place = stream(SEED, take.regime.name, take.cluster, "place")
    camera = stream(SEED, take.regime.name, take.video_id, "camera")
    written = take.script() if looks is None else replace(take.script(), looks=looks)
    return np.stack(list(painted(written, take.regime.grain, place, camera))).astype(float)


def decoded(home, row):
    instants = [(number + 0.5) / FPS for number in range(FRAMES)]
    return np.stack([one.pixels for one in frames_at(home / row.path, instants)]).astype(float)


@pytest.mark.parametrize("name", NAMES)
def test_files_show_what_was_painted(home, name):
    for row, take in taken(home, name):
        line = timeline(home / row.path)
        assert len(line.times) == FRAMES
        assert line.end_s == pytest.approx(DURATION_S) == pytest.approx(row.duration_s)
        seen = decoded(home, row)
        assert seen.shape == (FRAMES, SIDE, SIDE, 3)
        assert np.abs(seen - pictures(take)).mean() < 6  # H.264 halves the colour, and adds its noise


@pytest.mark.parametrize("name", ["redundant", "ordered"])
def test_truth_is_where_something_can_be_seen(home, name):
    truth = rows(home / "truth.parquet")
    for row, take in taken(home, name):
        empty = pictures(take, (None,) * FRAMES)
        shown = np.abs(pictures(take) - empty).max(axis=(1, 2, 3)) > 1
        where = np.array([segments().of(frame / FPS) for frame in range(FRAMES)])
        share = np.bincount(where, shown) / np.bincount(where)
        told = truth[(truth.dataset == name) & (truth.video_id == row.video_id)].sort_values("segment")
        assert (told.score.to_numpy() <= share + 1e-9).all()
        assert (share[told.score.to_numpy() == 0] == 0).any()
        assert np.corrcoef(share, told.score)[0, 1] > 0.6
        clearest = told.score.to_numpy().argmax()  # and it is in the file, not only in the script
        seen = np.abs(decoded(home, row) - empty).mean(axis=(1, 2, 3))
        assert seen[where == clearest].mean() > 1.5 * seen[~shown].mean()


def test_truth_is_a_table_of_scores(home):
    for videos, truth in (("videos", "truth"), ("training", "training-truth")):
        known, told = rows(home / f"{videos}.parquet"), rows(home / f"{truth}.parquet")
        assert set(told.oracle) == {TRUTH}
        assert len(told) == len(known) * len(segments())
        assert told.score.between(0, 1).all()
        assert (told.kept == (told.score >= 0.5)).all()
        assert told.groupby(["dataset", "video_id"]).score.max().gt(0).all()


def test_no_source_is_in_both_splits_and_some_have_several_videos(home):
    studied, trained = rows(home / "videos.parquet"), rows(home / "training.parquet")
    assert not {*studied.cluster} & {*trained.cluster}
    assert not {*studied.path} & {*trained.path}
    assert set(studied.split) == {"test"}
    assert set(trained.split) == {"train"}
    sizes = studied.groupby(["dataset", "cluster"]).size()
    assert sorted(set(sizes)) == [1, 2]
    assert studied.groupby(["dataset", "cluster"]).label.nunique().eq(1).all()


def test_videos_of_one_source_share_the_place_and_nothing_else(home):
    (first, a), (second, b) = ([*taken(home, "ordered")][i] for i in (1, 2))
    assert first.cluster == second.cluster
    nothing = (None,) * FRAMES
    assert np.abs(pictures(a, nothing) - pictures(b, nothing)).mean() < 4
    assert a.script() != b.script()


def test_every_class_has_as_many_videos(home):
    counts = rows(home / "videos.parquet").groupby(["dataset", "label"]).size()
    assert set(counts) == {3}
    assert set(counts.index) == {(one.name, label) for one in REGIMES for label in one.classes}


def test_regimes_declare_how_many_videos_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr(Take, "film", lambda take, directory: None)
    made = generate(tmp_path, training=1)
    counts = rows(made.videos).groupby("dataset").size()
    assert counts.to_dict() == {one.name: one.videos * len(one.classes) for one in REGIMES}
    assert rows(made.training).groupby("dataset").size().to_dict() == {
        one.name: len(one.classes) for one in REGIMES
    }


def alike(one, other) -> bool:
    """Whether two files show the same: an encoder is free to write some bytes otherwise."""
    times = [0.25 * i for i in range(20)]
    pixels = (np.stack([p.pixels for p in frames_at(file, times)]).astype(float) for file in (one, other))
    return bool(np.abs(np.subtract(*pixels)).mean() < 2)


def test_what_files_show_depends_on_their_name_alone(home, tmp_path):
    generate(tmp_path, seed=SEED, regimes=("ordered", "redundant"), videos=1, training=1, workers=1)
    again = sorted(tmp_path.rglob("*.mp4"))
    assert len(again) == 18
    for file in again:
        assert alike(file, home / file.relative_to(tmp_path))


def test_another_seed_gives_other_videos(home, tmp_path):
    generate(tmp_path, seed=SEED + 1, regimes=("ordered",), videos=1, training=1)
    files = sorted(tmp_path.rglob("*.mp4"))
    assert files
    assert not any(alike(file, home / file.relative_to(tmp_path)) for file in files)


@pytest.mark.parametrize("one", REGIMES, ids=NAMES)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_evidence_is_as_declared(one, seed):
    shown = evidence(one, np.random.default_rng(seed))
    assert [piece for piece, _ in groupby(shown[shown >= 0])] == list(range(one.pieces))
    low, high = one.share
    slack = one.pieces / FRAMES
    assert low - slack <= (shown >= 0).mean() <= high + slack
    assert (shown < 0).any()


@pytest.mark.parametrize("name", ["concentrated", "redundant"])
@pytest.mark.parametrize("label", range(5))
def test_without_lies_every_cue_is_that_of_the_class(name, label):
    honest = replace(regime(name), lies=0.0, missing=0.0, strangers=0)
    made = script(honest, label, np.random.default_rng(label))
    looks = [look for look in made.looks if look is not None]
    assert {(look.shape, look.colour, look.stripes) for look in looks} == {(label, label, label)}
    assert made.importance.max() == 1


def test_only_cutaways_leave_the_place():
    for one in REGIMES:
        made = script(one, 0, np.random.default_rng(2))
        away = np.array(made.away)
        assert away.any() == (one.name == "redundant")
        assert all(made.looks[frame] is None for frame in np.flatnonzero(away))


def test_strangers_appear_in_the_filler_of_one_regime_only():
    for one in REGIMES:
        shown = evidence(one, np.random.default_rng(3))
        made = script(one, 0, np.random.default_rng(3))  # draws the same evidence first
        there = [made.looks[frame] is not None for frame in np.flatnonzero(shown < 0)]
        assert any(there) == (one.name == "concentrated")


@pytest.mark.parametrize("label", range(4))
def test_order_is_where_things_move_first_and_last(label):
    made = script(regime("ordered"), label, np.random.default_rng(label))
    shown = evidence(regime("ordered"), np.random.default_rng(label))
    for piece, word in enumerate(SWEEPS[label].split("-then-")):
        looks = [made.looks[frame] for frame in np.flatnonzero(shown == piece)]
        moved = np.array([looks[-1].x - looks[0].x, looks[-1].y - looks[0].y])
        np.testing.assert_allclose(moved, 0.6 * np.array(HEADINGS[word]), atol=1e-9)


def test_in_the_ordered_regime_looks_say_nothing_of_the_class():
    looks = {}
    for label in range(4):
        for seed in range(40):
            made = script(regime("ordered"), label, np.random.default_rng([label, seed]))
            look = next(look for look in made.looks if look is not None)
            looks.setdefault(label, set()).add((look.shape, look.colour))
    assert all(len(found) > 10 for found in looks.values())


def test_segments_that_show_half_decide():
    assert decisive([0.0, 0.49, 0.5, 1.0]) == [False, False, True, True]


@pytest.mark.parametrize("given", [{"videos": 0}, {"training": 0}, {"workers": 0}, {"regimes": ()}])
def test_nothing_to_make_is_refused(tmp_path, given):
    with pytest.raises(InputError, match="expected at least 1 of each"):
        generate(tmp_path, **given)
    assert not [*tmp_path.iterdir()]


def test_an_unknown_regime_names_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match="ordered"):
        generate(tmp_path, regimes=("orderd",))


def test_it_is_told_how_far_it_is(tmp_path):
    told = []
    generate(tmp_path, regimes=("ordered",), videos=1, training=1, tell=lambda *what: told.append(what))
    assert [share for _, share in told] == [i / 8 for i in range(1, 9)]
