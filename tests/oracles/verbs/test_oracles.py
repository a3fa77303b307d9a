"""oracles: who is there, without ever showing a key."""

from __future__ import annotations

import json

import pytest

from crossoracle.cli import run
from crossoracle.oracles.catalogue import ADAPTERS, PRESETS
from tests.oracles.verbs.seeing import KEY


def _told(capsys):
    return {(one["of"], one["name"]): one for one in json.loads(capsys.readouterr().out)["oracles"]}


def test_adapters_and_presets_are_listed(capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    assert run(["oracles", "--json"]) == 0
    found = _told(capsys)
    assert {name for of, name in found if of == "adapter"} >= {one.name for one in ADAPTERS}
    assert {name for of, name in found if of == "preset"} == {one.name for one in PRESETS}
    assert found["preset", "gpt-5.5"]["key_present"] is True
    assert found["preset", "gemini-3.1-pro"]["key_present"] is False
    assert found["preset", "qwen3-vl-32b"]["key"] is None  # its server may need none
    assert found["adapter", "center"]["installed"] is True


def test_people_see_what_to_do_and_never_a_key(capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    assert run(["oracles"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "no: set GEMINI_API_KEY" in err
    assert "OPENAI_API_KEY is set" in err
    assert KEY not in err


def test_what_is_wrong_in_the_study_is_told(told, capsys):
    (told / "study.toml").write_text((told / "study.toml").read_text() + 'modle = "x"\n')
    assert run(["oracles", str(told), "--json"]) == 0
    assert "did you mean 'model'" in _told(capsys)["study", "seer"]["remedy"]


@pytest.mark.parametrize("logprobs", [True, False])
def test_a_probe_is_recorded(logprobs, told, seer, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    seer.logprobs = logprobs
    assert run(["oracles", str(told), "--probe", "--json"]) == 0
    found = _told(capsys)["study", "seer"]["capabilities"]
    assert found["logprobs"] is logprobs
    assert run(["oracles", str(told), "--json"]) == 0
    assert _told(capsys)["study", "seer"]["capabilities"] == found


def test_a_name_chooses_what_is_probed(told, seer, capsys):
    assert run(["oracles", str(told), "--oracle", "seer"]) == 2
    assert "--oracle chooses what is probed; give --probe too" in capsys.readouterr().err
    assert seer.asked == []


def test_a_probe_that_fails_says_why(told, seer, capsys):
    seer.fail = lambda number: True
    assert run(["oracles", str(told), "--probe", "--json"]) == 1
    assert "no such luck" in _told(capsys)["study", "seer"]["failed"]
