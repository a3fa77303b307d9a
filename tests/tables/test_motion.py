"""Motion by video: the segments must be those of the table, within a millisecond."""

from __future__ import annotations

import pytest

from crossoracle.errors import TableError
from crossoracle.tables.motion import Motions

ROWS = "dataset,video_id,segment,start_s,end_s,motion\nd,a,1,0.5,1.01,3\nd,a,0,0,0.5,2\nd,b,0,0,1,\n"


@pytest.fixture
def motions(con, tmp_path):
    path = tmp_path / "motion.csv"
    path.write_text(ROWS)
    return Motions.read(con, path)


def test_motion_is_that_of_the_segments_in_order(motions):
    assert motions.of("d", "a", [0, 0.5, 1.0]).tolist() == [2.0, 3.0]
    assert motions.of("d", "a", [0, 0.5009, 1.2]).tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("video", "edges"),
    [("a", [0, 0.502, 1]), ("a", [0, 1]), ("a", [0, 0.5, 0.8, 1]), ("b", [0, 1]), ("c", [0, 1])],
)
def test_what_the_table_does_not_say_is_none(motions, video, edges):
    assert motions.of("d", video, edges) is None


def test_motion_is_never_negative(con, tmp_path):
    path = tmp_path / "motion.csv"
    path.write_text(ROWS.replace(",3\n", ",-3\n"))
    with pytest.raises(TableError, match="line 2, column motion: found -3"):
        Motions.read(con, path)
