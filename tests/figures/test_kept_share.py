"""The kept share by its artists."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from crossoracle.errors import InputError
from crossoracle.figures import kept_share, style
from crossoracle.figures.catalogue import FIGURES

draw = FIGURES["kept-share"].draw


def scores(kept, *, video="v", oracle="a", dataset="d", long=1.0):
    n = len(kept)
    rows = {"dataset": dataset, "video_id": video, "oracle": oracle, "run": "0", "segment": range(n)}
    edges = {"start_s": np.arange(n) * long, "end_s": (np.arange(n) + 1) * long}
    return pd.DataFrame(rows | edges | {"score": 0.5, "kept": pd.array(kept, dtype="boolean")})


def panel_of(ax):
    return next(panel for panel in ax.figure.axes if panel.get_label() == "kept")


def test_shares_are_those_of_videos(study):
    rows = kept_share.numbers(study.scores)
    assert list(rows["dataset"].unique()) == ["all", "diving48", "k400", "ssv2"]
    for row in rows.itertuples():
        part = study.scores[study.scores["oracle"] == row.oracle]
        part = part if row.dataset == "all" else part[part["dataset"] == row.dataset]
        shares = part.groupby(["dataset", "video_id"])["kept"].mean()
        assert row.n_videos == len(shares)
        wanted = np.quantile(shares, [0.25, 0.5, 0.75])
        assert [row.low, row.median, row.high] == pytest.approx(wanted, abs=1e-12)


def test_a_share_is_of_the_duration_and_silence_does_not_count():
    table = scores([True, False, None])
    table.loc[0, "start_s"] = -2.0  # three seconds long
    (row,) = kept_share.numbers(table).itertuples()
    assert row.median == pytest.approx(0.75)
    both = pd.concat([scores([True]), scores([None, None], video="w")])
    (row,) = kept_share.numbers(both).itertuples()
    assert (row.median, row.n_videos, row.n_unknown) == (1.0, 1, 1)


def test_marks_and_lines_stand_at_their_values(study):
    rows = kept_share.numbers(study.scores)
    panel = panel_of(draw(study.scores))
    for oracle, part in rows.groupby("oracle"):
        marks = [line for line in panel.lines if line.get_label() == oracle]
        assert [mark.get_xdata()[0] for mark in marks] == list(part["median"])
        assert list(np.round([mark.get_ydata()[0] for mark in marks])) == [0, 1, 2, 3]
    spans = {tuple(line.get_xdata()) for line in panel.lines if len(line.get_xdata()) == 2}
    assert spans == set(zip(rows["low"], rows["high"], strict=True))


def test_marks_have_the_colour_and_the_form_of_their_oracle(study):
    looks = style.looks(["0-first", *study.oracles])
    panel = panel_of(draw(study.scores, oracles=["0-first"]))
    marks = [line for line in panel.lines if line.get_label() in study.oracles]
    assert len(marks) == 16
    for mark in marks:
        assert to_hex(mark.get_color()) == to_hex(looks[mark.get_label()].colour)
        assert mark.get_marker() == looks[mark.get_label()].marker


def test_the_only_dataset_is_not_drawn_twice(study):
    assert set(kept_share.numbers(study.scores.query("dataset == 'k400'"))["dataset"]) == {"k400"}


def test_an_oracle_without_flags_is_told():
    table = pd.concat([scores([True, False]), scores([None, None], oracle="b")])
    texts = panel_of(draw(table)).texts
    assert [text.get_text() for text in texts] == ["not known"]


def test_duckdb_adds_up_the_same(study):
    relation = duckdb.connect().from_df(study.scores)
    assert kept_share.numbers(relation).equals(kept_share.numbers(study.scores))


def test_nothing_to_show_is_said():
    with pytest.raises(InputError, match="run '3'"):
        kept_share.numbers(scores([True]), run="3")
    with pytest.raises(InputError, match="known to be kept"):
        kept_share.numbers(scores([None]))
