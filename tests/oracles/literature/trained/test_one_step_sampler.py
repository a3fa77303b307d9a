"""The one-step sampler: its mass, its teacher, and its policy as a condition."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from importlib import import_module

import duckdb
import numpy as np
import pytest

from crossoracle import Study
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.oracles.reaching import chosen, reach
from crossoracle.oracles.settings import settings
from crossoracle.sampling import Scored, parse, place
from crossoracle.video.encode import jpeg
from tests.oracles.literature.trained.conftest import ROOM, sampler_of

pytestmark = pytest.mark.local


@pytest.fixture
def frozen():
    return import_module(f"{ROOM}.frozen")


@pytest.fixture
def sampler(schooled):
    return schooled[1]["one-step-sampler"]


def test_a_score_is_the_mass_of_a_segment(sampler, clip, ask):
    skim = import_module("crossoracle.encoders.skim")
    rows = sampler.sight.frames([frame.pixels() for frame in clip.frames])
    of = sampler.learned()
    mass = skim.skimmed(of.own("concentrated"), of.rows("concentrated", rows)[None])[0].exp().tolist()
    segments = [sum(m for m, f in zip(mass, clip.frames, strict=True) if f.segment == s) for s in range(10)]
    low, high = min(segments), max(segments)
    scores = [one["importance"] for one in json.loads(ask(sampler, "score", clip)[0].text)["segments"]]
    assert scores == pytest.approx([100 * (one - low) / (high - low) for one in segments], abs=0.51)


def test_p_yes_is_that_of_the_recognizer_on_the_likeliest_frames(sampler, clip, ask):
    skim = import_module("crossoracle.encoders.skim")
    rows, of = sampler.sight.frames([frame.pixels() for frame in clip.frames]), sampler.learned()
    logp = skim.skimmed(of.own("concentrated"), of.rows("concentrated", rows)[None])[0]
    chosen = sorted(np.argsort(-logp.numpy(), kind="stable")[:8])
    judge = sampler._frozen
    shown = judge.prepare(np.stack([clip.frames[i].pixels() for i in chosen for _ in range(2)]))
    p = dict(zip(judge.classes, judge.predict([shown])[0], strict=True))
    best = max(p[label] for label in of.classes["concentrated"] if label != clip.label)
    assert ask(sampler, "verify", clip)[0].p_yes == pytest.approx(p[clip.label] / (p[clip.label] + best))


def test_the_teacher_is_asked_about_the_classes_of_the_dataset(frozen, prepared, sampler):
    labels = ("triangle event", "square event")
    teacher = frozen.Teacher.of(sampler._frozen, "concentrated", labels)
    rng = np.random.default_rng(0)
    clips = [rng.integers(0, 255, (n, 48, 48, 3), dtype=np.uint8) for n in (3, 16)]
    p = teacher.probabilities(clips)
    assert p.shape == (2, 2)
    assert p.sum(axis=1) == pytest.approx(1)
    whole = sampler._frozen.predict([clips[1]])[0]
    mine = np.array([whole[sampler._frozen.classes.index(label)] for label in labels])
    assert p[1] == pytest.approx(mine / mine.sum())
    assert teacher.losses(clips, np.array([1, 0])) == pytest.approx([-np.log(p[0, 1]), -np.log(p[1, 0])])
    with pytest.raises(InputError, match="without one of its"):
        frozen.Teacher.of(sampler._frozen, "concentrated", ("no such event", "square event"))


@pytest.mark.parametrize(("there", "wanted"), [(1, 5), (3, 6), (8, 16), (16, 16), (20, 7)])
def test_frames_are_spread_over_a_clip(frozen, there, wanted):
    found = frozen.spread(there, wanted)
    assert len(found) == wanted
    assert (np.diff(found) >= 0).all()
    assert set(found) <= set(range(there))
    counts = np.bincount(found, minlength=there)
    assert counts.max() - counts.min() <= 1


def test_a_recognizer_that_is_not_there_is_told(home, clip, ask):
    with pytest.raises(InputError, match="found no recognizer"):
        sampler_of(home, recognizer="")
    with pytest.raises(InputError, match=r"gone\.npz"):
        ask(sampler_of(home, recognizer=str(home / "gone.npz")), "score", clip)
    with pytest.raises(UnknownNameError, match="did you mean 'probe'"):
        ask(sampler_of(home, family="prob"), "score", clip)
    with pytest.raises(UnknownNameError, match="option of recognizer probe"):
        ask(sampler_of(home, recognizer_options={"frame": 3}), "score", clip)


def test_a_recognizer_without_a_class_is_told_before_a_video_is_watched(home, clip, ask, monkeypatch):
    classifier = import_module("crossoracle.encoders.classifier")
    there = classifier.load(home / "models" / "recognizer.npz")
    renamed = replace(there.head, classes=tuple(f"no {name}" for name in there.head.classes))
    classifier.Classifier(there.frames, renamed).save(home / "models" / "other.npz")
    sampler = sampler_of(home, recognizer=str(home / "models" / "other.npz"))
    monkeypatch.setattr(type(sampler), "watch", lambda *_: pytest.fail("nothing is to be watched"))
    with pytest.raises(InputError, match="without one of its"):
        ask(sampler, "score", clip)


def test_the_size_of_the_pictures_may_change_on_the_way(sampler, frozen, clip, ask):
    cut = [frame.pixels()[: 20 + i] for i, frame in enumerate(clip.frames)]
    small = [
        replace(frame, load=partial(jpeg, pixels)) for frame, pixels in zip(clip.frames, cut, strict=True)
    ]
    answer, _ = ask(sampler, "verify", replace(clip, frames=tuple(small)))
    assert 0 < answer.p_yes < 1
    pictures = [np.full((side, 2 * side, 3), side, dtype=np.uint8) for side in (4, 6, 4)]
    found = frozen.stacked(pictures)
    assert found.shape == (3, 4, 8, 3)
    assert found[:, 0, 0, 0].tolist() == [4, 6, 4]
    rows, shown = sampler._seen(cut)
    assert len(rows) == len(shown) == len(cut)


def test_files_among_the_options_of_its_recognizer_are_those_of_the_study(home):
    (home / "models" / "words.toml").write_text("")
    options = {"subtexts": "models/words.toml", "sentence": "a video of {label}"}
    section = {"adapter": "one-step-sampler", "model": "m.safetensors", "train": "training.parquet"}
    section |= {"recognizer": "two-tower.npz", "family": "storyboard", "recognizer_options": options}
    known = settings({"oracles": {"sampled": section}}, "study.toml", home)
    made = reach(chosen(known, ("sampled",))[0], home).adapter
    assert made.recognizer_options == options | {"subtexts": str(home / "models" / "words.toml")}


def test_the_options_of_its_recognizer_count_by_what_the_recognizer_says_of_itself(home):
    plain = sampler_of(home)
    placed = sampler_of(home, recognizer_options={"model": plain.recognizer})
    assert placed.ingredients() == plain.ingredients()
    assert str(home) not in json.dumps(placed.ingredients())


@pytest.mark.parametrize("options", [{"budget": 0}, {"budget": 21}, {"draws": 1}, {"entropy": -0.1}])
def test_options_out_of_range_are_refused(home, options):
    with pytest.raises(InputError, match=r"one-step-sampler: .*, expected at (least|most)"):
        sampler_of(home, **options)


def test_another_recognizer_is_another_recipe(home, clip, describe):
    before = describe(sampler_of(home), "score", clip)
    encoder = import_module("crossoracle.encoders.classifier")
    other = encoder.load(home / "models" / "recognizer.npz")
    encoder.Classifier(8, other.head).save(home / "models" / "other.npz")
    after = describe(sampler_of(home, recognizer=str(home / "models" / "other.npz")), "score", clip)
    assert after["recognizer"] != before["recognizer"]
    assert after["model"] != before["model"]


def test_its_policy_is_a_condition(sampler, clip, ask):
    scores = ask(sampler, "score", clip)[1].scores or [
        one["importance"] / 100 for one in json.loads(ask(sampler, "score", clip)[0].text)["segments"]
    ]
    edges = [start for start, _ in clip.segments] + [clip.segments[-1][1]]
    video = Scored.of(clip.dataset, clip.video_id, edges, scores)
    density = parse("graded").density(video)
    assert (density.rate == np.array(scores)).all()
    placed = place(density, 1000)
    share = np.bincount(placed.segment[0], minlength=10) / 1000
    assert share == pytest.approx(np.array(scores) / sum(scores), abs=0.002)
    few = parse("budget@0.4").density(video).seen
    assert few.sum() == 4
    assert min(np.array(scores)[few]) >= max(np.array(scores)[~few])


def test_the_recognizer_sees_what_the_policy_shows(home):
    Study(home).score(oracles=("one-step-sampler",), datasets=("redundant",))
    Study(home).predict(
        conditions=("full", "graded", "budget@0.4", "anti@0.4", "motion-quantile"),
        oracles=("one-step-sampler",),
        datasets=("redundant",),
    )
    found = duckdb.sql(f"SELECT * FROM '{home / 'predictions.parquet'}' WHERE failure IS NULL").df()
    assert set(found.condition) == {"full", "graded", "budget@0.4", "anti@0.4", "motion-quantile"}
    assert found[found.condition == "budget@0.4"].kept_fraction.unique().tolist() == pytest.approx([0.4])
    assert set(found[found.condition == "motion-quantile"].oracle.isna()) == {True}
