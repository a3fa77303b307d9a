"""Wins and losses: which videos they are, what is seen of them, what was predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.figures import discordant, footage, montage, style
from crossoracle.sampling.catalogue import parse
from crossoracle.sampling.frames import place
from crossoracle.sampling.scored import Scored
from tests.figures.single import footage_of, pictures, shade, shades

ORACLE = "gpt-5.5"


@pytest.fixture(scope="module")
def rows(study):
    return montage.numbers(study.predictions, study.scores, oracle=ORACLE, k=2)


@pytest.fixture(scope="module")
def ax(study, rows, tmp_path_factory):
    videos = footage_of(rows[rows["mark"] == "segment"], tmp_path_factory.mktemp("videos"))
    return montage.paint(rows, oracles=study.oracles, footage=videos)


def by_label(ax):
    return {panel.get_label(): panel for panel in ax.figure.axes}


def told(table, condition, right):
    mine = table[(table["oracle"] == ORACLE) & (table["condition"] == condition)]
    return mine[mine["correct1"] == right].set_index(["dataset", "video_id"])


def test_wins_are_right_when_guided_and_wrong_against(study, rows):
    for kind, right, wrong in (("win", "led@0", "inverted@0"), ("loss", "inverted@0", "led@0")):
        good, bad = told(study.predictions, right, True), told(study.predictions, wrong, False)
        both = good.join(bad, how="inner", rsuffix="_wrong")
        found = rows[(rows["kind"] == kind) & (rows["mark"] == "prediction")].drop_duplicates("rank")
        assert set(found["n_kind"]) == {len(both)}
        gains = both["p_true"] - both["p_true_wrong"]
        first = gains.sort_values(ascending=False)
        assert (found.iloc[0]["dataset"], found.iloc[0]["video_id"]) == first.index[0]
        labels = good.loc[first.index, "top1"]
        second = first.index[np.flatnonzero(labels != labels.iloc[0])[0]]  # the next of another class
        assert (found.iloc[1]["dataset"], found.iloc[1]["video_id"]) == second
        assert list(found["label"]) == [labels[first.index[0]], labels[second]]


def test_frames_stand_where_the_condition_places_them(rows):
    for (_, video), mine in rows.groupby(["dataset", "video_id"]):
        segments = mine[mine["mark"] == "segment"]
        edges = [*segments["start_s"], segments["end_s"].iloc[-1]]
        scored = Scored.of("d", video, edges, segments["score"], segments["kept"].astype(bool))
        for condition in ("led@0", "inverted@0"):
            wanted = place(parse(condition).density(scored), montage.FRAMES).instants[0]
            frames = mine[(mine["mark"] == "frame") & (mine["condition"] == condition)]
            assert list(frames["instant_s"]) == list(wanted)


def test_frames_of_both_conditions_are_tied_to_their_instants(rows, ax):
    for (kind, rank), mine in rows.groupby(["kind", "rank"]):
        panel = by_label(ax)[f"{kind} {rank}"]
        above, below = panel.collections
        sheets = pictures(panel)
        for ties, sheet, condition in ((above, sheets[0], "led@0"), (below, sheets[1], "inverted@0")):
            instants = mine.loc[(mine["mark"] == "frame") & (mine["condition"] == condition), "instant_s"]
            assert [tie[0][0] for tie in ties.get_segments()] == pytest.approx(list(instants))
            found = shades(sheet, montage.FRAMES)
            assert all(abs(a - shade(t)) <= 3 for a, t in zip(found, instants, strict=True))


def test_predictions_stand_beside_their_frames(rows, ax):
    for (kind, rank), mine in rows.groupby(["kind", "rank"]):
        words = [
            text.get_text() for text in by_label(ax)[f"{kind} {rank}"].texts if text.get_text()[0] in "✓✗"
        ]
        said = mine[mine["mark"] == "prediction"]
        for text, row in zip(words, said.itertuples(), strict=True):
            sign = "✓" if row.correct1 else "✗"
            assert text == f"{sign} {row.condition}: {row.top1}, p(true) {row.p_true:.2f}"


def test_what_is_kept_has_the_colour_of_the_oracle(study, rows, ax):
    colour = to_hex(style.looks(study.oracles)[ORACLE].colour)
    for (kind, rank), mine in rows.groupby(["kind", "rank"]):
        bars = [
            bar for bar in by_label(ax)[f"{kind} {rank}"].patches if to_hex(bar.get_facecolor()) == colour
        ]
        kept = mine[(mine["mark"] == "segment") & mine["kept"].eq(True)]
        assert [bar.get_x() for bar in bars] == list(kept["start_s"])


def test_a_condition_of_no_oracle_is_one_of_every_oracle(study):
    found = montage.numbers(study.predictions, study.scores, oracle=ORACLE, against="full")
    assert set(found["condition"].dropna()) == {"led@0", "full"}
    wins = found[(found["kind"] == "win") & (found["mark"] == "prediction") & (found["condition"] == "full")]
    assert len(wins) == 3
    assert not wins["correct1"].any()


def test_frames_drawn_at_random_are_not_made_up(study):
    found = montage.numbers(study.predictions, study.scores, oracle=ORACLE, against="random#0")
    said = found[(found["mark"] == "prediction") & (found["condition"] == "random#0")]
    assert set(said["failure"]) == {montage.DRAWN}
    assert "random#0" not in set(found.loc[found["mark"] == "frame", "condition"])
    words = [text.get_text() for panel in montage.paint(found).figure.axes for text in panel.texts]
    assert words.count(montage.DRAWN) == len(said)


def test_without_the_file_the_scores_and_instants_are_drawn(rows):
    panels = by_label(montage.paint(rows))
    words = [text.get_text() for panel in panels.values() for text in panel.texts]
    assert words.count(footage.NO_TABLE) == 8  # of two conditions of four videos
    assert all(len(ties.get_segments()) == montage.FRAMES for ties in panels["win 1"].collections)


def test_a_video_that_was_not_scored_is_drawn_without_its_scores(study, rows):
    first = rows.iloc[0]["video_id"]
    scores = study.scores[study.scores["video_id"] != first]
    found = montage.numbers(study.predictions, scores, oracle=ORACLE, k=1)
    said = found[(found["video_id"] == first) & (found["mark"] == "prediction")]
    assert set(said["failure"]) == {"no frames: the oracle did not score the video"}
    montage.paint(found).figure.draw_without_rendering()


def test_only_wins_are_only_wins(study):
    mine = study.predictions[study.predictions["oracle"] == ORACLE]
    lost = mine["correct1"] & (mine["condition"] == "inverted@0")
    found = montage.numbers(mine[~lost], study.scores)
    assert set(found["kind"]) == {"win"}
    words = [text.get_text() for panel in montage.paint(found).figure.axes for text in panel.texts]
    assert any(text.startswith("losses: 0 of ") and text.endswith("✓ inverted@0  ✗ led@0") for text in words)


def test_of_probabilities_nobody_gave_none_is_said(study):
    found = montage.numbers(study.predictions.assign(p_true=np.nan), study.scores, oracle=ORACLE, k=1)
    words = [text.get_text() for panel in montage.paint(found).figure.axes for text in panel.texts]
    assert not [text for text in words if "p(true)" in text]


def test_what_cannot_be_shown_is_said(study):
    predictions = study.predictions
    with pytest.raises(InputError, match="no condition led@0: choose one of inverted@0, random#0"):
        montage.numbers(predictions[predictions["condition"] != "led@0"], study.scores)
    with pytest.raises(UnknownNameError, match="did you mean 'led@0'"):
        montage.numbers(predictions, study.scores, guided="led@1")
    with pytest.raises(InputError, match="no video is right under led@0 and wrong under inverted@0"):
        montage.numbers(predictions.assign(correct1=True), study.scores)
    with pytest.raises(InputError, match="k is 0"):
        montage.numbers(predictions, study.scores, k=0)
    with pytest.raises(UnknownNameError, match="unknown recognizer 's'"):
        montage.numbers(predictions, study.scores, recognizer="s")


def test_videos_without_a_prediction_do_not_count(study):
    silent = study.predictions["video_id"] == "v0001"
    table = study.predictions.assign(correct1=study.predictions["correct1"].where(~silent).astype("boolean"))
    assert discordant.pairs(table, oracle=ORACLE).n_videos == study.scores["video_id"].nunique() - 1
    assert discordant.pairs(pd.DataFrame(table), oracle=ORACLE).recognizer == "r"


def test_predictions_need_not_name_an_only_dataset(study):
    scores = study.scores[study.scores["dataset"] == "k400"]
    mine = study.predictions[study.predictions["dataset"] == "k400"]
    wanted = montage.numbers(mine, scores, oracle=ORACLE)
    assert set(wanted["dataset"]) == {"k400"}
    unnamed = mine.assign(dataset=pd.Series(None, index=mine.index, dtype="string"))
    assert montage.numbers(unnamed, scores, oracle=ORACLE).equals(wanted)
