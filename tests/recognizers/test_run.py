"""The verb predict on real files: what is shown, what is written, what is not done twice."""

from __future__ import annotations

import json

import pytest

from crossoracle import Study
from crossoracle.errors import ConflictError, InputError, StudyError, UnknownNameError
from crossoracle.provenance import read_sidecar
from crossoracle.recognizers import looking
from crossoracle.video import decode
from tests.recognizers.conftest import coloured, rows, said, table, ten_bit
from tests.video.filming import sound


def test_frames_are_those_of_the_condition(predict):
    found = predict("full", "led@0", "inverted@0", oracles=("good",))
    assert len(found) == 9
    full, led = found["tiny", "v2", None, "0", "full"], found["tiny", "v2", "good", "0", "led@0"]
    assert (full["top1"], full["correct1"], full["kept_fraction"]) == ("BLUE thing", False, 1.0)
    assert (led["top1"], led["correct1"], led["kept_fraction"]) == ("green_thing", True, 0.25)
    assert led["p_true"] > full["p_true"]
    assert found["tiny", "v2", "good", "0", "inverted@0"]["top1"] == "BLUE thing"
    assert json.loads(led["top5"])[0] == "green_thing"
    assert led["correct5"] is True
    assert led["distinct_frames"] == 8
    assert led["failure"] is None
    assert {row["correct1"] for key, row in found.items() if key[1] == "v3"} == {True}


def test_what_needs_no_oracle_stands_once(predict):
    found = predict("full", "random@0.5#3", "led@0")
    assert {key[2:] for key in found if key[4] in ("full", "random@0.5#3")} == {
        (None, "0", "full"),
        (None, "0", "random@0.5#3"),
    }
    assert {key[2] for key in found if key[4] == "led@0"} == {"good", "none"}


def test_nothing_to_see_is_a_reason(predict):
    found = predict("led@0", "inverted@0")
    nothing = found["tiny", "v1", "none", "0", "led@0"]
    assert (nothing["failure"], nothing["correct1"], nothing["p_true"]) == ("nothing is kept", None, None)
    assert "nothing is left to invert" in found["tiny", "v2", "none", "0", "inverted@0"]["failure"]
    assert found["tiny", "v3", "none", "0", "led@0"]["failure"] == "the oracle did not score this video"
    assert predict.found.any_predicted


def test_segments_end_where_the_file_does(home, predict):
    short, long = (said("v1", name, "00000011", end=end) for name, end in (("short", 3.9), ("long", 4.1)))
    other = said("v1", "other", "0000001100000000")
    table("scores", short + long + other, home)
    found = predict("led@0", limit=1)
    one, two = (found["tiny", "v1", name, "0", "led@0"] for name in ("short", "long"))
    assert one["kept_fraction"] == two["kept_fraction"] == 0.25
    assert one["digest"] == two["digest"]
    assert "they are not of one file" in found["tiny", "v1", "other", "0", "led@0"]["failure"]


def test_everything_kept_is_the_full_video(predict):
    found = predict("full", "led@0.5", oracles=("none",))
    full, led = found["tiny", "v2", None, "0", "full"], found["tiny", "v2", "none", "0", "led@0.5"]
    assert (full["p_true"], full["distinct_frames"]) == (led["p_true"], led["distinct_frames"])


def test_shuffled_frames_are_the_same_in_another_order(predict):
    found = predict("full", "full+shuffled")
    plain, moved = (found["tiny", "v2", None, "0", name] for name in ("full", "full+shuffled"))
    assert plain["distinct_frames"] == moved["distinct_frames"] == 8
    assert plain["p_true"] != moved["p_true"]  # later frames count more


def test_a_video_is_decoded_once_for_all_conditions(predict, monkeypatch, calls):
    asked, read = [], []
    shown, timeline = decode.shown, decode.timeline
    monkeypatch.setattr(
        decode,
        "shown",
        lambda path, times, **how: asked.append((path.stem, times)) or shown(path, times, **how),
    )
    monkeypatch.setattr(decode, "timeline", lambda path: read.append(path.stem) or timeline(path))
    predict("full", "led@0", "led@0.5", "temporal@0.5", "full+shuffled", oracles=("good",))
    assert sorted(name for name, _ in asked) == sorted(read) == ["v1", "v2", "v3"]
    assert all(len(times) == len(set(times)) for _, times in asked)
    assert sum(n for n, *_ in calls["prepared"][1:]) == sum(len(times) for _, times in asked)


def test_several_videos_share_a_batch(predict, calls):
    predict("full", "led@0", oracles=("good",), batch=4)
    assert [len(part) for part in calls["predicted"][:-1]] == [4, 2]
    assert calls["predicted"][-1] == "closed"


@pytest.mark.parametrize("batch", [1, 3, 100])
@pytest.mark.parametrize("workers", [1, 3])
def test_batches_and_threads_change_nothing(home, predict, batch, workers):
    first = predict("full", "led@0", "random", oracles=("good",))
    (home / "predictions.parquet").unlink()
    assert predict("full", "led@0", "random", oracles=("good",), batch=batch, workers=workers) == first


def test_clips_are_averaged(predict, calls):
    found = predict("full", clips=3)
    assert sum(map(len, calls["predicted"][:-1])) == 9
    assert found["tiny", "v2", None, "0", "full"]["distinct_frames"] == 24
    single = predict("full")
    assert single["tiny", "v2", None, "0", "full"]["p_true"] == pytest.approx(
        found["tiny", "v2", None, "0", "full"]["p_true"], abs=0.05
    )


def test_again_does_nothing(home, predict, calls, monkeypatch):
    predict("full", "led@0")
    before = (home / "predictions.parquet").read_bytes()
    calls["predicted"].clear()
    monkeypatch.setattr(decode, "shown", None)
    again = predict("full", "led@0")
    assert (predict.found.new, predict.found.replaced) == (0, 0)
    assert calls["predicted"] == ["closed"]
    assert (home / "predictions.parquet").read_bytes() == before
    assert len(again) == 9


def test_only_what_is_new_is_computed(home, predict, calls):
    predict("full", "led@0", oracles=("good",))
    scores = [row for name in ("v1", "v2") for row in said(name, "good", "00000011", [0] * 6 + [0.9, 1])]
    table("scores", scores + said("v3", "good", "11000000", [1, 1] + [0] * 6), home)
    calls["predicted"].clear()
    predict("full", "led@0", "inverted@0.5", oracles=("good",))
    assert sum(map(len, calls["predicted"][:-1])) == 1 + 3  # led@0 of v3, and the new condition
    assert (predict.found.new, predict.found.replaced) == (3, 1)


def test_another_recognizer_under_the_same_name_is_computed_again(home, predict):
    first = predict("full")
    (home / "study.toml").write_text('[recognizers.tiny]\nfamily = "colours"\nsharpness = 9\n')
    second = predict("full")
    assert predict.found.replaced == 3
    assert all(first[key]["p_true"] != second[key]["p_true"] for key in first)
    history = read_sidecar(home / "predictions.parquet")["history"]
    assert [record["options"]["recognizer"]["sharpness"] for record in history] == [4.0]


def test_another_file_is_computed_again(home, predict):
    predict("full")
    coloured(home / "videos" / "v3.mp4", "gggggggg")
    assert predict("full")["tiny", "v3", None, "0", "full"]["top1"] == "green_thing"
    assert predict.found.replaced == 1


def test_a_run_that_stops_goes_on(home, predict, calls, monkeypatch):
    (home / "study.toml").write_text('[recognizers.tiny]\nfamily = "colours"\nstop_after = 2\n')
    with pytest.raises(InputError, match="not enough memory"):
        predict("full", batch=1)
    assert len(rows(home)) == 2
    (home / "study.toml").write_text('[recognizers.tiny]\nfamily = "colours"\n')
    calls["predicted"].clear()
    assert len(predict("full", batch=1)) == 3
    assert calls["predicted"] == [[(8, 6, 8, 3)], "closed"]


def test_mask_shows_the_full_video_with_blanks(predict):
    found = predict("full", "led@0", "led@0.5", oracles=("good",), protocol="mask")
    full, cut = found["tiny+mask", "v2", None, "0", "full"], found["tiny+mask", "v2", "good", "0", "led@0"]
    assert (full["distinct_frames"], cut["distinct_frames"], cut["kept_fraction"]) == (8, 2, 0.25)
    assert cut["top1"] == "green_thing"
    assert cut["p_true"] < predict("led@0", oracles=("good",))["tiny", "v2", "good", "0", "led@0"]["p_true"]
    left = found["tiny+mask", "v2", "good", "0", "led@0.5"]
    assert left["p_true"] == full["p_true"]  # nothing is left out


def test_mask_can_find_no_frame(home, predict):
    table("scores", said("v1", "good", "10000000"), home)
    (home / "study.toml").write_text('[recognizers.tiny]\nfamily = "colours"\nframes = 2\n')
    found = predict("led@0", oracles=("good",), protocol="mask", limit=1)
    assert "no frame of the full video" in found["tiny+mask", "v1", "good", "0", "led@0"]["failure"]


def test_fill_is_what_is_blanked_with(predict):
    black = predict("led@0", oracles=("good",), protocol="mask")["tiny+mask", "v2", "good", "0", "led@0"]
    mean = predict("led@0", oracles=("good",), protocol="mask", fill="mean")
    assert mean["tiny+mask", "v2", "good", "0", "led@0"]["p_true"] < black["p_true"]


def test_motion_is_measured_where_it_is_asked_for(home, predict):
    found = predict("motion@0.5", "motion", oracles=("good",), limit=1)
    assert found["tiny", "v1", None, "0", "motion@0.5"]["kept_fraction"] == 0.5
    assert list((home / "cache" / "motion").rglob("*.npz"))


def test_videos_that_no_oracle_scored_are_cut_into_steps(home, predict):
    (home / "scores.parquet").unlink()
    found = predict("full", "temporal@0.25", step_s=1.0)
    assert found["tiny", "v1", None, "0", "temporal@0.25"]["kept_fraction"] == pytest.approx(0.25, abs=0.01)
    with pytest.raises(StudyError, match="no scores, which led@0 needs"):
        predict("led@0")


def test_runs_are_rows_of_their_own(home, predict):
    scores = said("v1", "good", "00000011") + said("v1", "good", "11000000", run="1")
    table("scores", scores, home)
    found = predict("led@0", runs=("0", "1"), limit=1)
    assert {key[3]: row["top1"] == "Red thing" for key, row in found.items()}["0"] is True
    assert (
        found["tiny", "v1", "good", "1", "led@0"]["p_true"]
        < found["tiny", "v1", "good", "0", "led@0"]["p_true"]
    )


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"conditions": ("lead@0",)}, UnknownNameError, "did you mean"),
        ({"conditions": ()}, InputError, "no condition"),
        ({"oracles": ("goo",), "conditions": ("led@0",)}, UnknownNameError, "did you mean 'good'"),
        ({"runs": ("7",), "conditions": ("led@0",)}, InputError, "run"),
        ({"recognizers": ("tinny",)}, UnknownNameError, "did you mean 'tiny'"),
        ({"datasets": ("e",)}, UnknownNameError, "dataset"),
        ({"split": "train"}, UnknownNameError, "split"),
        ({"protocol": "crop"}, InputError, "one of repack, mask"),
        ({"protocol": "mask", "conditions": ("full+shuffled",)}, InputError, "expected repack"),
        ({"offset": 1.0}, InputError, r"\[0, 1\)"),
    ],
)
def test_what_is_not_known_is_refused(home, changes, error, message):
    with pytest.raises(error, match=message):
        Study(home).predict(**{"conditions": ("full",), "oracles": ("good",), **changes})
    assert not (home / "predictions.parquet").exists()


def test_imported_predictions_are_not_overwritten(home, predict):
    imported = {"dataset": "d", "video_id": "v1", "recognizer": "tiny", "condition": "full", "correct1": True}
    table("predictions", [imported], home)
    with pytest.raises(ConflictError, match="1 row of recognizer 'tiny' that were not predicted here"):
        predict("full")


def test_predictions_of_others_stay(home, predict):
    imported = {"dataset": "d", "video_id": "v1", "recognizer": "else", "condition": "full", "correct1": True}
    table("predictions", [imported], home)
    assert len(predict("full")) == 4


def test_probabilities_that_are_no_numbers_are_a_failure(home, predict):
    (home / "study.toml").write_text('[recognizers.tiny]\nfamily = "colours"\nbroken = true\n')
    found = predict("full")
    assert {row["failure"] for row in found.values()} == {
        "the recognizer gave probabilities that are not numbers"
    }
    assert not predict.found.any_predicted


def test_a_recognizer_can_be_for_some_datasets(home, predict):
    (home / "study.toml").write_text(
        '[recognizers.tiny]\nfamily = "colours"\ndatasets = ["d"]\n'
        '[recognizers.other]\nfamily = "colours"\ndatasets = ["e"]\nnames = ["x", "y", "z"]\n'
    )
    with pytest.raises(UnknownNameError, match="unknown dataset"):
        predict("full")
    with pytest.raises(InputError, match=r"\[recognizers.other\]: found datasets e, expected one of d"):
        predict("full", datasets=("d",))
    assert not (home / "predictions.parquet").exists()
    more = [{"dataset": "e", "video_id": "v1", "label": "y", "path": "videos/v1.mp4"}]
    more += [{"dataset": "d", "video_id": "v1", "label": "red thing", "path": "videos/v1.mp4"}]
    table("videos", more, home)
    assert {key[0] for key in predict("full")} == {"tiny", "other"}


STRANGE = {
    "audio": "no video stream",
    "corrupt": "nothing that can be decoded",
    "empty": "nothing that can be decoded",
    "missing": "no such file",
    "no-path": "no path in the videos table",
    "directory": "a directory",
    "one-frame": None,
    "odd": None,
    "ten-bit": None,
    "large": None,
    "cut-off": None,
}


@pytest.fixture
def strange(home):
    """A study of files of all kinds; the last one is an ordinary video."""
    place = home / "videos"
    sound(place / "audio.mp4")
    (place / "corrupt.mp4").write_bytes(bytes(range(256)) * 40)
    (place / "empty.mp4").touch()
    (place / "directory.mp4").mkdir()
    coloured(place / "one-frame.mp4", "g", size=(48, 64))
    coloured(place / "odd.mkv", "gg", size=(51, 67), codec="ffv1")
    ten_bit(place / "ten-bit.mkv")
    coloured(place / "large.mp4", "g", size=(2160, 3840), options={"preset": "ultrafast"})
    whole = coloured(place / "whole.ts", "gggg").read_bytes()
    (place / "cut-off.ts").write_bytes(whole[: len(whole) // 2])
    suffix = {"odd": ".mkv", "ten-bit": ".mkv", "cut-off": ".ts", "whole": ".ts"}
    paths = {name: f"videos/{name}{suffix.get(name, '.mp4')}" for name in [*STRANGE, "whole"]} | {
        "no-path": None
    }
    videos = [
        {"dataset": "d", "video_id": name, "label": "green thing", "path": path}
        for name, path in paths.items()
    ]
    table("videos", videos, home)
    return home


def test_files_of_all_kinds_have_an_outcome(strange, predict):
    found = predict("full", "led@0", oracles=("good",))
    outcomes = {name: found["tiny", name, None, "0", "full"] for name in STRANGE}
    for name, expected in STRANGE.items():
        told = outcomes[name]["failure"]
        assert (told is None) if expected is None else expected in told, (name, told)
        assert outcomes[name]["correct1"] is (None if expected else True), name
        assert str(strange) not in (told or "")
    assert outcomes["one-frame"]["distinct_frames"] >= 1
    assert found["tiny", "whole", None, "0", "full"]["correct1"]
    assert len(found) == 2 * len(outcomes) + 2
    assert predict("full", "led@0", oracles=("good",)) == found
    assert predict.found.new == predict.found.replaced == 0


def test_a_file_that_appears_is_predicted(strange, predict):
    predict("full")
    coloured(strange / "videos" / "missing.mp4", "gg")
    assert predict("full")["tiny", "missing", None, "0", "full"]["correct1"]
    assert predict.found.replaced == 1


def test_the_way_is_part_of_the_digest(predict, monkeypatch):
    predict("full")
    monkeypatch.setattr(looking, "WAY", looking.WAY + 1)
    predict("full")
    assert predict.found.replaced == 3
