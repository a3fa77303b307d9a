"""The rules of the joint precheck, and the flow of videos through it."""

from __future__ import annotations

import logging
from itertools import combinations

import duckdb
import numpy as np
import pandas as pd
import pytest

from crossoracle.errors import InputError, StudyError, UnknownNameError
from crossoracle.precheck import cluster_of, compared, design_effect, flow, passed, rate_interval
from crossoracle.stats.paired import clustered_mean, wilson

OUTCOMES = ("yes", "no", "skip", "refused", "unparsed", "truncated", "error")


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        yield connection


def _videos(con, n=8, share=1):
    rows = [("d", f"v{i:02}", f"c{i // share}") for i in range(n)]
    return con.from_df(pd.DataFrame(rows, columns=["dataset", "video_id", "cluster"]))


def _prechecks(con, rows):
    columns = ["dataset", "video_id", "oracle", "run", "outcome"]
    return con.from_df(pd.DataFrame(rows, columns=columns))


def _pairs(relation):
    return sorted((video, oracle) for _, video, oracle in relation.fetchall())


def test_only_yes_passes(con):
    videos = _videos(con, len(OUTCOMES))
    rows = [("d", f"v{i:02}", "a", "0", outcome) for i, outcome in enumerate(OUTCOMES)]
    assert _pairs(passed(con, _prechecks(con, rows), videos, ["a"])) == [("v00", "a")]


def test_another_run_does_not_count(con):
    rows = [("d", "v00", "a", "1", "yes"), ("d", "v01", "a", "0", "yes")]
    prechecks = _prechecks(con, rows)
    assert _pairs(passed(con, prechecks, _videos(con), ["a"])) == [("v01", "a")]
    assert _pairs(passed(con, prechecks, _videos(con), ["a"], "1")) == [("v00", "a")]


def test_an_oracle_without_rows_passes_all_and_that_is_said(con, caplog):
    prechecks = _prechecks(con, [("d", "v00", "a", "0", "yes")])
    found = _pairs(passed(con, prechecks, _videos(con, 2), ["a", "b"]))
    assert found == [("v00", "a"), ("v00", "b"), ("v01", "b")]
    assert caplog.messages == ["oracle b has no precheck rows: it passes every video"]


def test_without_a_table_every_video_passes_and_that_is_said(con, caplog):
    found = _pairs(passed(con, None, _videos(con, 2), ["a", "b"]))
    assert found == [("v00", "a"), ("v00", "b"), ("v01", "a"), ("v01", "b")]
    assert caplog.messages == ["no prechecks table: every video passes"]


def test_oracles_that_were_not_asked_for_are_left_out(con):
    prechecks = _prechecks(con, [("d", "v00", "a", "0", "yes"), ("d", "v00", "b", "0", "yes")])
    assert _pairs(passed(con, prechecks, _videos(con), ["b"])) == [("v00", "b")]


def test_the_relation_can_be_part_of_a_query_with_parameters(con):
    prechecks = _prechecks(con, [("d", "v00", "a", "0", "yes")])
    passes = passed(con, prechecks, _videos(con), ["a"])  # noqa: F841 (the query reads it by name)
    query = "select count(*) from passes where oracle in $oracles and video_id <> $run"
    assert con.sql(query, params={"oracles": ["a"], "run": "0"}).fetchall() == [(1,)]


@pytest.fixture
def drawn(con):
    """Return the outcomes of three oracles on 40 videos as a boolean array, with the two relations."""
    yes = np.random.default_rng(5).random((40, 3)) < [0.9, 0.6, 0.5]
    rows = [
        ("d", f"v{i:02}", name, "0", "yes" if yes[i, j] else "no")
        for i in range(40)
        for j, name in enumerate("abc")
    ]
    return yes, _prechecks(con, rows)


def test_flow_counts_every_intersection(con, drawn):
    yes, prechecks = drawn
    table = flow(con, prechecks, _videos(con, 40), ["a", "b", "c"]).query("dataset == 'd'")
    counts = {(row.kind, row.oracles): row.n for row in table.itertuples()}
    for size in range(4):
        for chosen in combinations(range(3), size):
            name = " & ".join("abc"[i] for i in chosen)
            others = [i for i in range(3) if i not in chosen]
            exactly = yes[:, chosen].all(axis=1) & ~yes[:, others].any(axis=1)
            assert counts["exactly", name or None] == exactly.sum()
            if chosen:
                assert counts["all_of", name] == yes[:, chosen].all(axis=1).sum()
    assert len(table) == 15
    assert table.query("kind == 'exactly'")["n"].sum() == 40


def test_flow_pools_the_datasets(con, drawn):
    _, prechecks = drawn
    table = flow(con, prechecks, _videos(con, 40), ["a", "b", "c"])
    assert list(table["dataset"].unique()) == ["all", "d"]
    alone = table[table["dataset"] == "d"].drop(columns="dataset").reset_index(drop=True)
    pooled = table[table["dataset"] == "all"].drop(columns="dataset").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, pooled)


def test_flow_keeps_clusters_of_datasets_apart(con):
    rows = [(d, f"v{i}", "shared") for d in ("d", "e") for i in range(3)]
    videos = con.from_df(pd.DataFrame(rows, columns=["dataset", "video_id", "cluster"]))
    row = flow(con, None, videos, ["a"]).query("dataset == 'all' and kind == 'all_of'").iloc[0]
    expected = wilson(2.0, 2.0)
    assert (row["low"], row["interval"]) == (pytest.approx(expected.low), "wilson-clustered")


def test_flow_intervals_are_wilsons_where_every_cluster_is_a_video(con, drawn):
    _, prechecks = drawn
    table = flow(con, prechecks, _videos(con, 40), ["a", "b", "c"], level=0.9)
    for row in table.itertuples():
        expected = wilson(row.n, 40, 0.9)
        assert (row.low, row.high, row.interval) == (expected.low, expected.high, "wilson")


def test_flow_says_which_videos_were_not_asked_about(con, caplog):
    flow(con, _prechecks(con, [("d", "v00", "a", "0", "yes")]), _videos(con, 3), ["a"])
    assert caplog.messages == ["2 videos have no precheck of a (never asked): not passed"]


def test_flow_of_many_oracles_shows_some_subsets_and_says_so(con, caplog):
    caplog.set_level(logging.WARNING)
    table = flow(con, None, _videos(con, 3), list("abcdefg")).query("dataset == 'd'")
    assert len(table[table["kind"] == "all_of"]) == 7 + 21 + 7 + 1
    assert len(table[table["kind"] == "exactly"]) == 1 + 7 + 21 + 7 + 1
    assert caplog.messages[0].startswith("7 oracles: flow shows each, each pair")


def test_flow_of_more_oracles_than_bits_is_refused(con):
    with pytest.raises(InputError, match="at most 62"):
        flow(con, None, _videos(con), [f"o{i}" for i in range(63)])


def test_flow_suggests_a_cluster_column(con):
    with pytest.raises(UnknownNameError, match="did you mean 'cluster'"):
        flow(con, None, _videos(con), ["a"], cluster="clusterr")


def test_the_design_effect_is_the_ratio_of_variances():
    rng = np.random.default_rng(3)
    size = rng.integers(1, 6, 30)
    cluster = np.repeat(np.arange(30), size)
    passes = (rng.random(30)[cluster] < 0.5).astype(float)
    counts = np.bincount(cluster, passes)
    mean = clustered_mean(passes, cluster)
    expected = mean.se**2 / (mean.value * (1 - mean.value) / len(passes))
    assert design_effect(counts, size.astype(float)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("passes", [0.0, 1.0])
def test_a_rate_without_variance_counts_clusters(passes):
    size = np.array([1.0, 2.0, 3.0])
    assert design_effect(passes * size, size) == pytest.approx(14 / 6)


def test_a_design_effect_is_at_least_one():
    size = np.full(4, 2.0)
    assert design_effect(np.ones(4), size) == 1.0


def test_no_video_has_no_rate():
    found = rate_interval(np.zeros(0), np.zeros(0))
    assert np.isnan(found.low)
    assert found.reason == "no videos"


def test_flow_names_videos_that_the_videos_table_lacks(con, caplog):
    rows = [("d", f"v{i:02}", "a", "0", "yes") for i in range(5)]
    rows += [("d", "zz", "a", "1", "yes"), ("d", "zz", "b", "0", "yes")]  # another run, another oracle
    table = flow(con, _prechecks(con, rows), _videos(con, 3), ["a"])
    told = "not in the videos table, so not counted: 2 videos with prechecks (the first: d v03)"
    assert caplog.messages == [told]
    assert set(table["n_videos"]) == {3}


def test_prechecks_of_another_run_pass_nothing_and_that_is_said(con, caplog):
    prechecks = _prechecks(con, [("d", "v00", "a", "0", "yes")])
    assert _pairs(passed(con, prechecks, _videos(con), ["a"], "1")) == []
    assert caplog.messages == ["oracle a has prechecks of run 0, none of run 1: it passes no video"]


def _scores(con, *oracles, run="0"):
    return con.from_df(pd.DataFrame({"oracle": oracles, "run": run}))


def test_oracles_with_scores_are_compared_and_others_named(con, caplog):
    prechecks = _prechecks(con, [("d", "v00", name, "0", "yes") for name in "bx"])
    for scored in (True, False):
        assert compared(_scores(con, "b", "a"), prechecks, scored=scored) == ("a", "b")
    assert set(caplog.messages) == {"oracle x has prechecks but no scores: left out"}


def test_without_scores_the_oracles_of_the_prechecks_count(con):
    prechecks = _prechecks(con, [("d", "v00", name, "0", "yes") for name in ("b", "a")])
    assert compared(None, prechecks) == ("a", "b")


def test_an_oracle_with_prechecks_only_may_be_chosen_where_no_scores_are_needed(con):
    prechecks = _prechecks(con, [("d", "v00", "x", "0", "yes")])
    assert compared(_scores(con, "a"), prechecks, ["x", "a"]) == ("a", "x")
    with pytest.raises(InputError, match="'x' has prechecks but no scores"):
        compared(_scores(con, "a"), prechecks, ["x", "a"], scored=True)


@pytest.mark.parametrize(
    ("wanted", "run", "message"),
    [
        (["aa"], "0", "unknown oracle 'aa': did you mean 'a'"),
        (["a"], "7", "oracle 'a' has no run '7'; its runs are 0: give --run"),
        ([], "7", "no oracle has run '7'; the runs are 0: give --run"),
    ],
)
def test_oracles_and_runs_that_nobody_has(con, wanted, run, message):
    with pytest.raises(InputError) as caught:
        compared(_scores(con, "a", "b"), None, wanted, run)
    assert message in str(caught.value)


def test_neither_scores_nor_prechecks():
    with pytest.raises(StudyError, match="neither scores nor prechecks"):
        compared(None, None)


def test_an_empty_cluster_column_is_said(con, caplog):
    videos = con.sql("select 'd' as dataset, 'v' as video_id, null::varchar as source")
    assert con.sql(f"select {cluster_of(videos, 'Source')} from videos").fetchall() == [("v",)]
    assert caplog.messages == ["column Source of the videos table is empty: every video is its own cluster"]
