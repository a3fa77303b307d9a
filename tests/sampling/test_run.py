"""From the scores table to plans: real tables, in any order, with all that can be wrong in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crossoracle import tables
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.provenance import Provenance
from crossoracle.sampling import Options, parse, plan, plans, summarise
from tests.sampling.videos import video

COLUMNS = ["dataset", "video_id", "oracle", "run", "segment", "start_s", "end_s", "score", "kept"]


def _rows(video_id, score, kept, *, oracle="o", run="0", dataset="d", step=0.5):
    return [
        (dataset, video_id, oracle, run, i, i * step, (i + 1) * step, s, k)
        for i, (s, k) in enumerate(zip(score, kept, strict=True))
    ]


@pytest.fixture
def con():
    with tables.connect(threads=2) as connection:
        yield connection


@pytest.fixture
def planned(con, tmp_path):
    """Write rows as a scores table, in a random order, and return its plans by video."""

    def planned_(rows, names, **options):
        frame = pd.DataFrame(rows, columns=COLUMNS).sample(frac=1, random_state=1)
        path = tables.write("scores", frame, tmp_path / "scores.csv", provenance=Provenance("test"))
        scores = tables.read(con, "scores", path)
        found = plans(con, scores, [parse(n) for n in names], options.pop("oracle", "o"), **options)
        return {(p.dataset, p.video_id): {str(r.condition): r for r in p.rows} for p in found}

    return planned_


def test_plans_are_those_of_the_videos(planned):
    rows = _rows("b", [0.1, 0.9, 0.5], [False, True, None]) + _rows("a", [0.1, None], [True, False])
    rows += _rows("a", [0.7], [True], dataset="c") + _rows("a", [0.3, 0.2], [True, True], oracle="p")
    rows += _rows("a", [0.3, 0.2], [True, True], run="1")
    found = planned(rows, ["led@0", "graded", "full"], options=Options(frames=4))
    assert list(found) == [("c", "a"), ("d", "a"), ("d", "b")]
    a = found["d", "a"]
    assert a["led@0"].placed.instants.tolist() == [[0.0625, 0.1875, 0.3125, 0.4375]]
    assert (a["led@0"].kept_fraction, a["led@0"].overlap, a["led@0"].equals) == (0.5, 0.5, None)
    assert a["graded"].failure == "no score for segment 1"
    assert a["graded"].placed is None
    assert np.isnan([a["graded"].kept_fraction, a["graded"].overlap]).all()
    assert (a["full"].kept_fraction, a["full"].overlap) == (1.0, 0.5)
    b = found["d", "b"]
    assert b["led@0"].failure == "no kept flag for segment 2"
    assert np.isnan(b["graded"].overlap)
    same = plan(video(score=[0.1, 0.9, 0.5], step=0.5), [parse("graded")], Options(frames=4))[0]
    assert b["graded"].placed.instants.tolist() == same.placed.instants.tolist()


def test_another_run_and_another_oracle_are_planned_alone(planned):
    rows = _rows("a", [0.1, 0.2], [True, False]) + _rows("b", [0.1, 0.2], [False, True], run="1")
    assert list(planned(rows, ["full"], run="1")) == [("d", "b")]


def test_an_oracle_or_a_run_that_is_not_there_is_told_at_once(con):
    scores = con.from_df(pd.DataFrame(_rows("a", [0.1], [True]), columns=COLUMNS))
    with pytest.raises(UnknownNameError, match="did you mean 'o'"):
        plans(con, scores, [parse("full")], "oo")
    with pytest.raises(InputError, match="has no run '7'; its runs are 0"):
        plans(con, scores, [parse("full")], "o", run="7")


def test_segments_that_do_not_join_are_a_failure_of_every_condition(planned):
    whole = _rows("whole", [0.1] * 3, [True] * 3)
    gap = _rows("gap", [0.1] * 3, [True] * 3)
    gap[2] = (*gap[2][:5], 1.25, 1.5, *gap[2][7:])
    late = [(*row[:5], row[5] + 4, row[6] + 4, *row[7:]) for row in _rows("late", [0.1] * 2, [True] * 2)]
    missing = [row for row in _rows("missing", [0.1] * 3, [True] * 3) if row[4] != 1]
    rounded = _rows("rounded", [0.1] * 3, [True] * 3)
    rounded[1] = (*rounded[1][:5], 0.501, 1.0, *rounded[1][7:])
    found = planned([*whole, *gap, *late, *missing, *rounded], ["full", "led@0"])
    told = {video_id: {row.failure for row in rows.values()} for (_, video_id), rows in found.items()}
    assert told == {
        "whole": {None},
        "rounded": {None},
        "gap": {"segment 2 starts at 1.25 s, segment 1 ends at 1 s: expected segments that join"},
        "late": {"segment 0 starts at 4 s, the video at 0 s: expected segments that join"},
        "missing": {"segment 1 has no row"},
    }


def test_motion_is_asked_for_where_it_is_needed(planned):
    asked = []

    def motion(of):
        asked.append(str(of))
        return None if of.video_id == "still" else np.arange(len(of.widths), dtype=float)

    rows = _rows("a", [0.1] * 3, [True, False, False]) + _rows("still", [0.1] * 3, [True, False, False])
    planned(rows, ["led@0"], motion=motion)
    assert asked == []
    found = planned(rows, ["motion", "motion@0.5"], motion=motion)
    assert asked == ["d/a", "d/still"]
    assert set(found["d", "a"]["motion"].placed.segment.ravel()) == {2}
    assert found["d", "still"]["motion"].failure == "no motion was measured"


def test_plainer_conditions_are_named():
    of = video(score=[0.4, 0.4, 0.8], kept=[True, True, True])
    names = ["full", "led@0", "led@0.5+shuffled", "budget@0.2", "budget@0.2+shuffled", "full+shuffled"]
    found = {str(row.condition): row.equals for row in plan(of, [parse(name) for name in names])}
    assert found == {
        "full": None,
        "led@0": "full",
        "led@0.5+shuffled": None,
        "budget@0.2": None,
        "budget@0.2+shuffled": "budget@0.2",
        "full+shuffled": None,
    }
    one = video(score=[0.4], kept=[True])
    names = ["led@0+shuffled", "full+shuffled", "full"]
    assert [row.equals for row in plan(one, [parse(name) for name in names])] == ["full", "full", None]


def test_the_connection_is_free_while_plans_are_taken(con):
    rows = [row for i in range(1500) for row in _rows(f"v{i:04}", [0.1, 0.2], [True, False])]
    scores = con.from_df(pd.DataFrame(rows, columns=COLUMNS))
    taken = 0
    for one in plans(con, scores, [parse("led@0")], "o"):
        assert con.execute("SELECT 1").fetchone() == (1,)
        assert one.video_id == f"v{taken:04}"
        taken += 1
    assert taken == 1500


def test_a_summary_counts_failures_and_what_is_full_after_all():
    kept = {
        "a": [True, True, False, False],
        "b": [False] * 4,
        "c": [True] * 4,
        "d": [True, True, True, False],
    }
    videos = [video(score=[0.9, 0.8, 0.7, 0.1], kept=flags, video_id=name) for name, flags in kept.items()]
    names = ["led@0", "led@0.5", "bottom", "motion@0.5"]
    rows = [plan(of, [parse(name) for name in names]) for of in videos]
    found = summarise(_plans(videos, rows))
    assert [one.condition for one in found] == names
    hard, soft, bottom, motion = found
    assert (hard.videos, hard.failed, hard.failures["nothing is kept"], hard.equal["full"]) == (4, 1, 1, 1)
    assert hard.kept_fraction == pytest.approx((0.5 + 1 + 0.75) / 3)
    assert (soft.failed, soft.equal["full"], soft.kept_fraction) == (0, 2, 1.0)
    assert bottom.overlap == pytest.approx((0 + 1 + 0.5) / 3)
    assert motion.failed == 4
    assert np.isnan([motion.kept_fraction, motion.overlap]).all()


def _plans(videos, rows):
    from crossoracle.sampling import Plan

    return (Plan(of.dataset, of.video_id, row) for of, row in zip(videos, rows, strict=True))
