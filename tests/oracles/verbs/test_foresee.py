"""score --dry-run: what it says is what a run then takes, exactly where it can be, and at most elsewhere."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.oracles import foreseeing, opening
from tests.oracles.verbs.seeing import EVIDENCE, videos

MANY = 30


@pytest.fixture(params=[200, 7], ids=["every video opened", "some opened"])
def looked_at(request, monkeypatch) -> int:
    monkeypatch.setattr(foreseeing, "LOOKED_AT", request.param)
    return request.param


@pytest.fixture
def many(told, clips, tmp_path):
    """Return a study with copies of the films, each another file with another name."""
    films = tmp_path / "films"
    films.mkdir()
    names = sorted(EVIDENCE)
    rows = []
    for number in range(MANY):
        path = films / f"{number:02d}.mp4"
        shutil.copy(clips / f"{names[number % 4]}.mp4", path)
        rows.append({"dataset": "light", "video_id": f"v{number:02d}", "label": "waving", "path": str(path)})
    pd.DataFrame(rows).to_csv(told / "videos.csv", index=False)
    return told


def _foreseen(study, **changes):
    return Study(study, videos=study / "videos.csv").foresee(**changes)


def _score(study, **changes):
    return Study(study, videos=study / "videos.csv").score(**changes)


def _label_each(many):
    """Give every video a label of its own, or equal films would be one question."""
    rows = pd.read_csv(many / "videos.csv")
    rows["label"] = [f"waving {name}" for name in rows["video_id"]]
    rows.to_csv(many / "videos.csv", index=False)


def test_direct_is_exact_however_many_are_opened(many, seer, looked_at):
    _label_each(many)
    (found,) = _foreseen(many).forecasts
    assert (found.calls, found.most) == (MANY, False)
    assert seer.asked == []
    _score(many, limit=11)
    assert len(seer.asked) == 11
    foreseen = _foreseen(many)
    (found,) = foreseen.forecasts
    assert found.calls == MANY - 11
    assert foreseen.videos == MANY
    assert foreseen.looked_at == (MANY if looked_at == 200 else foreseen.looked_at)
    assert foreseen.looked_at >= 11
    _score(many)
    assert len(seer.asked) == MANY
    assert _foreseen(many).forecasts[0].calls == 0


def test_another_prompt_or_run_is_asked_anew(many, seer, looked_at):
    _label_each(many)
    _score(many)
    (many / "mine.jinja").write_text("Rate {{ n_segments }} segments of {{ label }}.")
    assert _foreseen(many, prompt="mine.jinja").forecasts[0].calls == MANY
    (many / "study.toml").write_text((many / "study.toml").read_text() + "[frames]\njitter_s = 0.01\n")
    assert _foreseen(many, runs=2).forecasts[0].calls == 2 * MANY


def test_videos_that_the_ledger_does_not_know_are_not_opened(many, seer, monkeypatch):
    monkeypatch.setattr(foreseeing, "LOOKED_AT", 7)
    opened = []
    as_ever = opening._decoded
    monkeypatch.setattr(opening, "_decoded", lambda *all: opened.append(1) or as_ever(*all))
    _foreseen(many)
    assert len(opened) <= 7


def test_videos_that_were_moved_are_recognised(many, seer, looked_at, tmp_path):
    _label_each(many)
    _score(many)
    (tmp_path / "films").rename(tmp_path / "elsewhere")
    rows = pd.read_csv(many / "videos.csv")
    rows["path"] = rows["path"].str.replace("/films/", "/elsewhere/")
    rows.to_csv(many / "videos.csv", index=False)
    assert _foreseen(many).forecasts[0].calls == 0


def test_files_that_are_not_there_are_told(many, seer, looked_at):
    _label_each(many)
    rows = pd.read_csv(many / "videos.csv")
    rows.loc[4, "path"] = "/nowhere.mp4"
    rows.to_csv(many / "videos.csv", index=False)
    found = _foreseen(many)
    assert found.forecasts[0].calls == MANY - 1
    assert len(found.failed) == 1
    assert "/nowhere.mp4" in found.failed[0]


def _settings(study, text):
    file = study / "study.toml"
    file.write_text(file.read_text() + text)


def test_replies_that_will_be_asked_for_again_count(many, seer, looked_at, monkeypatch):
    """Every fourth video has one segment, and its reply cannot be read."""
    from tests.oracles.verbs import seeing

    _label_each(many)
    as_ever = seeing._scoring
    monkeypatch.setattr(
        seeing, "_scoring", lambda seen: as_ever(seen) if len(seen) > 1 else ("Well, ", " it moves.", 0.9)
    )
    _score(many, limit=16)
    assert len(seer.asked) == 16
    _settings(many, "reask = 1\n")
    (found,) = _foreseen(many).forecasts
    assert found.calls == 4 + 14 + round((4 + 14) / 4)  # those of the 16, the others, and as many of these
    _score(many, limit=16)
    assert len(seer.asked) == 20
    (found,) = _foreseen(many).forecasts
    assert found.calls == 14 + round(14 / 4)


def test_greedy_is_at_most_that_less_what_the_ledger_holds(study, told, seer):
    n = [len(levels) for levels in EVIDENCE.values()]
    most = sum(k * (k + 1) // 2 for k in n)
    (found,) = _foreseen(told, strategy="greedy").forecasts
    assert (found.calls, found.most) == (most, True)
    _score(told, strategy="greedy", limit=2)
    asked = len(seer.asked)
    (found,) = _foreseen(told, strategy="greedy").forecasts
    assert found.calls == sum(k * (k + 1) // 2 for k in n[2:])
    _score(told, strategy="greedy")
    assert len(seer.asked) <= asked + found.calls
    (found,) = _foreseen(told, strategy="greedy").forecasts
    assert (found.calls, found.most) == (0, False)


def test_greedy_that_was_stopped_half_way_counts_what_is_left(told, seer):
    (told / "videos.csv").write_text("\n".join((told / "videos.csv").read_text().splitlines()[:2]) + "\n")
    _score(told, strategy="greedy", max_calls=3)
    assert len(seer.asked) == 3
    (found,) = _foreseen(told, strategy="greedy").forecasts
    assert found.calls == 10 - 3


@pytest.mark.parametrize(("logprobs", "times"), [(True, 1), (False, 3)])
def test_repeated_questions_count(told, seer, logprobs, times):
    """Whether P(YES) has to be sampled is known from the last time."""
    seer.logprobs = logprobs
    _settings(told, 'p_fallback = "samples"\nsamples = 3\ntemperature = 0.5\n')
    assert run(["oracles", str(told), "--probe"]) == 0
    (found,) = _foreseen(told, strategy="greedy").forecasts
    assert found.calls == times * sum(len(v) * (len(v) + 1) // 2 for v in EVIDENCE.values())


def test_prices_are_those_of_the_model_that_is_asked(told, seer):
    """Another model in the same section has prices of its own; the first one's come back with it."""
    file = told / "study.toml"
    text = file.read_text()
    _score(told)
    file.write_text(text.replace('model = "seer"', 'model = "gpt-4o"').replace('"free"', '"gpt-4o"'))
    (found,) = _foreseen(told).forecasts
    assert not found.observed
    assert found.usd > 0
    file.write_text(text)
    _settings(told, "max_output_tokens = 99\n")
    (found,) = _foreseen(told).forecasts
    assert (found.calls, found.observed, found.input_tokens, found.usd) == (4, True, 400, 0)


def test_a_model_is_known_by_what_answers_for_it(told, seer, monkeypatch):
    """As behind an alias, or a deployment of Azure; and under another name of the oracle."""
    file = told / "study.toml"
    file.write_text(file.read_text().replace('model = "seer"', 'model = "my-deployment"'))
    _score(told)
    file.write_text(file.read_text().replace("[oracles.seer]", "[oracles.other]"))
    _settings(told, "max_output_tokens = 99\n")
    (found,) = _foreseen(told).forecasts
    assert (found.oracle, found.calls, found.observed, found.input_tokens) == ("other", 4, True, 400)


def test_people_are_told_what_is_a_guess(many, seer, monkeypatch, capsys):
    monkeypatch.setattr(foreseeing, "LOOKED_AT", 7)
    words = ["score", str(many), "--videos", str(many / "videos.csv"), "--dry-run"]
    assert run([*words, "--strategy", "greedy"]) == 0
    err = " ".join(capsys.readouterr().err.split())
    assert "up to" in err
    assert "these are the most calls there can be" in err
    assert "7 of 30 videos looked at" in err
    assert run([*words, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["forecasts"][0] | {"calls": 30, "most": False} == json.loads(out)["forecasts"][0]
    assert "most calls there can be" not in err


def test_other_studies_start_from_rules_of_thumb(study, clips):
    videos(study, clips, EVIDENCE)
    found = _foreseen(study, oracles=["gpt-5.5"]).forecasts[0]
    assert (found.calls, found.observed) == (4, False)
