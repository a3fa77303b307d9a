"""Storyboard on painted clips, and both oracles through the verbs on a generated study."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import duckdb
import numpy as np
import pytest

from crossoracle import Study
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.saliency import Saliency
from crossoracle.oracles.adapters.literature.storyboard import Storyboard
from tests.oracles.literature.painted import CLASSES, clip, train
from tests.oracles.putting import ask, describe

__all__ = ["ask", "describe"]

FILLED = (None, "red", None, None, "red", None)
SUBTEXTS = {
    "painted": {
        label: [[f"{label.split()[0]} square", label.split()[0]], [label.split()[0]]] for label in CLASSES
    }
}
SECTIONS = """
[oracles.saliency]
model = "models/two-tower.npz"
classes = "models/classes.toml"

[oracles.storyboard]
model = "models/two-tower.npz"
classes = "models/classes.toml"
subtexts = "models/subtexts.toml"
cache = "cache/embeddings"

[oracles.inline]
adapter = "storyboard"
model = "models/two-tower.npz"
subtexts = "models/subtexts.toml"
weights = "fine"

[oracles.inline.classes]
concentrated = ["triangle event", "square event", "star event", "cross event", "ring event"]

[recognizers.storyboard]
model = "models/two-tower.npz"
subtexts = "models/subtexts.toml"
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    home = tmp_path_factory.mktemp("storyboard")
    (home / "subtexts.json").write_text(json.dumps(SUBTEXTS))
    return train(home / "two-tower.npz"), str(home / "subtexts.json")


@pytest.fixture
def storyboard(files):
    model, subtexts = files
    return Storyboard(model, {"painted": CLASSES}, subtexts=subtexts)


@pytest.fixture
def home(generated_study):
    (generated_study / "study.toml").write_text(SECTIONS)
    return generated_study


def table(home, name):
    return duckdb.sql(f"SELECT * FROM '{home / name}.parquet' ORDER BY ALL").df()


def test_segments_that_show_the_class_are_rated_highest(storyboard, ask):
    for weights in ("fused", "coarse", "fine"):
        _, read = ask(replace(storyboard, weights=weights), "score", clip(FILLED, "red event"))
        assert read.outcome == "yes"
        scores = np.array(read.scores)
        assert scores[[1, 4]].min() > scores[[0, 2, 3, 5]].max()


def test_reasons_are_the_sub_texts_that_fit(storyboard, ask):
    _, read = ask(storyboard, "score", clip(FILLED, "red event"))
    assert set(read.reasons) <= {text for sets in SUBTEXTS["painted"]["red event"] for text in sets}
    shown = clip(FILLED, "red event")
    _, read = ask(storyboard, "score", replace(shown, frames=shown.frames[2:]))
    assert read.scores[0] is None
    assert read.reasons[0] is None


def test_coarse_scores_are_those_of_saliency(storyboard, files, ask):
    shown = clip(FILLED, "red event")
    _, one = ask(replace(storyboard, weights="coarse"), "score", shown)
    _, other = ask(Saliency(files[0], {"painted": CLASSES}), "score", shown)
    assert one.scores == other.scores


@pytest.mark.parametrize("label", CLASSES)
def test_presence_tells_classes_apart(storyboard, ask, label):
    answer, read = ask(storyboard, "verify", clip((None, label.split()[0], None), label))
    assert (read.outcome, answer.p_yes > 0.5) == ("yes", True)


def test_sub_texts_are_part_of_the_key(storyboard, files, tmp_path, describe):
    shown = clip(FILLED, "red event")
    told = describe(storyboard, "score", shown)
    assert json.loads(json.dumps(told)) == told
    other = tmp_path / "other.json"
    other.write_text(json.dumps(SUBTEXTS).replace('"red square"', '"red"'))
    changed = [replace(storyboard, subtexts=str(other)), replace(storyboard, weights="fine")]
    assert all(describe(one, "score", shown) != told for one in changed)
    shutil.copy(files[1], tmp_path / "copy.json")
    assert describe(replace(storyboard, subtexts=str(tmp_path / "copy.json")), "score", shown) == told


def test_classes_without_sub_texts_are_one_line(storyboard, describe):
    more = replace(storyboard, classes={"painted": (*CLASSES, "grey event")})
    with pytest.raises(InputError, match=r"found no sub-texts of 'grey event' of painted") as caught:
        describe(more, "score", clip(FILLED, "red event"))
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_what_prepare_leaves(generated):
    from crossoracle.encoders.encoder import encoder
    from crossoracle.provenance import digest, read_sidecar

    models = generated / "models"
    found = read_sidecar(models / "two-tower.npz")
    assert found["sha256"] == digest(models / "two-tower.npz")
    assert (found["seed"], found["options"]) == (3, {"training": 8})
    assert found["inputs"] == {"../training.parquet": digest(generated / "training.parquet")}
    captions = (models / "captions.txt").read_text().splitlines()
    assert len(captions) == len(set(captions)) > 100
    assert encoder(str(models / "two-tower.npz")).texts(captions).shape[0] == len(captions)


@pytest.mark.slow
def test_both_through_score(home):
    study = Study(home)
    names = ("saliency", "storyboard", "inline")
    study.score(oracles=names)
    scores, prechecks, truth = (table(home, name) for name in ("scores", "prechecks", "truth"))
    assert set(prechecks.oracle) == set(names)
    assert set(prechecks.outcome) <= {"yes", "no", "error"}
    failed = prechecks[prechecks.outcome == "error"]
    assert set(zip(failed.oracle, failed.dataset, strict=True)) == {
        ("inline", "ordered"),
        ("inline", "redundant"),
    }
    assert failed.detail.str.contains("none of the 0 classes").all()
    assert set(prechecks.p_source.dropna()) == {"logits"}
    assert set(prechecks.cost_usd.dropna()) == {0.0}
    both = scores.merge(truth, on=["dataset", "video_id", "segment"], suffixes=("", "_truth"))
    within = both.groupby(["oracle", "dataset", "video_id"])[["score", "score_truth"]].corr("spearman")
    within = within.xs("score", level=-1)["score_truth"].groupby(["oracle", "dataset"]).mean()
    assert (within.drop("ordered", level="dataset") > 0.2).all(), within
    assert list((home / "cache" / "embeddings").glob("*.npz"))
    again = study.score(oracles=names, max_calls=0)
    assert again is not None
    assert table(home, "scores").equals(scores)


def test_greedy_removal(home):
    Study(home).score(oracles=("storyboard",), datasets=("concentrated",), strategy="greedy", limit=3)
    prechecks, scores = table(home, "prechecks"), table(home, "scores")
    assert len(prechecks) == 3
    assert scores.video_id.nunique() == (prechecks.outcome == "yes").sum() > 0


def test_a_section_without_sub_texts(home):
    text = (home / "study.toml").read_text().replace('subtexts = "models/subtexts.toml"\ncache', "cache")
    (home / "study.toml").write_text(text)
    with pytest.raises(
        InputError, match=r"\[oracles.storyboard\]: found no subtexts; adapter storyboard needs"
    ):
        Study(home).score(oracles=("storyboard",))


def test_the_recognizer_tells_classes_apart(home):
    Study(home).predict(recognizers=("storyboard",), conditions=("full",))
    found = table(home, "predictions")
    assert found.failure.isna().all()
    means = found.groupby("dataset").correct1.mean()
    assert means["redundant"] > 0.4  # of 5 classes
    assert found.p_true.between(0, 1).all()
