from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import pytest

from crossoracle.errors import ConflictError, InputError, TableError
from crossoracle.importers.run import import_
from crossoracle.provenance import read_sidecar

FORMATS = Path(__file__).resolve().parents[2].parent / "shared" / "formats"
needs_examples = pytest.mark.skipif(
    not FORMATS.is_dir(), reason="the examples of the published formats are not beside this checkout"
)

YES = {"decision": "YES", "confidence": 0.9, "evidence": "a cup moves", "rationale": ""}
NOTES = {
    "refusal": "recorded as SKIP, but a refusal: 1 video (v)",
    "failure": "recorded as SKIP, but a call that failed: 1 video (v)",
    "unreadable": "recorded as SKIP, but a reply that could not be read: 1 video (v)",
    "zeros": "did not pass the precheck, so the weights in the file are no scores: 1 video",
    "fallback": "0.5 everywhere and everything kept for want of a reply that could be read, now unparsed and "
    "null: 1 video (v)",
    "half": "0.5 everywhere and everything kept, and no reply to check it by, taken as it is: 1 video (v)",
}


def label_file(weights=(0.2, 0.8), kept=(1,), responses=(YES,), passed=True, **changes):
    """Return a canonical label file of one video, as an object."""
    segments = [
        {"index": i, "start_s": i * 0.5, "end_s": (i + 1) * 0.5, "weight": weight}
        | {"label": "important" if i in kept else "unimportant", "phase": None, "reason": ""}
        for i, weight in enumerate(weights)
    ]
    result = {
        "kept_indices": list(kept),
        "total_oracle_calls": len(responses),
        "precheck_passed": passed,
        "precheck_vote_yes": 0.97 if passed else 0.0,
        "precheck_responses": list(responses),
    }
    known = {"video_id": "v", "video_path": "data/SSv2/v.webm", "action_label": "moving cup"}
    return known | {"segments": segments, "mss_result": result, "elapsed_s": 1.5} | changes


def raw(importance, important, **changes):
    """Return a response that holds the raw reply; segments without importance are left out."""
    segments = [
        {"segment_id": i + 1, "importance": value, "phase": "grasp", "reason": f"r{i}"}
        for i, value in enumerate(importance)
        if value is not None
    ]
    reply = {"decision": "YES", "confidence": 0.9, "segments": segments}
    reply["minimum_sufficient_set"] = [i + 1 for i in important]
    return YES | {"raw_output": json.dumps(reply)} | changes


@pytest.fixture
def imported(tmp_path, table_of):
    """Import label files, written into a directory of a run; return what was done, prechecks and scores."""

    def do(*files, out="study", **options):
        directory = tmp_path / f"run {len(list(tmp_path.iterdir()))}"
        directory.mkdir()
        for number, file in enumerate(files):
            text = file if isinstance(file, str) else json.dumps(file)
            (directory / f"{number}.json").write_text(text)
        done = import_("mm", directory, tmp_path / out, **{"oracle": "qwen"} | options)
        scores = table_of(done) if "scores" in done.paths else []
        return done, table_of(done, "prechecks"), scores

    return do


def test_weights_become_scores_and_labels_what_is_kept(imported, table_of):
    done, prechecks, scores = imported(label_file(), run="2")
    assert [(r["segment"], r["start_s"], r["end_s"], r["score"], r["kept"]) for r in scores] == [
        (0, 0.0, 0.5, 0.2, False),
        (1, 0.5, 1.0, 0.8, True),
    ]
    assert {(r["dataset"], r["video_id"], r["oracle"], r["run"]) for r in scores} == {
        ("ssv2", "v", "qwen", "2")
    }
    (precheck,) = prechecks
    assert (precheck["outcome"], precheck["p_yes"], precheck["p_source"]) == ("yes", 0.97, "stated")
    assert (precheck["confidence"], precheck["calls"], precheck["latency_s"]) == (0.9, 1, 1.5)
    (video,) = table_of(done, "videos")
    assert (video["label"], video["path"], video["cluster"]) == ("moving cup", "SSv2/v.webm", "v")
    assert done.notes == ()


def test_p_yes_was_measured_where_there_are_logits(imported):
    _, (precheck,), _ = imported(label_file(responses=[YES | {"logit_yes": 20.5}]))
    assert precheck["p_source"] == "logits"


@pytest.mark.parametrize(
    ("response", "outcome", "p_yes", "note"),
    [
        ({"decision": "NO", "confidence": 0.8, "evidence": "a pool"}, "no", 0.0, None),
        ({"decision": "SKIP", "confidence": 0.3, "evidence": "dark"}, "skip", 0.0, None),
        (YES, "no", 0.0, None),
        ("Query failed: Error code: 400 - the response was filtered", "refused", None, "refusal"),
        ("Query failed: Request timed out.", "error", None, "failure"),
        ("Query failed: Error code: 429 - rate limit", "error", None, "failure"),
        ("Worker error: CUDA out of memory", "error", None, "failure"),
        ("Response missing", "error", None, "failure"),
        ("Parse failed: no JSON", "unparsed", None, "unreadable"),
    ],
)
def test_failures_are_told_apart_from_answers(imported, response, outcome, p_yes, note):
    if isinstance(response, str):
        response = {"decision": "SKIP", "confidence": 0.0, "evidence": response}
    done, (precheck,), scores = imported(
        label_file(weights=(0.0, 0.0), kept=(), responses=[response], passed=False)
    )
    assert (precheck["outcome"], precheck["p_yes"]) == (outcome, p_yes)
    assert (precheck["p_source"] is None) == (p_yes is None)
    assert precheck["detail"]
    assert scores == []  # the zeros of the file are no scores
    assert done.notes == tuple(NOTES[name] for name in (note, "zeros") if name)


@pytest.mark.parametrize(
    ("raw_output", "outcome"),
    [
        ("I'm sorry, but I can't help with that.", "refused"),
        ('{"decision": "Y', "truncated"),
        ("The frames are grey.", "unparsed"),
        ('{"decision": "SKIP", "confidence": 0}', "skip"),
    ],
)
def test_a_skip_without_confidence_is_read_again(imported, raw_output, outcome):
    response = {"decision": "SKIP", "confidence": 0.0, "evidence": "", "raw_output": raw_output}
    _, (precheck,), _ = imported(label_file(kept=(), responses=[response], passed=False))
    assert precheck["outcome"] == outcome


CUT = YES | {"raw_output": '{"decision": "YES", "segments": [{"segment_id": 1, "impor'}


@pytest.mark.parametrize(
    ("responses", "note"),
    [([CUT], "fallback"), ([CUT] * 3, "fallback"), ([YES, YES], "fallback"), ([YES], "half")],
)
def test_the_fallback_is_found_by_its_replies(imported, responses, note):
    done, (precheck,), scores = imported(label_file((0.5, 0.5), (0, 1), responses))
    unparsed = note == "fallback"
    assert precheck["outcome"] == ("unparsed" if unparsed else "yes")
    assert [(r["score"], r["kept"]) for r in scores] == [(None, None) if unparsed else (0.5, True)] * 2
    assert done.notes == (NOTES[note],)
    assert precheck["p_yes"] == 0.97  # that was measured


def test_a_reply_that_gives_half_everywhere_is_no_fallback(imported):
    done, (precheck,), scores = imported(label_file((0.5, 0.5), (0, 1), [raw((50, 50), (0, 1))]))
    assert (precheck["outcome"], [r["score"] for r in scores], done.notes) == ("yes", [0.5, 0.5], ())


def test_what_the_weaker_parser_lost_is_taken_from_the_reply(imported):
    done, (precheck,), scores = imported(label_file((0.5, 0.5), (0, 1), [CUT, raw((30, 90), (1,))]))
    assert precheck["outcome"] == "yes"
    assert [(r["score"], r["kept"], r["phase"]) for r in scores] == [
        (0.3, False, "grasp"),
        (0.9, True, "grasp"),
    ]
    assert done.notes[0].endswith("but the reply can be read, taken from the reply: 1 video (v)")


def test_gaps_that_were_filled_are_null_again(imported):
    done, _, scores = imported(label_file((0.2, 0.5, 0.8), (2,), [raw((20, None, 80), (2,))]))
    assert [r["score"] for r in scores] == [0.2, None, 0.8]
    assert [r["reason"] for r in scores] == ["r0", None, "r2"]
    assert done.notes == ("weights of segments that the reply does not rate, now null: 1 video (v)",)


def test_two_scores_of_one_segment_are_none(imported):
    reply = json.loads(raw((20, 30), (1,))["raw_output"])
    reply["segments"][1]["segment_id"] = 1
    done, (precheck,), scores = imported(
        label_file((0.3, 0.3), (1,), [YES | {"raw_output": json.dumps(reply)}])
    )
    assert (precheck["outcome"], [r["score"] for r in scores]) == ("unparsed", [None, None])
    assert "segment 0 has importance 20 and 30" in precheck["detail"]
    assert done.notes == ("replies with two scores for one segment, now unparsed and null: 1 video (v)",)


@pytest.mark.parametrize(
    ("file", "note"),
    [
        (
            label_file((0.9, 0.2), (1,)),
            "an important segment weighs less than an unimportant one, both taken as they are: 1 video (v)",
        ),
        (
            label_file(responses=[raw((60, 80), (1,))]),
            "weights or labels that differ from the reply, taken from the file: 1 video (v)",
        ),
        (label_file((0.2, 1.8)), "weights outside [0, 1], clipped: 1 video (v)"),
        (
            label_file(responses=[YES | {"confidence": 1.7}]),
            "a probability, confidence, time or count outside its range, now null: 1 video (v)",
        ),
    ],
)
def test_what_disagrees_is_said_and_not_mended(imported, file, note):
    done, _, scores = imported(file)
    assert done.notes == (note,)
    assert [r["score"] for r in scores] == [min(s["weight"], 1) for s in file["segments"]]
    assert [r["kept"] for r in scores] == [False, True]


def test_searches_are_not_held_against_replies_that_rate_nothing(imported):
    verdict = YES | {"raw_output": '{"decision": "YES", "confidence": 0.9, "evidence": "x"}'}
    file = label_file((0.5, 0.5), (0, 1), [verdict])
    file["mss_result"]["mss_runs"] = [{"terminated_reason": "single_segment"}] * 2
    done, (precheck,), scores = imported(file)
    assert (precheck["outcome"], [r["score"] for r in scores], done.notes) == ("yes", [0.5, 0.5], ())


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("{", "no JSON"),
        (label_file(video_id=""), "found an empty video_id"),
        (label_file(segments=[]), "found no segments"),
        (label_file() | {"mss_result": {}}, "mss_result.precheck_passed: Field required"),
        (label_file(("high", 0.2)), "segments.0.weight: Input should be a valid number"),
        (label_file((0.1, float("nan"))), "segments.1.weight: Input should be a finite number"),
        (
            label_file(segments=[{"index": 1, "start_s": 0, "end_s": 1}]),
            "found segment 1 where segment 0 was expected",
        ),
        (
            label_file(segments=[{"index": 0, "start_s": 1, "end_s": 1}]),
            "found segment 0 from 1 to 1 s",
        ),
    ],
)
def test_malformed_files_are_named_and_stop_nothing(imported, file, why):
    done, prechecks, _ = imported(file, label_file(video_id="sound"))
    assert [row["video_id"] for row in prechecks] == ["sound"]
    (note,) = done.notes
    assert note.startswith("left out, cannot be read: 1 file (")
    assert note.partition("0.json: ")[2].startswith(why)
    with pytest.raises(TableError, match="found no label file \\(left out, cannot be read: 1 file"):
        imported(file)


def test_the_first_five_are_named(imported):
    done, _, _ = imported(*["{"] * 7, label_file())
    assert done.notes[0].startswith("left out, cannot be read: 7 files (")
    assert done.notes[0].count("no JSON") == 5
    assert done.notes[0].endswith("; ...)")


def test_a_file_that_comes_twice_counts_once(imported):
    done, prechecks, _ = imported(label_file((0.9, 0.2), (1,)), label_file((0.9, 0.2), (1,), elapsed_s=None))
    assert [row["latency_s"] for row in prechecks] == [1.5]
    assert done.notes[0] == "found again with the same labels, taken once: 1 video (v)"
    assert done.notes[1].endswith("1 video (v)")


def test_other_labels_of_the_same_video_stop_the_import(imported, tmp_path):
    with pytest.raises(InputError, match=r"1\.json: found other labels of v than in .*0\.json"):
        imported(label_file(), label_file((0.3, 0.8)))
    assert not (tmp_path / "study").exists()


def test_several_oracles_and_runs_share_a_study(imported):
    imported(label_file())
    done, prechecks, _ = imported(label_file((0.4, 0.6)), oracle="gpt", run="1")
    assert [(row["oracle"], row["run"]) for row in prechecks] == [("gpt", "1"), ("qwen", "0")]
    assert done.counts["videos"].same == 1
    with pytest.raises(ConflictError):
        imported(label_file((0.1, 0.6)))


@pytest.mark.parametrize(
    ("path", "options", "dataset"),
    [
        ("data/k400/full/test/v.mp4", {}, "k400"),
        ("./SSv2/v.webm", {}, "ssv2"),
        ("/diving48/7/v.mp4", {}, "diving48"),
        ("v.mp4", {"dataset": "mine"}, "mine"),
        ("k400/v.mp4", {"dataset": "mine"}, "mine"),
    ],
)
def test_the_dataset_is_the_first_folder(imported, path, options, dataset):
    _, (precheck,), _ = imported(label_file(video_path=path), **options)
    assert precheck["dataset"] == dataset


def test_a_video_without_a_dataset_asks_for_one(imported):
    with pytest.raises(InputError, match=r"0\.json: found no folder in video_path .* say --dataset NAME"):
        imported(label_file(video_path="v.mp4"))


def test_an_oracle_must_be_named(imported):
    with pytest.raises(InputError, match="--oracle: found none"):
        imported(label_file(), oracle=None)


def test_clips_of_one_source_are_a_cluster(imported, table_of):
    names = ("qA1-x_Zz9bQ_000010_000020", "qA1-x_Zz9bQ_000030_000040", "v_1_2")
    done, _, _ = imported(*(label_file(video_id=name) for name in names))
    assert {row["cluster"] for row in table_of(done, "videos")} == {"qA1-x_Zz9bQ", "v_1_2"}


def test_what_prompts_need_is_kept_whatever_the_layout(imported, table_of):
    needed = {"template": "Moving [something]", "placeholders": '["cup"]', "class_id": 7}
    done, _, _ = imported(label_file(metadata={"id": 9} | needed))
    (row,) = table_of(done, "videos")
    assert json.loads(row["attributes"]) == {"template": "Moving [something]", "placeholders": ["cup"]}
    assert row["class_id"] == 7
    again, _, _ = imported(label_file(**needed), oracle="gpt")
    assert again.counts["videos"].same == 1


def test_directories_of_runs_hold_more_than_label_files(imported, tmp_path, table_of):
    run = tmp_path / "run"
    for name in (
        "nested/v.json",
        "config.json",
        ".claims/w.json",
        "cache/w.json",
        "_batch_state.json",
        "a.jsonl",
    ):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(json.dumps(label_file(video_id=name)))
    flow = {
        "video_id": "m",
        "video_path": "d/m.mp4",
        "segments": [{"index": 0, "start_s": 0, "end_s": 1, "mean_flow_magnitude": 0.3}],
    }
    (run / "motion.json").write_text(json.dumps(flow))
    (run / "v__full.json").write_text(json.dumps({"video_id": "v", "condition": "full", "ground_truth": "x"}))
    (run / "list.json").write_text("[1]")
    done = import_("mm", run, tmp_path / "study", oracle="qwen")
    assert done.counts["prechecks"].new == 1
    passed, records = done.notes
    assert passed.startswith("passed over, no label files: 4 files (")
    assert all(name in passed for name in ("config.json", "_batch_state.json", "a.jsonl", "list.json"))
    assert records == "recognizer records, no label files; `crossoracle import mm-eval` reads them: 1 file"
    assert table_of(done, "motion") == [
        {"dataset": "d", "video_id": "m", "segment": 0, "start_s": 0.0, "end_s": 1.0, "motion": 0.3}
    ]


def test_the_digest_of_a_directory_is_that_of_its_files(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    for name in "ab":
        (run / f"{name}.json").write_text(json.dumps(label_file(video_id=name)))

    def digest(study):
        done = import_("mm", run, tmp_path / study, oracle="qwen")
        return read_sidecar(done.paths["scores"])["inputs"]["../run"]

    first = digest("one")
    assert digest("two") == first
    (run / "b.json").write_text(json.dumps(label_file((0.1, 0.8), video_id="b")))
    changed = digest("three")
    (run / "b.json").rename(run / "c.json")
    assert len({first, changed, digest("four")}) == 3


def test_a_directory_is_no_file_for_other_formats(tmp_path):
    with pytest.raises(TableError, match="found a directory"):
        import_("table", tmp_path, tmp_path / "study")


POOL = "video_path,label,video_id,dataset,class_id,template,placeholders\n"


def test_a_pool_names_labels_datasets_and_further_videos(imported, table_of, tmp_path):
    pool = tmp_path / "pool.csv"
    rows = [
        'SSv2/v.webm,lifting cup,v,ssv2,3,Lifting [x],"[""cup""]"',
        "k400/u_000001_000011.mp4,archery,,,,,",
    ]
    pool.write_text(POOL + "\n".join(rows))
    done, _, scores = imported(label_file(), pool=pool, dataset="mine")
    u, v = sorted(table_of(done, "videos"), key=lambda row: row["video_id"])
    assert (u["dataset"], u["video_id"], u["label"]) == ("mine", "u_000001_000011", "archery")
    assert (u["cluster"], u["class_id"]) == ("u", None)
    assert (v["dataset"], v["label"], v["class_id"]) == ("ssv2", "lifting cup", 3)
    assert json.loads(v["attributes"]) == {"placeholders": ["cup"], "template": "Lifting [x]"}
    assert {row["dataset"] for row in scores} == {"ssv2"}
    assert done.notes == (
        "another label in the pool, taken from the pool: 1 video (v: moving cup in the file)",
    )
    assert "../pool.csv" in read_sidecar(done.paths["scores"])["inputs"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("path,label\na,b\n", r"pool\.csv: found no column video_path \(found path, label\)"),
        ("video_path,label\nd/a.mp4,x\nd/e/a.mp4,y\n", r"pool\.csv, line 3: found a again"),
        (
            "video_path,label,dataset\nd/a.mp4,x,d\ne/a.mp4,y,d\n",
            r"line 3: found a again, .* video of d once",
        ),
        ("video_path,label\n,x\n", r"pool\.csv, line 2, column video_path: found nothing"),
        ("video_path,label\na.mp4,x\n", r"pool\.csv, line 2: found no dataset for a, .* say --dataset NAME"),
    ],
)
def test_a_wrong_pool_is_refused(imported, tmp_path, rows, message):
    pool = tmp_path / "pool.csv"
    pool.write_text(rows)
    with pytest.raises(TableError, match=message):
        imported(label_file(), pool=pool)


def test_videos_of_one_name_in_two_datasets_are_two(tmp_path, table_of):
    """Each is completed by the row of its own dataset; the folder of the path says which that is."""
    (tmp_path / "pool.csv").write_text("video_path,label\nssv2/v.webm,a cup\nk400/v.mp4,archery\n")
    (tmp_path / "files").mkdir()
    cup = label_file(action_label="a cup")
    bow = label_file(action_label="archery", video_path="data/k400/v.mp4", weights=(0.9, 0.1), kept=(0,))
    for name, said in (("a", cup), ("b", bow)):
        (tmp_path / "files" / f"{name}.json").write_text(json.dumps(said))
    (tmp_path / "files" / "train.csv").write_text("video_id,n_segments,precheck_passed\nv,2,True\nv,3,True\n")
    pool = tmp_path / "pool.csv"
    done = import_("mm", tmp_path / "files", tmp_path / "study", oracle="qwen", pool=pool)
    labels = {(row["dataset"], row["video_id"]): row["label"] for row in table_of(done, "videos")}
    assert labels == {("ssv2", "v"): "a cup", ("k400", "v"): "archery"}
    scores = {(row["dataset"], row["segment"]): row["score"] for row in table_of(done)}
    assert scores == {("ssv2", 0): 0.2, ("ssv2", 1): 0.8, ("k400", 0): 0.9, ("k400", 1): 0.1}
    assert done.notes == (
        "another number of segments in the manifest, taken from the label file: 1 video "
        "(v: 3 in the manifest, 2 in the file)",
    )


def test_manifests_are_held_against_the_files(tmp_path):
    (tmp_path / "v.json").write_text(json.dumps(label_file()))
    (tmp_path / "w.json").write_text(json.dumps(label_file(video_id="w")))
    rows = "v,2,False\nw,3,True\nx,4,True\n"
    (tmp_path / "train.csv").write_text("video_id,n_segments,precheck_passed\n" + rows)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    done = import_("mm", tmp_path, tmp_path / "study", oracle="qwen")
    assert done.notes == (
        f"passed over, no label files: 1 file ({tmp_path / 'other.csv'})",
        "another precheck in the manifest, taken from the label file: 1 video "
        "(v: False in the manifest, True in the file)",
        "another number of segments in the manifest, taken from the label file: 1 video "
        "(w: 3 in the manifest, 2 in the file)",
        "in the manifest, but without a label file: 1 video (x)",
    )


def test_damaged_parquet_is_named_and_stops_nothing(tmp_path):
    (tmp_path / "v.json").write_text(json.dumps(label_file()))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no more")
    duckdb.sql("SELECT 1 AS a").write_parquet(str(tmp_path / "other.parquet"))
    done = import_("mm", tmp_path, tmp_path / "study", oracle="qwen")
    assert done.notes[0].startswith("left out, cannot be read: 2 files (")
    assert "other.parquet: no column video_id, segments, mss_result" in done.notes[0]


KITE, DIVE, CUP, BLOCKED = "qA1-x_Zz9bQ_000010_000020", "INV0Dive_00042", "900001", "INV0Dive_00043"
PARQUET = {KITE: "yes", DIVE: "no", CUP: "unparsed"}
EXAMPLES = {
    # directory: outcomes by video
    "01_raw_sidecar_direct": PARQUET | {BLOCKED: "refused"},
    "02_raw_sidecar_greedy": {"900002": "yes", "900003": "yes", "900004": "yes"},
    "05_canonical_sidecar": PARQUET | {BLOCKED: "refused"},
    "08_parquet/diving48": PARQUET,
    "08_parquet/k400": PARQUET,
    "08_parquet/ssv2": PARQUET,
}


@needs_examples
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_read(name, tmp_path, table_of):
    done = import_("mm", FORMATS / name, tmp_path / "study", oracle="qwen")
    assert {row["video_id"]: row["outcome"] for row in table_of(done, "prechecks")} == EXAMPLES[name]
    rated = {video for video, outcome in EXAMPLES[name].items() if outcome in ("yes", "unparsed")}
    assert {row["video_id"] for row in table_of(done)} == rated
    for row in table_of(done):
        assert (row["score"] is None) == (EXAMPLES[name][row["video_id"]] == "unparsed")


@needs_examples
def test_every_layout_of_a_file_says_the_same(tmp_path, table_of):
    layouts = ("01_raw_sidecar_direct", "05_canonical_sidecar", "08_parquet/ssv2")
    studies = [import_("mm", FORMATS / name, tmp_path / name, oracle="qwen") for name in layouts]
    first, *others = (table_of(done) for done in studies)
    assert others == [first, first]
    enriched = {r["segment"]: r for r in first if r["video_id"] == KITE}
    assert (enriched[4]["score"], enriched[4]["kept"], enriched[4]["phase"]) == (0.95, True, "result")
    assert enriched[10]["end_s"] == 10.01


@needs_examples
def test_the_whole_release_at_once(tmp_path, table_of):
    done = import_(
        "mm", FORMATS, tmp_path / "study", oracle="qwen", pool=FORMATS / "17_eval_pool_csv/sample_600.csv"
    )
    assert done.counts["prechecks"].new == 7
    assert done.counts["videos"].new == 9
    told = "\n".join(done.notes)
    assert done.counts["motion"].new == 11 + 6 + 7
    assert "recognizer records, no label files; `crossoracle import mm-eval` reads them: 7 files" in told
    assert done.listing.endswith("study/import-findings.csv")
    assert "found again with the same labels, taken once: 14 videos" in told
    assert "end in a segment shorter than a quarter of the step" in told


def test_texts_that_few_files_hold_are_no_obstacle(imported, tmp_path, table_of):
    file = label_file(action_label="moving \0 cup", video_path="d/ü.mp4")
    file["segments"][0]["reason"] = "𝄞 \n\t'\""
    done, _, scores = imported(file)
    assert scores[0]["reason"] == "𝄞 \n\t'\""
    assert table_of(done, "videos")[0]["path"] == "d/ü.mp4"
    directory = tmp_path / "bytes"
    directory.mkdir()
    Path(os.fsdecode(bytes(directory) + b"/\xff\n.json")).write_text("{")
    (directory / "v.json").write_text(json.dumps(label_file()))
    (note,) = import_("mm", directory, tmp_path / "other", oracle="qwen").notes
    assert note.encode()
    assert "\n" not in note


def test_what_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "v.json").write_text(json.dumps(label_file()))
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    done = import_("mm", tmp_path, tmp_path / "study", oracle="qwen")
    assert done.notes[0].startswith("passed over, no label files: 2 files (")


def test_prechecks_alone_are_a_study(imported):
    no = {"decision": "NO", "confidence": 0.8, "evidence": "a pool"}
    done, prechecks, _ = imported(label_file(kept=(), responses=[no], passed=False))
    assert set(done.paths) == {"videos", "prechecks"}
    assert len(prechecks) == 1
