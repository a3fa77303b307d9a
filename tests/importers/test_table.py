from __future__ import annotations

import duckdb
import pytest

from crossoracle.errors import InputError, TableError, UnknownNameError
from crossoracle.importers.run import import_

LONG = "dataset,video_id,oracle,segment,start_s,end_s,score\nd,a,p,0,0,1,0.5\nd,a,p,1,1,2,\nd,a,q,0,0,1,1\n"
WIDE = "clip,part,ann,bob,mood\na,0,80,0,x\nb,0,,50,y\n"


def widened(text, name, *values):
    """Return a CSV text with one more column."""
    return "".join(f"{line},{more}\n" for line, more in zip(text.splitlines(), (name, *values), strict=True))


@pytest.fixture
def file(tmp_path):
    def make(text, name="in.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return make


def test_a_long_table_is_taken_as_it_is(tmp_path, file, table_of):
    done = import_("table", file(LONG), tmp_path / "s")
    assert done.notes == ()
    rows = [(r["oracle"], r["run"], r["segment"], r["end_s"], r["score"], r["kept"]) for r in table_of(done)]
    assert rows == [
        ("p", "0", 0, 1.0, 0.5, None),
        ("p", "0", 1, 2.0, None, None),
        ("q", "0", 0, 1.0, 1.0, None),
    ]
    assert [(v["video_id"], v["label"], v["cluster"]) for v in table_of(done, "videos")] == [("a", None, "a")]


@pytest.mark.parametrize("name", ["in.parquet", "in.jsonl", "in.csv.gz"])
def test_every_format_gives_the_same_tables(tmp_path, file, table_of, name):
    expected = table_of(import_("table", file(LONG), tmp_path / "csv"))
    other = tmp_path / name
    duckdb.sql(f"COPY (FROM '{tmp_path / 'in.csv'}') TO '{other}'")
    assert table_of(import_("table", other, tmp_path / "other")) == expected


def test_constants_and_maps_name_what_the_file_does_not(tmp_path, file, table_of):
    path = file("clip,part,points,source\na,0,3,s\na,1,1,s\nb,0,5,t\n")
    done = import_(
        "table",
        path,
        tmp_path / "s",
        dataset="d",
        oracle="ann",
        run="2",
        map=["video_id=clip", "segment=part", "score=points"],
        score_range=(1, 5),
        step=0.5,
        kept_at=3,
        cluster="source",
    )
    rows = [
        (r["dataset"], r["video_id"], r["oracle"], r["run"], r["start_s"], r["end_s"], r["score"], r["kept"])
        for r in table_of(done)
    ]
    assert rows == [
        ("d", "a", "ann", "2", 0.0, 0.5, 0.5, True),
        ("d", "a", "ann", "2", 0.5, 1.0, 0.0, False),
        ("d", "b", "ann", "2", 0.0, 0.5, 1.0, True),
    ]
    assert [(v["video_id"], v["cluster"]) for v in table_of(done, "videos")] == [("a", "s"), ("b", "t")]


def test_a_wide_table_has_one_oracle_per_column(tmp_path, file, table_of):
    done = import_(
        "table",
        file(WIDE),
        tmp_path / "s",
        dataset="d",
        map={"video_id": "clip", "segment": "part"},
        score=["ann=Ann", "bob=Bob"],
        score_range=(0, 100),
        step=1,
        kept_at=50,
    )
    rows = [(r["video_id"], r["oracle"], r["score"], r["kept"]) for r in table_of(done)]
    assert rows == [
        ("a", "Ann", 0.8, True),
        ("a", "Bob", 0.0, False),
        ("b", "Ann", None, None),
        ("b", "Bob", 0.5, True),
    ]
    assert done.notes == (f"ignored columns: mood ({tmp_path / 'in.csv'})",)


def test_the_field_of_a_wide_score_may_be_called_score(tmp_path, file, table_of):
    path = file("dataset,video_id,segment,score\nd,a,0,1\n")
    rows = table_of(import_("table", path, tmp_path / "s", score={"score": "ann"}, step=1))
    assert [(r["oracle"], r["score"]) for r in rows] == [("ann", 1.0)]


def test_segments_are_numbered_by_their_start(tmp_path, file, table_of):
    path = file("dataset,video_id,oracle,start_s,end_s,score\nd,a,o,4,5,0.4\nd,a,o,1,2,0.1\nd,b,o,9,10,0.9\n")
    rows = table_of(import_("table", path, tmp_path / "s"))
    assert [(r["video_id"], r["segment"], r["score"]) for r in rows] == [
        ("a", 0, 0.1),
        ("a", 1, 0.4),
        ("b", 0, 0.9),
    ]


def test_columns_of_videos_and_kept_are_taken_too(tmp_path, file, table_of):
    path = file(
        "dataset,video_id,oracle,segment,start_s,end_s,score,kept,reason,label,duration_s\n"
        "d,a,o,0,0,1,0.5,true,why,jump,9.5\nd,a,o,1,1,2,0.5,false,,,\n"
    )
    done = import_("table", path, tmp_path / "s")
    assert [(r["kept"], r["reason"]) for r in table_of(done)] == [(True, "why"), (False, None)]
    assert [(v["label"], v["duration_s"]) for v in table_of(done, "videos")] == [("jump", 9.5)]


def test_kept_flags_need_no_scores(tmp_path, file, table_of):
    path = file("dataset,video_id,oracle,segment,start_s,end_s,kept\nd,a,o,0,0,1,yes\nd,a,o,1,1,2,\n")
    rows = table_of(import_("table", path, tmp_path / "s"))
    assert [(r["score"], r["kept"]) for r in rows] == [(None, True), (None, None)]


def test_files_with_and_without_scores_are_read_together(tmp_path, file, table_of):
    flags = file("dataset,video_id,oracle,segment,start_s,end_s,kept\nd,a,r,0,0,1,true\n", "flags.csv")
    rows = table_of(import_("table", [file(LONG), flags], tmp_path / "s"))
    found = [(r["oracle"], r["score"], r["kept"]) for r in rows if r["segment"] == 0]
    assert found == [("p", 0.5, None), ("q", 1.0, None), ("r", None, True)]


def test_without_scores_and_flags_there_is_nothing(tmp_path, file):
    with pytest.raises(TableError, match="found no column score"):
        import_("table", file("dataset,video_id,oracle,segment,start_s,end_s\nd,a,r,0,0,1\n"), tmp_path / "s")


def test_kept_at_needs_a_score(tmp_path, file):
    path = file("dataset,video_id,oracle,segment,start_s,end_s,kept\nd,a,o,0,0,1,true\n")
    with pytest.raises(TableError, match="found no column score"):
        import_("table", path, tmp_path / "s", kept_at=0.5)


def test_a_bare_file_does_not_contradict_what_is_known_of_a_video(tmp_path, file, table_of):
    import_("table", file(widened(LONG, "label", "x", "x", "x")), tmp_path / "s")
    other = file(LONG.replace(",p,", ",r,").replace(",q,", ",s,"), "other.csv")
    done = import_("table", other, tmp_path / "s")
    assert (done.counts["videos"].same, done.counts["scores"].new) == (1, 3)
    assert [v["label"] for v in table_of(done, "videos")] == ["x"]


def test_one_row_may_leave_out_what_another_says_of_the_video(tmp_path, file, table_of):
    path = file(widened(widened(LONG, "label", "x", "", ""), "source", "", "s", ""))
    done = import_("table", path, tmp_path / "s", cluster="source")
    assert [(v["label"], v["cluster"]) for v in table_of(done, "videos")] == [("x", "s")]


def test_a_cluster_may_be_a_column_that_says_something_else_too(tmp_path, file, table_of):
    done = import_("table", file(widened(LONG, "label", "x", "x", "x")), tmp_path / "s", cluster="label")
    assert [(v["label"], v["cluster"]) for v in table_of(done, "videos")] == [("x", "x")]


def test_several_files_are_read_together(tmp_path, file, table_of):
    second = file(widened(LONG.replace("d,a", "d,b"), "label", "x", "x", "x"), "b.csv")
    done = import_("table", [file(LONG), second], tmp_path / "s")
    assert done.counts["scores"].new == 6
    assert [(v["video_id"], v["label"]) for v in table_of(done, "videos")] == [("a", None), ("b", "x")]


NO_TIMES = "dataset,video_id,oracle,segment,score\nd,a,o,0,1\n"
REFUSED = {
    "score": (
        LONG.replace("0.5", "50"),
        {},
        "line 2, column score: found 50, expected a number in [0, 1], or nothing",
    ),
    "score range": (
        LONG,
        {"score_range": (0.75, 1)},
        "line 2, column score: found 0.5, expected a number in [0.75, 1]",
    ),
    "text": (
        LONG.replace("0.5", "half"),
        {},
        "line 2, column score: found half, expected a number in [0, 1]",
    ),
    "end": (
        LONG.replace("0,0,1,0.5", "0,3,1,0.5"),
        {},
        "line 2, column end_s: found end_s = 1.0, start_s = 3.0",
    ),
    "twice": (LONG + "d,a,q,0,0,1,1\n", {}, "line 5: found the key of line 4 again"),
    "no times": (
        NO_TIMES,
        {},
        "found no column start_s, end_s (found dataset, video_id, oracle, segment, score)",
    ),
    "no dataset": (
        NO_TIMES.replace("dataset", "x"),
        {},
        "found no column dataset, start_s, end_s (found x, video_id, oracle, segment, score), expected all "
        "of them; --dataset NAME or --map dataset=FIELD; --step SECONDS or --map start_s=FIELD; --step "
        "SECONDS or --map end_s=FIELD",
    ),
    "no oracle": (NO_TIMES.replace("oracle", "x"), {"step": 1}, "or --score COLUMN=ORACLE for a wide table"),
    "no segment": (NO_TIMES.replace("segment", "x"), {"step": 1}, "found no column segment"),
    "wide text": (
        WIDE.replace("80", "lots"),
        {"wide": True},
        "line 2, column ann: found lots, expected a number in [0, 100]",
    ),
    "wide twice": (WIDE + "a,0,1,2,z\n", {"wide": True}, "line 4: found the key of line 2 again"),
    "label": (
        "dataset,video_id,oracle,segment,start_s,end_s,score,label\nd,a,o,0,0,1,1,x\nd,a,o,1,1,2,1,y\n",
        {},
        "column label: found x and y for video a, expected one label per video",
    ),
    "empty": (LONG.splitlines()[0] + "\n", {}, "found no rows"),
}


@pytest.mark.parametrize(("text", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_said_in_terms_of_the_file(tmp_path, file, text, options, message):
    path = file(text)
    if options.pop("wide", False):
        options = {
            "dataset": "d",
            "map": {"video_id": "clip", "segment": "part"},
            "score": {"ann": "Ann", "bob": "Bob"},
            "score_range": (0, 100),
            "step": 1,
        }
    with pytest.raises(TableError) as caught:
        import_("table", path, tmp_path / "s", **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "s").exists()


CONTRADICTIONS = {
    "a range turned round": ({"score_range": (1, 0)}, "--score-range: found 1 0, expected LO below HI"),
    "a step of 0": ({"step": -1}, "--step: found -1, expected seconds above 0"),
    "times twice": ({"step": 1}, "--step: found it for a file with a column start_s"),
    "an oracle twice": ({"oracle": "ann"}, "--oracle: found it for a file with a column oracle"),
    "a dataset twice": ({"dataset": "d"}, "--dataset: found it for a file with a column dataset"),
    "an oracle and wide": ({"oracle": "ann", "score": {"score": "o"}}, "--oracle: found it beside --score"),
    "one oracle in two columns": (
        {"score": {"score": "o", "end_s": "o"}},
        "--score: found one oracle for two columns",
    ),
}


@pytest.mark.parametrize(("options", "message"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_options_that_contradict_the_file_are_refused(tmp_path, file, options, message):
    with pytest.raises(InputError) as caught:
        import_("table", file(LONG), tmp_path / "s", **options)
    assert message in str(caught.value)


def test_kept_at_is_for_files_without_kept(tmp_path, file):
    path = file(widened(LONG, "kept", 1, 1, 0))
    with pytest.raises(InputError, match="--kept-at: found it for a file with a column kept"):
        import_("table", path, tmp_path / "s", kept_at=0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"map": {"scores": "score"}}, "unknown column 'scores': did you mean 'score'"),
        ({"map": {"score": "scores"}}, "unknown column of .*in.csv 'scores': did you mean 'score'"),
        ({"score": {"ann": "Ann"}}, "unknown column of .*in.csv 'ann'"),
        ({"cluster": "ends"}, "unknown column of .*in.csv 'ends': did you mean 'end_s'"),
    ],
)
def test_a_name_that_nothing_has_names_the_nearest(tmp_path, file, options, message):
    with pytest.raises(UnknownNameError, match=message):
        import_("table", file(LONG), tmp_path / "s", **options)


def test_a_hundred_thousand_rows_are_one_query(tmp_path, table_of):
    path = tmp_path / "big.parquet"
    duckdb.sql(
        f"COPY (SELECT 'd' dataset, v video_id, o oracle, s segment, s start_s, s + 1 end_s, s / 10 score "
        f"FROM range(1000) a(v), range(10) b(o), range(10) c(s)) TO '{path}'"
    )
    done = import_("table", path, tmp_path / "s")
    assert (done.counts["scores"].new, done.counts["videos"].new) == (100_000, 1000)


def test_every_missing_column_is_named(tmp_path, file):
    message = (
        r"found no column video_id, dataset, oracle, score, start_s, end_s \(found a, b\), expected all of "
        "them; --map video_id=FIELD; --dataset NAME"
    )
    with pytest.raises(TableError, match=message):
        import_("table", file("a,b\n1,2\n"), tmp_path / "s")


ONE_END = {
    "starts alone": ("start_s", [(0.0, 0.5), (0.5, 1.0)], ["0", "0.5"]),
    "ends alone": ("end_s", [(0.0, 0.5), (0.5, 1.0)], ["0.5", "1"]),
}


@pytest.mark.parametrize(("column", "times", "values"), ONE_END.values(), ids=ONE_END)
def test_a_step_gives_the_times_that_are_missing(tmp_path, file, table_of, column, times, values):
    rows = "".join(f"d,a,o,{value},1\n" for value in values)
    path = file(f"dataset,video_id,oracle,{column},score\n{rows}")
    with pytest.raises(TableError, match="expected one; --step SECONDS or --map"):
        import_("table", path, tmp_path / "s")
    found = table_of(import_("table", path, tmp_path / "s", step=0.5))
    assert [(r["segment"], r["start_s"], r["end_s"]) for r in found] == [
        (number, *span) for number, span in enumerate(times)
    ]


def test_a_segment_that_ends_within_the_first_step_is_refused(tmp_path, file):
    path = file("dataset,video_id,oracle,end_s,score\nd,a,o,0.3,1\n")
    with pytest.raises(
        TableError, match=r"line 2, column end_s: found 0\.3, expected at least the step of 0\.5 s"
    ):
        import_("table", path, tmp_path / "s", step=0.5)


DISORDER = {
    "overlap": (
        "d,a,o,0,0,1,0.5\nd,a,o,1,0.9,2,1\n",
        "line 3, column start_s: found 0.9 in video a of oracle o",
    ),
    "the other way round": (
        "d,a,o,0,1,2,0.5\nd,a,o,1,0,1,1\n",
        "line 3, column start_s: found 0.0 in video a",
    ),
    "one within another": (
        "d,a,o,0,0,9,0.5\nd,b,o,0,0,1,1\nd,a,o,1,3,4,1\n",
        "line 4, column start_s: found 3.0",
    ),
}


@pytest.mark.parametrize(("rows", "message"), DISORDER.values(), ids=DISORDER)
def test_segments_that_do_not_follow_each_other_are_refused(tmp_path, file, rows, message):
    path = file(LONG.splitlines()[0] + "\n" + rows)
    with pytest.raises(TableError) as caught:
        import_("table", path, tmp_path / "s")
    assert message in str(caught.value)
    assert "whose segment before it ends at" in str(caught.value)
    assert not (tmp_path / "s").exists()


def test_a_millisecond_is_no_overlap_and_oracles_have_their_own_segments(tmp_path, file):
    rows = "d,a,o,0,0,1,0.5\nd,a,o,1,0.999,2,1\nd,a,p,0,0,2,1\nd,b,o,0,0,5,1\n"
    assert (
        import_("table", file(LONG.splitlines()[0] + "\n" + rows), tmp_path / "s").counts["scores"].new == 4
    )


def test_spaces_around_names_are_left_out_and_said(tmp_path, file, table_of):
    path = file(LONG.replace("d,a,p,1", "d, a,p ,1"))
    done = import_("table", path, tmp_path / "s")
    assert [(r["video_id"], r["oracle"]) for r in table_of(done)] == [("a", "p"), ("a", "p"), ("a", "q")]
    assert done.notes == (
        f"spaces around video_id left out: 1 row, such as ' a' ({path})",
        f"spaces around oracle left out: 1 row, such as 'p ' ({path})",
    )
    with pytest.raises(TableError, match="line 2, column video_id: found nothing, expected text"):
        import_("table", file(LONG.replace("d,a,p,0", "d, ,p,0")), tmp_path / "t")


def test_spaces_around_names_of_options_are_left_out_too(tmp_path, file, table_of):
    path = file(WIDE)
    options = {"dataset": " d", "map": {"video_id": "clip", "segment": "part"}, "score_range": (0, 100)}
    done = import_("table", path, tmp_path / "s", step=1, score={"ann": "Ann ", "bob": "Bob"}, **options)
    assert {(r["dataset"], r["oracle"]) for r in table_of(done)} == {("d", "Ann"), ("d", "Bob")}
    assert done.notes[:2] == (
        "spaces around a name left out: --dataset ' d'",
        "spaces around a name left out: --score 'Ann '",
    )


@pytest.mark.parametrize(("range_", "kept_at"), [((0.0, 1.0), 60), ((1.0, 5.0), 0.5)])
def test_kept_at_is_a_score_of_the_range(tmp_path, file, range_, kept_at):
    with pytest.raises(
        InputError, match=rf"--kept-at: found {kept_at:g}, expected a score in \[{range_[0]:g}, "
    ):
        import_("table", file(LONG), tmp_path / "s", score_range=range_, kept_at=kept_at)
