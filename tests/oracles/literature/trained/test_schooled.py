"""Oracles that learn before they are asked: when they learn, from what, and what is filed of it."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pytest

from crossoracle import Study
from crossoracle.errors import InputError, TableError, VideoError
from crossoracle.oracles.catalogue import adapter
from crossoracle.oracles.oracle import CallFailed
from crossoracle.provenance import digest
from tests.oracles.literature.trained.conftest import ROOM
from tests.oracles.putting import question

pytestmark = pytest.mark.local
NAMES = ("action-sensitivity", "one-step-sampler")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_in_the_catalogue(name):
    spec = adapter(name)
    assert spec.load().name == name
    assert (spec.paid, spec.extra) == (False, "local")


def test_scores_are_read_like_any_reply(oracle, clips, ask):
    for clip in list(clips.values())[::5]:
        answer, read = ask(oracle, "score", clip)
        assert (answer.finish, answer.p_source, answer.cost_usd) == ("stop", "logits", 0.0)
        assert 0 < answer.p_yes < 1
        assert read.outcome == ("yes" if answer.p_yes > 0.5 else "no")
        scores = np.array([one["importance"] / 100 for one in json.loads(answer.text)["segments"]])
        assert (scores.min(), scores.max()) == (0, 1)
        np.testing.assert_allclose(scores, np.round(scores, 2))
        kept = json.loads(answer.text)["important"]
        assert kept == np.flatnonzero(scores >= 0.5).tolist()


def test_to_verify_and_to_score_measure_the_same_presence(oracle, clip, ask):
    scored, _ = ask(oracle, "score", clip)
    verified, _ = ask(oracle, "verify", clip)
    assert verified.p_yes == scored.p_yes


def test_the_right_class_is_likelier_than_a_wrong_one(oracle, clips, ask):
    told = []
    for clip in clips.values():
        wrong = next(
            one.label for one in clips.values() if one.dataset == clip.dataset and one.label != clip.label
        )
        told.append([ask(oracle, "verify", replace(clip, label=one))[0].p_yes for one in (clip.label, wrong)])
    right, wrong = np.array(told).mean(axis=0)
    assert right > wrong + 0.2


def test_a_clip_of_one_segment(oracle, clip, ask):
    one = clip.without(list(range(1, 10)), "cut")
    answer, _ = ask(oracle, "score", one)
    assert [each["importance"] for each in json.loads(answer.text)["segments"]] == [100]
    assert json.loads(answer.text)["important"] == [0]


def test_it_learns_when_it_is_first_asked_and_not_again(home, made, clip, ask, describe, monkeypatch):
    oracle = made(home)
    file = Path(oracle.model)
    told = describe(oracle, "score", clip)
    assert not file.exists(), "a description costs nothing"
    first = ask(oracle, "score", clip)
    assert sorted(path.name for path in file.parent.glob("*.safetensors*")) == [
        file.name,
        f"{file.name}.json",
    ]
    sidecar = json.loads((file.parent / f"{file.name}.json").read_text())
    assert (sidecar["verb"], sidecar["seed"], sidecar["sha256"]) == ("train", 0, digest(file))
    assert list(sidecar["inputs"].values()) == [digest(home / "training.parquet")]
    assert describe(oracle, "score", clip) == told
    again = made(home)
    monkeypatch.setattr(type(again), "taught", lambda *_: pytest.fail("it has learned before"))
    assert ask(again, "score", clip) == first
    assert describe(again, "score", clip) == told


def test_what_it_learns_is_the_same_everywhere(schooled, prepared, tmp_path, made, clip, ask, describe):
    shutil.copytree(prepared, tmp_path / "elsewhere")
    oracle = made(tmp_path / "elsewhere")
    ask(oracle, "verify", clip)
    there = schooled[0] / "models" / Path(oracle.model).name
    assert Path(oracle.model).read_bytes() == there.read_bytes()
    assert describe(oracle, "score", clip) == describe(schooled[1][oracle.name], "score", clip)


def test_another_recipe_is_learned_anew(schooled, home, made, clip, ask, describe):
    there = schooled[0] / "models"
    oracle = made(home, seed=1)
    file = Path(oracle.model)
    shutil.copy(there / file.name, file)
    ask(oracle, "verify", clip)
    assert file.read_bytes() != (there / file.name).read_bytes()
    assert describe(oracle, "score", clip) != describe(made(home), "score", clip)


@pytest.mark.parametrize("change", ["options", "video", "label", "split"])
def test_what_it_learns_from_is_part_of_the_key(home, made, clip, describe, change):
    before = describe(made(home), "score", clip)
    options, table = {}, home / "training.parquet"
    if change == "options":
        options = {"hidden": 9}
    elif change == "video":
        first, second = (
            home / row[0] for row in duckdb.sql(f"SELECT path FROM '{table}' LIMIT 2").fetchall()
        )
        shutil.copy(second, first)
    else:
        renamed = "CASE label WHEN 'ring event' THEN 'circle event' ELSE label END AS label"
        changed = {"label": renamed, "split": "'train' AS split"}[change]
        duckdb.sql(f"COPY (SELECT * REPLACE ({changed}) FROM '{table}') TO '{home}/other.parquet'")
        options = {"train": str(home / "other.parquet")}
    if change == "split":
        assert describe(made(home, **options), "score", clip) == before, "the same videos of another table"
        options["split"] = "train"
    assert describe(made(home, **options), "score", clip) != before


def test_without_a_table_the_file_is_taken_as_it_is(schooled, oracle, clip, ask, describe, monkeypatch):
    alone = replace(oracle, train=None)
    monkeypatch.setattr(type(alone), "taught", lambda *_: pytest.fail("nothing to learn from"))
    assert ask(alone, "score", clip) == ask(oracle, "score", clip)
    told = describe(alone, "score", clip)
    assert told["model"] == digest(alone.model)
    assert json.loads(json.dumps(told)) == told
    assert str(schooled[0]) not in json.dumps([told, describe(oracle, "score", clip)])


def test_questions_are_told_apart(oracle, clip, clips, describe):
    described = describe(oracle, "score", clip)
    others = [
        describe(oracle, "verify", clip),
        describe(oracle, "score", replace(clip, label="square event")),
        describe(oracle, "score", clip.without([2], "cut")),
        describe(replace(oracle, kept_from=0.4), "score", clip),
        describe(oracle, "score", clips["concentrated", "test-0-001"]),
    ]
    assert all(other != described for other in others)
    assert describe(oracle, "score", clip, sample=1) == described, "a run is no other question"


@pytest.mark.parametrize("change", [{"label": "cross event or so"}, {"dataset": "elsewhere"}, {"label": ""}])
def test_what_it_was_not_trained_on_is_no_answer(oracle, clip, ask, change):
    with pytest.raises(CallFailed, match="was not trained on") as failed:
        ask(oracle, "score", replace(clip, **change))
    assert not failed.value.transient


def test_a_clip_without_frames_is_no_answer(oracle, clip, ask):
    with pytest.raises(CallFailed, match="found no frames"):
        ask(oracle, "score", replace(clip, frames=()))


def test_missing_files_are_told_before_anybody_is_asked(home, made, clip, describe):
    with pytest.raises(TableError, match="no such file"):
        describe(made(home, train=str(home / "gone.parquet")), "score", clip)
    with pytest.raises(TableError, match="no such file"):
        describe(made(home, train=None), "score", clip)


def test_another_file_is_not_written_over(home, made, clip, ask):
    oracle = made(home)
    Path(oracle.model).write_text("mine")
    with pytest.raises(InputError, match="train it again"):
        ask(oracle, "score", clip)
    assert Path(oracle.model).read_text() == "mine"


@pytest.mark.parametrize("damage", [b"", b"half of it", None])
def test_its_own_file_is_made_anew_where_it_is_damaged(schooled, home, made, clip, ask, damage):
    oracle = made(home)
    file = Path(oracle.model)
    for name in (file.name, f"{file.name}.json"):
        shutil.copy(schooled[0] / "models" / name, file.parent / name)
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] if damage is None else damage)
    ask(oracle, "verify", clip)
    assert file.read_bytes() == whole


def test_what_it_learns_from_is_not_asked_about(home, made, clip, ask, describe, monkeypatch):
    oracle = made(home)
    lesson = oracle.lessons[0]
    own = replace(clip, dataset=lesson.dataset, video_id=lesson.video_id, label=lesson.label)
    monkeypatch.setattr(type(oracle), "taught", lambda *_: pytest.fail("it must not learn"))
    for put in (describe, ask):
        with pytest.raises(InputError, match=f"{oracle.name}: found .*{lesson.video_id} among the videos"):
            put(oracle, "score", own)
    describe(oracle, "score", replace(own, dataset="another"))


def test_nor_is_it_where_only_the_file_is_there(oracle, clip, ask):
    lesson, alone = oracle.lessons[0], replace(oracle, train=None)
    own = replace(clip, dataset=lesson.dataset, video_id=lesson.video_id, label=lesson.label)
    with pytest.raises(InputError, match="among the videos that it learned from"):
        ask(alone, "score", own)


def test_a_video_of_the_study_among_its_lessons_is_a_row_with_the_reason(home):
    (home / "videos.parquet").unlink()
    table = home / "training.parquet"
    duckdb.sql(f"COPY (SELECT * FROM '{table}' ORDER BY video_id LIMIT 2) TO '{home}/videos.parquet'")
    Study(home).score(oracles=NAMES)
    rows = duckdb.sql(f"SELECT * FROM '{home / 'prechecks.parquet'}'").df()
    assert rows.outcome.tolist() == ["error"] * 4
    assert rows.detail.str.contains("among the videos that it learned from").all()
    assert not list((home / "models").glob("*.safetensors*")), "nothing was learned for it"


def test_what_fails_while_it_learns_is_not_begun_again_for_every_question(home, made, clip, ask, monkeypatch):
    oracle, begun = made(home), []

    def fails(*_):
        begun.append(1)
        raise VideoError("no such video")

    monkeypatch.setattr(type(oracle), "taught", fails)
    for _ in range(3):
        with pytest.raises(VideoError, match="no such video"):
            ask(oracle, "score", clip)
    assert len(begun) == 1
    asyncio.run(oracle.close())
    with pytest.raises(VideoError):
        ask(oracle, "score", clip)
    assert len(begun) == 2, "closed, it looks anew"


def test_a_training_video_that_is_gone_is_looked_for_once(home, made, clip, describe, monkeypatch):
    oracle, looked = made(home), []
    oracle.lessons[-1].path.unlink()
    kind = type(oracle.lessons[0])
    of = kind.digest.fget
    monkeypatch.setattr(kind, "digest", property(lambda one: looked.append(one) or of(one)))
    for _ in range(3):
        with pytest.raises(InputError, match="expected a video to train on"):
            describe(oracle, "score", clip)
    assert len(looked) == len(oracle.lessons)


def test_its_encoder_computes_on_its_device(home, made, monkeypatch):
    seen = []
    module = import_module(f"{ROOM}.schooled")
    monkeypatch.setattr(module, "sight", lambda encoder, **options: seen.append((encoder, options)))
    _ = made(home, encoder="clip", device="cpu").sight
    assert seen == [("clip", {"device": "cpu"})]


@pytest.mark.parametrize(
    "options",
    [
        {"kept_from": 1.5},
        {"frames": 0},
        {"epochs": -1},
        {"seed": -1},
        {"rate": 0.0},
        {"decay": -1.0},
        {"batch": 0},
    ],
)
def test_options_out_of_range_are_refused(home, made, options):
    (name,) = options
    with pytest.raises(InputError, match=rf"{name}.*, expected .*; change it"):
        made(home, **options)


class Stopped(Exception):
    pass


def test_stopped_while_it_learns_it_goes_on_there(home, made, clip, ask, monkeypatch):
    schooling = import_module("crossoracle.encoders.schooling")
    monkeypatch.setattr(schooling.Progress, "check", lambda self: None)
    clock = SimpleNamespace(monotonic=partial(next, count(0, 100)))  # it is written down after every epoch
    monkeypatch.setattr(schooling, "time", clock)
    whole = made(home, model=str(home / "whole.safetensors"), epochs=4)
    ask(whole, "verify", clip)
    oracle, steps = made(home, epochs=4), count()

    def check(self):
        if self.file.exists() and next(steps) == 4:
            raise Stopped

    monkeypatch.setattr(schooling.Progress, "check", check)
    with pytest.raises(Stopped):
        ask(oracle, "verify", clip)
    unfinished = Path(f"{oracle.model}.unfinished")
    assert unfinished.exists()
    assert not Path(oracle.model).exists()
    monkeypatch.setattr(schooling.Progress, "check", lambda self: None)
    ask(made(home, epochs=4), "verify", clip)
    assert not unfinished.exists()
    assert Path(oracle.model).read_bytes() == Path(whole.model).read_bytes()


def test_who_gives_up_waiting_stops_the_learning(home, made, clip):
    oracle = made(home, epochs=100_000)

    async def given_up():
        asked = asyncio.create_task(oracle.ask(question("verify", clip)))
        await asyncio.sleep(0.5)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    asyncio.run(given_up())  # ends when the thread does
    assert not Path(oracle.model).exists()


def test_through_the_verb(home):
    found = Study(home).score(oracles=NAMES, limit=6)
    scores = duckdb.sql(f"SELECT * FROM '{home / 'scores.parquet'}'").df()
    prechecks = duckdb.sql(f"SELECT * FROM '{home / 'prechecks.parquet'}'").df()
    assert found.files
    assert set(prechecks.oracle) == set(NAMES)
    assert len(prechecks) == 12
    assert set(prechecks.outcome) <= {"yes", "no"}
    assert len(scores) == 10 * (prechecks.outcome == "yes").sum() > 0
    assert set(prechecks.cost_usd) == {0.0}
    assert Study(home).score(oracles=NAMES, limit=6, max_calls=0) is not None
