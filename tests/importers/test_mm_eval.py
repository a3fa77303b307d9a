"""Recognizer records of the release: every example, every condition, and what is no record."""

from __future__ import annotations

import csv
import io
import json
import tarfile

import pytest

from crossoracle.errors import InputError, TableError
from crossoracle.importers.mm_eval.conditions import condition
from crossoracle.importers.run import import_
from tests.importers.test_mm import FORMATS, label_file, needs_examples


def record(video="v", named="full", **changes):
    """Return a record of the release, as an object."""
    return {
        "video_id": video,
        "video_path": "data/SSv2/v.webm",
        "ground_truth": "Opening something",
        "ground_truth_id": 46,
        "condition": named,
        "selector_failed": False,
        "selector_failure_reason": None,
        "top5_label_ids": [46, 5, 68, 3, 107],
        "top5_labels": ["Opening something", "b", "c", "d", "e"],
        "top5_probs": [0.61, 0.2, 0.09, 0.03, 0.01],
        "top1_correct": True,
        "top5_correct": True,
        "recognizer": "net",
        "run_seed": 42,
    } | changes


@pytest.fixture
def imported(tmp_path, table_of):
    """Import records, written under their names; return what was done, and the predictions."""

    def do(*records, names=None, **options):
        directory = tmp_path / f"run {len(list(tmp_path.iterdir()))}"
        directory.mkdir()
        for number, one in enumerate(records):
            text = one if isinstance(one, str) else json.dumps(one)
            name = names[number] if names else f"{one['video_id']}__{one['condition']}.json"
            (directory / name).write_text(text)
        done = import_("mm-eval", directory, tmp_path / "study", **{"oracle": "qwen"} | options)
        return done, table_of(done, "predictions")

    return do


CONDITIONS = {
    "full": "full",
    "vlm-selected": "led@0",
    "vlm-selected--shuffled": "led@0+shuffled",
    "lowest-evidence": "bottom",
    "vlm-fastforward-a25": "led@0.25",
    "vlm-fastforward-a30--shuffled": "led@0.3+shuffled",
    "lowest-evidence-fastforward-a10": "inverted@0.1",
    "vlm-score-threshold-t50": "threshold@0.5",
    "id-vlm-f20": "budget@0.2",
    "id-anti-vlm-f20": "anti@0.2",
    "id-random-f05": "random@0.05",
    "id-temporal-f40": "temporal@0.4",
    "id-motion-f40": "motion@0.4",
    "uniform": "uniform",
    "random": "random",
    "motion": "motion",
    "vlm-weighted": "graded-kept",
    "vlm-fastforward-a100": "led@1",
}
OTHERS = ("uniform-equal-segs", "vlm-strict-0.9", "uniform-vs-strict-0.9", "full-single", "vlm-aggregate")
OTHERS += ("vlm-anchored", "vlm-anchored-hybrid", "vlm-fastforward-a900", "vlm-fastforward", "id-vlm-t20")


@pytest.mark.parametrize(("name", "ours"), CONDITIONS.items())
def test_conditions_have_their_names_here(name, ours):
    assert str(condition(name)) == ours


@pytest.mark.parametrize("name", OTHERS)
def test_other_conditions_are_not_guessed(name):
    assert condition(name) is None


def test_a_record_is_a_row(imported):
    done, rows = imported(record("a__b-1", "vlm-selected"), run="2")
    assert rows == [
        {
            "dataset": "ssv2",
            "video_id": "a__b-1",
            "recognizer": "net",
            "oracle": "qwen",
            "run": "2",
            "condition": "led@0",
            "top1": "Opening something",
            "top5": '["Opening something", "b", "c", "d", "e"]',
            "p_true": 0.61,
            "correct1": True,
            "correct5": True,
            "kept_fraction": None,
            "distinct_frames": None,
            "failure": None,
            "digest": None,
        }
    ]
    assert done.remarks == ()


def test_conditions_that_need_no_oracle_belong_to_none(imported):
    _, rows = imported(
        record(), record(named="id-random-f20"), record(named="full-single"), run="2", oracle=None
    )
    assert [(r["condition"], r["oracle"], r["run"]) for r in rows] == [
        ("full", None, "0"),
        ("full-single", None, "0"),
        ("random@0.2", None, "0"),
    ]
    with pytest.raises(
        InputError, match=r"found condition motion, expected whose labels .* say --oracle NAME"
    ):
        imported(record(named="motion"), oracle=None)


def test_a_failure_is_neither_right_nor_wrong(imported):
    nothing = {"top5_label_ids": None, "top5_probs": None, "top1_correct": False, "top5_correct": False}
    failed = {"selector_failed": True, "selector_failure_reason": "motion scores missing"}
    done, rows = imported(
        record("a", "motion", **nothing, **failed),
        record("b", "motion", **nothing),
        record("c", "motion", **{**nothing, "top5_label_ids": [5], "top5_labels": None}),
    )
    assert [(r["video_id"], r["correct1"], r["correct5"], r["failure"]) for r in rows] == [
        ("a", None, None, "motion scores missing"),
        ("b", None, None, "the record holds no prediction"),
        ("c", False, False, None),
    ]
    assert "no prediction, right or wrong: 2 records" in done.notes[0]
    assert "a__motion.json: motion scores missing" in done.notes[0]


def test_the_probability_of_a_class_that_is_not_recorded_is_unknown(imported):
    _, (row,) = imported(record(ground_truth_id=7, top1_correct=False, top5_correct=False))
    assert (row["p_true"], row["correct1"]) == (None, False)


def test_unknown_conditions_keep_their_names_and_are_listed(imported):
    done, rows = imported(record(named="vlm-anchored"), record(named="vlm-anchored--shuffled"))
    assert [(r["condition"], r["oracle"]) for r in rows] == [
        ("vlm-anchored", "qwen"),
        ("vlm-anchored--shuffled", "qwen"),
    ]
    assert done.notes[0].startswith(
        "a condition that crossoracle does not know, under its own name: 2 records"
    )


def test_two_names_of_one_condition_are_told_apart(imported):
    other = record(named="vlm-fastforward-a00", top1_correct=False, top5_label_ids=[5, 46, 68, 3, 107])
    done, rows = imported(record(named="vlm-selected"), other, names=["a.json", "b.json"])
    assert {r["condition"]: r["correct1"] for r in rows} == {"led@0": True, "vlm-fastforward-a00": False}
    assert "for a condition that has two names, under its own name: 1 record" in done.notes[0]


MALFORMED = {
    "no JSON": ("{", "no JSON"),
    "no video": ({k: v for k, v in record().items() if k != "video_id"}, "video_id: Field required"),
    "an empty video": (record(video=" "), "found an empty video_id"),
    "no verdict": (record(top1_correct=None), "found a prediction without top1_correct"),
    "probabilities above 1": (record(top5_probs=[61, 2, 1, 0, 0]), "top5_probs.0: Input should be less than"),
    "too few": (record(top5_probs=[0.5]), "found 1 top5_probs for 5 top5_label_ids"),
    "not finite": (json.dumps(record(top5_probs=[float("nan")] * 5)), "top5_probs.0: Input should be"),
    "deep": ("[" * 100_000, "no JSON"),
}


@pytest.mark.parametrize(("wrong", "why"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_records_are_listed_and_stop_nothing(imported, tmp_path, wrong, why):
    done, rows = imported(wrong, record(), names=["bad.json", "v__full.json"])
    assert [row["video_id"] for row in rows] == ["v"]
    assert done.notes[0].startswith("left out, cannot be read: 1 file (")
    with open(tmp_path / "study" / "import-findings.csv", newline="") as file:
        (found,) = csv.DictReader(file)
    assert found["name"].endswith("bad.json")
    assert found["detail"].startswith(why)
    with pytest.raises(TableError, match=r"found no record \(left out, cannot be read: 1 file"):
        imported(wrong, names=["bad.json"])


def test_what_is_no_record_is_passed_over_and_named(imported):
    done, rows = imported(
        record(),
        record(),
        {"videos": 3},
        "x",
        label_file(),
        [1],
        names=[
            "v__full.json",
            "paired_v.json",
            "summary_shard_00.json",
            "results_shard_00.jsonl",
            "l.json",
            "x.json",
        ],
    )
    assert len(rows) == 1
    assert [note.partition(" (")[0] for note in done.notes] == [
        "passed over, no records: 2 files",
        "passed over, copies or summaries of records: 2 files",
        "passed over, label files or motion caches; `crossoracle import mm` reads them: 1 file",
    ]


def test_the_record_counts_and_not_its_name(imported):
    done, rows = imported(record("w", "motion"), names=["v__full.json"])
    assert [(r["video_id"], r["condition"]) for r in rows] == [("w", "motion")]
    assert "taken from the record: 1 file" in done.notes[0]
    assert "w under motion in the record" in done.notes[0]


def test_a_record_that_comes_twice(imported):
    done, rows = imported(record(), record(), names=["a.json", "b.json"])
    assert len(rows) == 1
    assert done.notes[0].startswith("found again with the same prediction, taken once: 1 record (")
    with pytest.raises(
        InputError, match=r"b\.json: found another prediction of v under full than in .*a\.json"
    ):
        imported(record(), record(top5_correct=False), names=["a.json", "b.json"])


def test_a_verdict_that_disagrees_is_kept_and_said(imported):
    done, (row,) = imported(record(top1_correct=False))
    assert row["correct1"] is False
    assert done.notes[0].startswith("top1_correct that disagrees with the classes, taken as it is: 1 record")


def test_another_protocol_is_another_recognizer(imported):
    _, rows = imported(record(protocol_resolved="mask"), record("w", protocol_resolved="repack"))
    assert {r["video_id"]: r["recognizer"] for r in rows} == {"v": "net+mask", "w": "net"}


def test_archives_are_read_and_hostile_ones_refused(tmp_path, table_of):
    text = json.dumps(record()).encode()
    for name, inside in (("good.tar.gz", "r/v__full.json"), ("bad.tar.gz", "../v__full.json")):
        with tarfile.open(tmp_path / name, "w:gz") as tar:
            member = tarfile.TarInfo(inside)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    done = import_("mm-eval", tmp_path / "good.tar.gz", tmp_path / "study")
    assert [row["condition"] for row in table_of(done, "predictions")] == ["full"]
    with pytest.raises(TableError, match=r"found the path \.\./v__full\.json with \.\."):
        import_("mm-eval", tmp_path / "bad.tar.gz", tmp_path / "other")


@needs_examples
def test_every_example_is_read(tmp_path, table_of):
    pool = FORMATS / "17_eval_pool_csv" / "sample_600.csv"
    done = import_("mm-eval", FORMATS, tmp_path / "study", oracle="qwen", pool=pool)
    rows = [
        (r["dataset"], r["video_id"], r["condition"], r["oracle"], r["correct1"], r["failure"])
        for r in table_of(done, "predictions")
    ]
    cup, dive = ("ssv2", "900001"), ("diving48", "INV0Dive_00042")
    assert sorted(rows, key=str) == sorted(
        [
            (*cup, "full", None, True, None),
            (*cup, "led@0", "qwen", False, None),
            (*cup, "led@0+shuffled", "qwen", False, None),
            ("ssv2", "900009", "motion", "qwen", None, "motion scores missing for segments [3]…"),
            (*dive, "full", None, True, None),
            (*dive, "led@0", "qwen", None, "MSS sidecar missing"),
            (*dive, "led@0.25", "qwen", True, None),
        ],
        key=str,
    )
    truth = {r["condition"]: r["p_true"] for r in table_of(done, "predictions") if r["video_id"] == "900001"}
    assert truth == {"full": 0.61, "led@0": 0.2, "led@0+shuffled": None}


@needs_examples
@pytest.mark.parametrize("name", ["sample_600.csv", "ssv2_train_val.csv", "diving48.csv", "plain.csv"])
def test_every_pool_names_datasets(tmp_path, name, table_of):
    pool = FORMATS / "17_eval_pool_csv" / name
    done = import_(
        "mm-eval", FORMATS / "12_eval_record_official", tmp_path / "s", oracle="q", pool=pool, dataset="other"
    )
    assert {r["dataset"] for r in table_of(done, "predictions")} == {"other"}
