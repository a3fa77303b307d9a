"""Any table of predictions, with columns by other names."""

from __future__ import annotations

import pytest

from crossoracle.errors import ConflictError, InputError, TableError, UnknownNameError
from crossoracle.importers.run import import_

ROWS = "clip,rule,right\na,full,1\na,led@0.30,0\nb,full,\n"
MAP = {"video_id": "clip", "condition": "rule", "correct1": "right"}


@pytest.fixture
def file(tmp_path):
    def make(text, name="in.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return make


def test_columns_are_named_by_a_map(tmp_path, file, table_of):
    options = {"map": MAP, "dataset": "d", "recognizer": "net", "oracle": "qwen", "run": "1"}
    done = import_("predictions", file(ROWS), tmp_path / "s", **options)
    names = ("dataset", "video_id", "recognizer", "oracle", "run", "condition", "correct1")
    assert [tuple(row[name] for name in names) for row in table_of(done, "predictions")] == [
        ("d", "a", "net", None, "0", "full", True),
        ("d", "a", "net", "qwen", "1", "led@0.3", False),
        ("d", "b", "net", None, "0", "full", None),
    ]
    assert done.notes == ()
    assert import_("predictions", file(ROWS), tmp_path / "s", **options).counts["predictions"].same == 3


def test_columns_that_are_called_as_here_need_no_map(tmp_path, file, table_of):
    text = "Video_ID,condition,correct1,p_true,failure,mood\n a ,led@0 ,,0.5,nothing kept,x\n"
    path = file(text)
    done = import_("predictions", path, tmp_path / "s")
    (row,) = table_of(done, "predictions")
    found = row["video_id"], row["condition"], row["p_true"], row["failure"], row["dataset"], row["oracle"]
    assert found == ("a", "led@0", 0.5, "nothing kept", None, None)
    assert done.notes == (
        f"spaces around video_id left out: 1 row, such as ' a ' ({path})",
        f"spaces around condition left out: 1 row, such as 'led@0 ' ({path})",
        f"ignored columns: mood ({path})",
    )


def test_unknown_conditions_keep_their_names_and_are_said(tmp_path, file, table_of):
    path = file("video_id,condition,correct1\na,mine,1\na,led@7,1\na,full,0\n")
    done = import_("predictions", path, tmp_path / "s", oracle="qwen")
    assert {row["condition"]: row["oracle"] for row in table_of(done, "predictions")} == {
        "mine": "qwen",
        "led@7": "qwen",
        "full": None,
    }
    assert done.notes == (
        f"2 conditions that crossoracle does not know, under the same name: led@7, mine ({path})",
    )


def test_several_files_with_other_columns_are_one_table(tmp_path, file, table_of):
    one = file("video_id,condition,correct1,run\na,full,1,3\n", "a.csv")
    two = file('{"video_id": "b", "condition": "full", "correct1": false, "top1": "x"}\n', "b.jsonl")
    rows = table_of(import_("predictions", [one, two], tmp_path / "s"), "predictions")
    assert [(r["video_id"], r["run"], r["top1"]) for r in rows] == [("a", "3", None), ("b", "0", "x")]


REFUSED = {
    "nothing needed": (
        "a,b\n1,2\n",
        {},
        r"found no column video_id, condition, correct1 \(found a, b\), expected",
    ),
    "one needed": (
        "video_id,rule,correct1\n1,2,1\n",
        {},
        "found no column condition .*; say --map condition=FIELD",
    ),
    "a verdict": (
        ROWS.replace("a,full,1", "a,full,maybe"),
        {"map": MAP},
        "line 2, column correct1: found maybe",
    ),
    "twice": (ROWS + "a,led@0.3,1\n", {"map": MAP}, "line 5: found the key of line 3 again"),
    "a failure with a verdict": (
        "video_id,condition,correct1,failure\na,full,1,none\n",
        {},
        "line 2, column correct1: found correct1 = true, failure = none",
    ),
    "empty": ("video_id,condition,correct1\n", {}, "found no rows"),
}


@pytest.mark.parametrize(("text", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_said_in_terms_of_the_file(tmp_path, file, text, options, message):
    with pytest.raises(TableError, match=message):
        import_("predictions", file(text), tmp_path / "s", **options)
    assert not (tmp_path / "s").exists()


def test_names_and_options_must_fit(tmp_path, file):
    path = file(ROWS)
    with pytest.raises(UnknownNameError, match="unknown column 'corect1': did you mean 'correct1'"):
        import_("predictions", path, tmp_path / "s", map=MAP | {"corect1": "right"})
    with pytest.raises(UnknownNameError, match=r"unknown column of .*in\.csv 'rigt': did you mean 'right'"):
        import_("predictions", path, tmp_path / "s", map=MAP | {"correct1": "rigt"})
    with pytest.raises(InputError, match="--oracle: found it for a file with a column oracle"):
        import_("predictions", path, tmp_path / "s", map=MAP | {"oracle": "rule"}, oracle="x")


def test_other_rows_for_a_key_are_refused(tmp_path, file):
    import_("predictions", file(ROWS), tmp_path / "s", map=MAP)
    other = file(ROWS.replace("a,full,1", "a,full,0"))
    with pytest.raises(ConflictError, match="use --replace"):
        import_("predictions", other, tmp_path / "s", map=MAP)
    assert (
        import_("predictions", other, tmp_path / "s", map=MAP, replace=True).counts["predictions"].replaced
        == 1
    )
