"""Captions that a captioner wrote: lines in any order, and errors that name the line."""

from __future__ import annotations

import json

import pytest

from crossoracle.encoders.captioner import written
from crossoracle.errors import InputError

LINE = {"dataset": "d", "video_id": "v", "time_s": 1.5, "caption": "a dive"}


def lines(*some):
    return "\n".join(one if isinstance(one, str) else json.dumps(one) for one in some)


def test_captions_are_sorted_by_video_and_time(tmp_path):
    file = tmp_path / "captions.jsonl"
    file.write_text(lines(LINE, "", {**LINE, "time_s": 0, "caption": "a board"}, {**LINE, "dataset": "e"}))
    assert written(file) == {
        ("d", "v"): ((0.0, "a board"), (1.5, "a dive")),
        ("e", "v"): ((1.5, "a dive"),),
    }


def test_a_file_that_changed_is_read_again(tmp_path):
    file = tmp_path / "captions.jsonl"
    file.write_text(lines(LINE))
    assert len(written(file)) == 1
    file.write_text(lines(LINE, {**LINE, "video_id": "w"}))
    assert len(written(file)) == 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({**LINE, "time_s": -1}, "line 2: time_s: input should be greater"),
        ({**LINE, "time_s": "soon"}, "line 2: time_s"),
        ({**LINE, "caption": None}, "line 2: caption"),
        ({"dataset": "d"}, "line 2: video_id: field required"),
        ("no json", "line 2: invalid json"),
        ("[1]", "line 2"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, wrong, told):
    file = tmp_path / "captions.jsonl"
    file.write_text(lines(LINE, wrong))
    with pytest.raises(InputError, match=rf"captions\.jsonl, {told}.*expected dataset, video_id, time_s and"):
        written(file)


def test_bytes_that_are_no_text_are_one_clear_line(tmp_path):
    file = tmp_path / "captions.jsonl"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="line 1") as caught:
        written(file)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match=r"gone\.jsonl: found no such file"):
        written(tmp_path / "gone.jsonl")


def test_blank_captions_are_left_out_and_counted_once(tmp_path, caplog):
    file = tmp_path / "captions.jsonl"
    blank = [{**LINE, "caption": text} for text in ("", "  ")]
    file.write_text(lines(LINE, *blank, {**LINE, "video_id": "w", "caption": ""}))
    for _ in range(2):
        assert written(file) == {("d", "v"): ((1.5, "a dive"),)}
    (told,) = caplog.messages
    assert told == f"{file}: left out 3 blank captions"
