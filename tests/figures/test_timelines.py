"""The timelines by their artists."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError
from crossoracle.figures import style, timelines
from crossoracle.figures.catalogue import FIGURES

draw = FIGURES["timelines"].draw


def panels(ax):
    shown = {panel.get_label(): panel for panel in ax.figure.axes}
    return {name: panel for name, panel in shown.items() if name.startswith(("most", "least"))}


def test_the_videos_with_most_and_least_agreement(study):
    rows = timelines.numbers(study.per_video, study.scores)
    ranked = study.per_video.sort_values("value", ascending=False)["video_id"]
    first = rows.drop_duplicates(["group", "rank"])
    assert list(first.query("group == 'most'")["video_id"]) == list(ranked.head(3))
    assert list(first.query("group == 'least'")["video_id"]) == list(ranked.iloc[::-1].head(3))
    assert list(first["rank"]) == [1, 2, 3, 1, 2, 3]


def test_a_cell_per_segment_shaded_by_its_score(study):
    rows = timelines.numbers(study.per_video, study.scores)
    found = panels(draw(study.per_video, study.scores))
    assert len(found) == 6
    for (group, rank), video in rows.groupby(["group", "rank"]):
        cells = [patch for patch in found[f"{group} {rank}"].patches if patch.get_height() > 0.5]
        assert len(cells) == len(video)
        for cell, row in zip(cells, video.itertuples(), strict=True):
            assert cell.get_x() == row.start_s
            assert cell.get_width() == row.end_s - row.start_s
            if np.isnan(row.score):
                assert cell.get_hatch()
            else:
                assert to_hex(cell.get_facecolor()) == to_hex(style.SCORES(row.score))


def test_a_bar_in_the_colour_of_the_oracle_under_what_it_kept(study):
    rows = timelines.numbers(study.per_video, study.scores)
    found = panels(draw(study.per_video, study.scores))
    looks = style.looks(study.oracles)
    for (group, rank), video in rows.groupby(["group", "rank"]):
        bars = [patch for patch in found[f"{group} {rank}"].patches if patch.get_height() < 0.5]
        kept = video[video["kept"].astype(bool)]
        assert [(bar.get_x(), to_hex(bar.get_facecolor())) for bar in bars] == [
            (row.start_s, to_hex(looks[row.oracle].colour)) for row in kept.itertuples()
        ]


def test_oracles_are_rows_and_time_has_its_unit(study):
    found = panels(draw(study.per_video, study.scores))
    assert [label.get_text() for label in found["most 1"].get_yticklabels()] == sorted(study.oracles)
    assert found["most 3"].get_xlabel() == found["least 3"].get_xlabel() == "time (s)"


def test_only_the_videos_drawn_leave_the_database(study):
    con = duckdb.connect()
    relation = con.from_df(study.scores)
    same = timelines.numbers(study.per_video, study.scores)
    assert timelines.numbers(con.from_df(study.per_video), relation).equals(same)
    assert same["video_id"].nunique() == 6


@pytest.mark.parametrize(("videos", "most", "least"), [(1, 1, 0), (2, 1, 1), (5, 3, 2), (6, 3, 3)])
def test_few_videos_are_drawn_once(study, videos, most, least):
    few = study.per_video.head(videos)
    found = panels(draw(few, study.scores))
    assert [sum(name.startswith(g) for name in found) for g in ("most", "least")] == [most, least]


def test_a_quote_in_a_name_is_only_a_quote(study):
    name = 'it\'s $1 "x"; --'
    scores = study.scores.replace({"video_id": {"v0000": name}})
    per_video = study.per_video.replace({"video_id": {"v0000": name}}).query("video_id == @name")
    assert set(timelines.numbers(per_video, scores)["video_id"]) == {name}


def test_an_oracle_without_scores_for_a_video_says_so(study):
    best = timelines.numbers(study.per_video, study.scores)["video_id"].iloc[0]
    gone = (study.scores["video_id"] == best) & (study.scores["oracle"] == "gpt-5.5")
    found = panels(draw(study.per_video, study.scores[~gone]))
    assert [text.get_text() for text in found["most 1"].texts if "scored" in text.get_text()] == [
        "not scored"
    ]


def test_nothing_to_rank(study):
    with pytest.raises(InputError, match="undefined in every video"):
        timelines.numbers(study.per_video.assign(value=np.nan), study.scores)


def test_another_run_is_not_mixed_in(study):
    other = study.scores.assign(run="1", score=1.0)
    both = pd.concat([study.scores, other])
    assert timelines.numbers(study.per_video, both).equals(timelines.numbers(study.per_video, study.scores))
    with pytest.raises(InputError, match="run '7'"):
        timelines.numbers(study.per_video, both, run="7")


def _words(ax):
    return [axes.get_legend().get_title().get_text() for axes in ax.figure.axes if axes.get_legend()]


def test_only_videos_with_the_most_pairs_are_ranked(study):
    best = timelines.numbers(study.per_video, study.scores)["video_id"].iloc[0]
    alone = study.per_video["video_id"] == best
    per_video = study.per_video.assign(n_pairs=study.per_video["n_pairs"].mask(alone, 1))
    assert best not in set(timelines.numbers(per_video, study.scores)["video_id"])
    (words,) = _words(draw(per_video, study.scores))
    assert words == "number: mean within-video Spearman\nranked: 119 of 120 videos, those with all 6 pairs"


def test_where_no_video_has_all_pairs_that_is_said(study):
    (words,) = _words(draw(study.per_video.assign(n_pairs=5), study.scores))
    assert words.endswith("ranked: 120 of 120 videos, those with 5 of 6 pairs")
    (words,) = _words(draw(study.per_video, study.scores))
    assert words == "number: mean within-video Spearman"


def test_another_statistic_ranks_where_the_headline_has_no_value(study):
    both = pd.concat([study.per_video.assign(value=np.nan), study.per_video.assign(statistic="jaccard_all")])
    (words,) = _words(draw(both, study.scores))
    assert words == "number: mean Jaccard overlap"


def test_no_video_to_draw(study):
    with pytest.raises(InputError, match="k is 0"):
        timelines.numbers(study.per_video, study.scores, k=0)


def _headings(ax):
    return [panel.get_title("left") for panel in panels(ax).values()]


def test_names_of_datasets_are_whole_where_there_is_room(study):
    names = {"diving48": "demo-concentrated", "k400": "demo-ordered", "ssv2": "demo-redundant"}
    tables = [table.replace({"dataset": names}) for table in (study.per_video, study.scores)]
    ax = draw(*tables)
    shown = {heading.partition(" · ")[0] for heading in _headings(ax)}
    assert shown <= set(names.values())
    ax.figure.draw_without_rendering()
    for panel in panels(ax).values():
        heading = next(text for text in panel.get_children() if text is panel._left_title)
        assert heading.get_window_extent().x1 <= panel.get_window_extent().x1


def test_long_names_of_videos_leave_little_to_datasets(study):
    tables = [
        table.assign(dataset=table["dataset"] + "-of-a-long-name", video_id=table["video_id"] + "x" * 40)
        for table in (study.per_video, study.scores)
    ]
    for heading in _headings(draw(*tables)):
        dataset, video = heading.split(" · ")
        assert len(dataset) == 11
        assert len(dataset) + len(video.partition(": ")[0]) + 3 == 34
