from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle.errors import InputError, TableError, UnknownNameError
from crossoracle.importers.run import import_
from crossoracle.importers.saliency import exact_share, kept_count

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "qvhighlights"
needs_data = pytest.mark.skipif(
    not REAL.is_dir(), reason="the QVHighlights annotations are not beside this checkout"
)

QUERIES = [
    {
        "qid": 1,
        "query": "a dog",
        "duration": 8,
        "vid": "s_t_0.0_8.0",
        "relevant_clip_ids": [1, 3],
        "saliency_scores": [[4, 0, 2], [3, 2, None]],
    },
    {
        "qid": 2,
        "query": 'a cat, "c\'est"',
        "duration": 6,
        "vid": "s_t_8.0_14.0",
        "relevant_clip_ids": [2, 0, 1],
        "saliency_scores": [[1, 1, 1], [0, 0, 0], [2, 2, 2]],
    },
]
PREDICTIONS = [
    {"qid": 1, "vid": "s_t_0.0_8.0", "pred_saliency_scores": [-1.0, 0.5, 3.0]},
    {"qid": 2, "vid": "s_t_8.0_14.0", "pred_saliency_scores": [1.0, 1.0, 0.0]},
]


@pytest.fixture
def lines(tmp_path):
    def write(objects, name="highlight.jsonl"):
        path = tmp_path / name
        path.write_text(
            "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in objects)
        )
        return path

    return write


@pytest.fixture
def study(tmp_path, lines, table_of):
    """Import the two queries and what a model predicts for them, as {(oracle, video, segment): row}."""

    def imported(queries=QUERIES, predictions=None, **options):
        if predictions is not None:
            options["predictions"] = {"model": lines(predictions, "preds.jsonl")}
        done = import_("qvhighlights", lines(queries), tmp_path / "study", **options)
        return done, {(r["oracle"], r["video_id"][-1], r["segment"]): r for r in table_of(done)}

    return imported


def changed(index, **fields):
    """Return the two queries, or predictions, with some fields of one of them changed."""
    return lambda rows: [{**row, **fields} if i == index else row for i, row in enumerate(rows)]


def test_ratings_become_scores_of_three_people(study):
    _, rows = study()
    assert len(rows) == 15
    row = rows["human-1", "1", 0]
    assert (row["dataset"], row["video_id"], row["run"]) == ("qvhighlights", "s_t_0.0_8.0#1", "0")
    assert (row["start_s"], row["end_s"], row["score"], row["kept"]) == (2.0, 4.0, 1.0, True)
    assert (rows["human-3", "1", 1]["score"], rows["human-3", "1", 1]["kept"]) == (None, None)


def test_segments_are_numbered_in_the_order_of_the_clips(study):
    _, rows = study()
    assert [rows["human-1", "2", i]["start_s"] for i in range(3)] == [0.0, 2.0, 4.0]
    assert [rows["human-1", "2", i]["score"] for i in range(3)] == [0.0, 0.5, 0.25]


def test_kept_at_is_a_rating(study):
    _, rows = study(kept_at=2)
    assert [rows["human-2", "1", i]["kept"] for i in range(2)] == [False, True]


def test_kept_at_is_within_the_scale(study):
    with pytest.raises(InputError, match=r"--kept-at: found 5, expected a score in \[0, 4\]"):
        study(kept_at=5)


def test_a_query_is_a_video_and_its_source_a_cluster(study, table_of):
    done, _ = study(dataset="qvh")
    videos = table_of(done, "videos")
    assert [v["label"] for v in videos] == ["a dog", 'a cat, "c\'est"']
    assert {v["cluster"] for v in videos} == {"s_t"}
    assert [v["duration_s"] for v in videos] == [8.0, 6.0]
    assert {v["dataset"] for v in videos} == {"qvh"}


def test_one_affine_map_over_the_file_sees_clips_that_nobody_rated(study):
    done, rows = study(predictions=PREDICTIONS)
    # -1 and 3 are the ends; -1 belongs to a clip that is not rated
    assert [rows["model", "2", i]["score"] for i in range(3)] == [0.5, 0.5, 0.25]
    assert rows["model", "1", 0]["score"] == 0.375
    assert done.notes == (
        "model: predictions from -1 to 3 mapped to [0, 1], one affine map over the file",
        "model: shorter than their video: 1 of 2 lists",
        "model: without a prediction, score and kept null: 1 rated clip",
    )


def test_a_clip_without_a_prediction_is_null(study):
    _, rows = study(predictions=PREDICTIONS, kept_share=1)
    assert (rows["model", "1", 1]["score"], rows["model", "1", 1]["kept"]) == (None, None)
    assert rows["model", "1", 0]["kept"] is True


def test_one_affine_map_per_video(study):
    _, rows = study(predictions=PREDICTIONS, rescale="video")
    assert [rows["model", "2", i]["score"] for i in range(3)] == [1.0, 1.0, 0.0]
    assert rows["model", "1", 0]["score"] == 0.375


def test_a_video_of_equal_predictions_has_no_scores_of_its_own(study):
    flat = changed(1, pred_saliency_scores=[7, 7, 7])(PREDICTIONS)
    done, rows = study(predictions=flat, rescale="video")
    assert [rows["model", "2", i]["score"] for i in range(3)] == [None] * 3
    assert "model: in videos with equal predictions, score null: 3 rated clips" in done.notes


def test_predictions_may_be_scores_already(study):
    already = [{**row, "pred_saliency_scores": [0.25, 1, 0]} for row in PREDICTIONS]
    _, rows = study(predictions=already, rescale="none")
    assert [rows["model", "2", i]["score"] for i in range(3)] == [0.25, 1.0, 0.0]


def test_a_model_keeps_nothing_unless_told_how_much(study):
    _, rows = study(predictions=PREDICTIONS)
    assert {row["kept"] for (oracle, _, _), row in rows.items() if oracle == "model"} == {None}


@pytest.mark.parametrize(("share", "kept"), [("0.1", 1), (0.49, 1), (0.5, 2), ("5/6", 3), (1, 3)])
def test_a_kept_share_takes_the_best_and_the_earlier_of_equals(study, share, kept):
    _, rows = study(predictions=PREDICTIONS, kept_share=share)
    assert [rows["model", "2", i]["kept"] for i in range(3)] == [i < kept for i in range(3)]


@pytest.mark.parametrize("share", [0, -0.1, 1.01, "nan", "a third", "1/0"])
def test_a_share_is_above_0_and_up_to_1(study, share):
    with pytest.raises(InputError, match=r"--kept-share: found .*, expected a number above 0 and up to 1"):
        study(predictions=PREDICTIONS, kept_share=share)


@given(st.integers(1, 500), st.integers(1, 1000))
def test_half_a_clip_counts_as_one(n, thousandths):
    share = exact_share(f"{thousandths / 1000:.3f}")
    assert share == Fraction(thousandths, 1000)
    assert kept_count(n, share) == max(1, (2 * thousandths * n + 1000) // 2000)


def test_a_share_is_the_decimal_that_was_written():
    # in binary, 0.35 * 10 + 0.5 is 4 and 0.145 * 100 + 0.5 is 14.999...
    assert kept_count(100, exact_share(0.145)) == 15
    assert kept_count(10, exact_share(0.35)) == 4


def test_predictions_of_other_queries_are_counted(study):
    other = [*PREDICTIONS[:1], {**PREDICTIONS[1], "vid": "elsewhere"}]
    done, rows = study(predictions=other)
    assert "model: without a prediction: 1 query" in done.notes
    assert "model: left out, about queries that are not rated: 1 prediction" in done.notes
    assert [rows["model", "2", i]["score"] for i in range(3)] == [None] * 3


def test_a_query_that_nobody_rated_is_a_video_without_scores(study):
    done, rows = study(changed(0, relevant_clip_ids=[], saliency_scores=[])(QUERIES))
    assert done.counts["videos"].new == 2
    assert {video for _, video, _ in rows} == {"2"}
    assert done.notes == ("without a rated clip, so without scores: 1 query",)


def test_several_models_and_files(tmp_path, lines):
    models = {"m2": lines(PREDICTIONS, "a.jsonl"), "m1": lines(PREDICTIONS, "b.jsonl")}
    files = [lines(QUERIES[:1], "1.jsonl"), lines(QUERIES[1:], "2.jsonl")]
    done = import_("qvhighlights", files, tmp_path / "s", predictions=models)
    assert (done.counts["videos"].new, done.counts["scores"].new) == (2, 25)


BAD_QUERIES = {
    "no JSON": (lambda rows: [rows[0], '{"qid": 2,'], "highlight.jsonl, line 2: found text that is not JSON"),
    "no object": (lambda rows: [rows[0], "[]"], "line 2: found a JSON array, expected a JSON object"),
    "no query": (
        changed(1, query=None),
        "line 2, column query: found nothing, expected a field query with a text",
    ),
    "no duration": (
        changed(0, duration="long"),
        "line 1, column duration: found nothing, expected a field duration",
    ),
    "no clips": (
        changed(0, relevant_clip_ids=3),
        "line 1, column relevant_clip_ids: found 3, expected a list of clip",
    ),
    "no ratings": (
        changed(1, saliency_scores=None),
        "line 2, column saliency_scores: found null, expected a list of",
    ),
    "lengths": (
        changed(0, relevant_clip_ids=[1]),
        "line 1, column saliency_scores: found 2 lists of ratings for 1 clips, expected one list for each",
    ),
    "clip twice": (changed(0, relevant_clip_ids=[1, 1]), "line 1, column relevant_clip_ids: found 1 again"),
    "half a clip": (
        changed(0, relevant_clip_ids=[1, 2.5]),
        "line 1, column relevant_clip_ids: found 2.5, expected whole",
    ),
    "no clip": (
        changed(0, relevant_clip_ids=[1, None]),
        "line 1, column relevant_clip_ids: found nothing, expected whole",
    ),
    "clip -1": (
        changed(0, relevant_clip_ids=[1, -1]),
        "line 1, column relevant_clip_ids: found -1, expected whole",
    ),
    "two raters": (
        changed(1, saliency_scores=[[1, 1], [1, 1, 1], [1, 1, 1]]),
        "line 2, column saliency_scores: found [1,1], expected 3 ratings, as for other clips",
    ),
    "no list": (
        changed(0, saliency_scores=[[1, 1, 1], 1]),
        "line 1, column saliency_scores: found 1, expected 3 ratings",
    ),
    "rating 5": (
        changed(0, saliency_scores=[[1, 1, 1], [1, 5, 1]]),
        "line 1, column saliency_scores: found 5, expected a r",
    ),
    "rating x": (
        changed(0, saliency_scores=[[1, 1, 1], [1, "x", 1]]),
        'found "x", expected a rating in [0, 4]',
    ),
    "query twice": (
        lambda rows: [*rows, rows[0]],
        "line 3, column qid: found s_t_0.0_8.0#1 again, expected every query",
    ),
    "nothing rated": (
        lambda rows: [{**r, "relevant_clip_ids": [], "saliency_scores": []} for r in rows],
        "no rated clip",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD_QUERIES.values(), ids=BAD_QUERIES)
def test_a_bad_line_is_named(tmp_path, study, change, message):
    with pytest.raises(TableError) as caught:
        study(change(QUERIES))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "study").exists()


BAD_PREDICTIONS = {
    "no list": (
        changed(1, pred_saliency_scores=1),
        {},
        "preds.jsonl, line 2, column pred_saliency_scores: found 1, exp",
    ),
    "no number": (
        changed(1, pred_saliency_scores=[1, "x"]),
        {},
        'line 2, column pred_saliency_scores: found "x", expected',
    ),
    "above 1": (
        changed(1, pred_saliency_scores=[1, 2]),
        {"rescale": "none"},
        "expected a number in [0, 1] (--rescale none)",
    ),
    "twice": (lambda rows: [*rows, rows[1]], {}, "line 3, column qid: found s_t_8.0_14.0#2 again"),
    "all equal": (
        lambda rows: [{**row, "pred_saliency_scores": [7, 7]} for row in rows],
        {},
        "found equal predictions in the file, expected some that differ",
    ),
    "all equal by video": (
        lambda rows: [{**row, "pred_saliency_scores": [row["qid"]] * 2} for row in rows],
        {"rescale": "video"},
        "found equal predictions of every video, expected some that differ",
    ),
    "others": (
        lambda rows: [{**row, "vid": "x"} for row in rows],
        {},
        "found no prediction for any query that is rated",
    ),
}


@pytest.mark.parametrize(("change", "options", "message"), BAD_PREDICTIONS.values(), ids=BAD_PREDICTIONS)
def test_a_bad_prediction_is_named(study, change, options, message):
    with pytest.raises(TableError) as caught:
        study(predictions=change(PREDICTIONS), **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_is_not_called_like_a_rater(tmp_path, lines):
    models = {"human-2": lines(PREDICTIONS, "p.jsonl")}
    with pytest.raises(InputError, match="found the name human-2, which is a rater's"):
        import_("qvhighlights", lines(QUERIES), tmp_path / "s", predictions=models)


def test_a_way_to_rescale_that_nobody_knows_names_the_nearest(study):
    with pytest.raises(UnknownNameError, match="did you mean 'oracle'"):
        study(rescale="oracles")


@needs_data
def test_the_validation_split(tmp_path, table_of):
    """Counts of highlight_val_release.jsonl, and of the predictions of Moment-DETR for it."""
    human = import_("qvhighlights", REAL / "highlight_val_release.jsonl", tmp_path / "s")
    assert (human.counts["videos"].new, human.counts["scores"].new) == (1550, 3 * 32549)
    both = import_(
        "qvhighlights",
        REAL / "highlight_val_release.jsonl",
        tmp_path / "s",
        predictions={"moment-detr": REAL / "moment_detr_val_preds.jsonl"},
    )
    assert (both.counts["scores"].new, both.counts["scores"].same) == (32549, 3 * 32549)
    rows = table_of(both)
    assert Counter(r["oracle"] for r in rows) == dict.fromkeys(
        ["human-1", "human-2", "human-3", "moment-detr"], 32549
    )
    silent = [
        (r["oracle"], r["video_id"].split("#")[1], r["start_s"] / 2) for r in rows if r["score"] is None
    ]
    assert silent == [("moment-detr", "8661", 74)]
    assert {r["score"] for r in rows if r["oracle"] == "human-1"} == {0, 0.25, 0.5, 0.75, 1}
    assert all(r["kept"] == (r["score"] >= 0.75) for r in rows if r["oracle"] != "moment-detr")
    clusters = Counter(v["cluster"] for v in table_of(both, "videos"))
    assert (len(clusters), clusters.total()) == (474, 1550)
    assert "moment-detr: shorter than their video: 13 of 1,550 lists" in both.notes
