"""Sub-texts asked of a language model over HTTP on the loopback: each question once, and never a picture."""

from __future__ import annotations

import json
import sqlite3

import pytest

from crossoracle.encoders import subtexts
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.writer import ANGLES, write
from crossoracle.oracles.asking.underway import BudgetSpent
from crossoracle.provenance import digest, read_sidecar
from tests.oracles.remote.provider import OPENAI, Provider, Reply, openai_reply

CLASSES = {"d": ["pouring water", "folding a towel"], "e": ["pouring water"]}


@pytest.fixture
def provider():
    with Provider() as running:
        yield running


@pytest.fixture
def study(provider, tmp_path):
    text = f'[oracles.gpt]\nadapter = "openai"\nmodel = "{OPENAI.model}"\nbase_url = "{provider.url}/v1"\n'
    (tmp_path / "study.toml").write_text(f"{text}\n[oracles.motion]\n\n[predict]\nbatch = 3\n")
    return tmp_path


def prompt(request):
    (message,) = request.json["messages"]
    (part,) = message["content"]  # and no picture beside it
    assert part["type"] == "text"
    return part["text"]


def telling(request):
    """Return what a model writes about a class from an angle, somewhat carelessly."""
    asked = prompt(request)
    angle = next(i for i, angle in enumerate(ANGLES) if angle in asked)
    label = next(one for one in ("pouring water", "folding a towel") if f'"{one}"' in asked)
    texts = [f"{label} {angle}", "a hand ", "a  hand", "the end"]
    return Reply(openai_reply(f"```json\n{json.dumps({'subtexts': texts})},\n```"))


def test_every_class_from_every_angle(provider, study):
    provider.answer = telling
    found = write(study, "gpt", CLASSES, study / "models" / "subtexts.toml")
    assert found == subtexts.read(str(study / "models" / "subtexts.toml"))
    assert found["d"]["folding a towel"] == tuple(
        (f"folding a towel {angle}", "a hand", "the end") for angle in range(len(ANGLES))
    )
    assert list(found) == ["d", "e"]
    schema = provider.requests[0].json["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["subtexts"]
    told = read_sidecar(study / "models" / "subtexts.toml")
    assert told["options"]["writers"] == {"gpt": OPENAI.model}
    assert told["inputs"] == {"../study.toml": digest(study / "study.toml")}


def test_each_is_asked_once(provider, study):
    provider.answer = telling
    file = study / "subtexts.toml"
    first = write(study, "gpt", CLASSES, file)
    asked = len(provider.requests)
    assert asked == 2 * len(ANGLES)  # two datasets share a label
    assert write(study, "gpt", CLASSES, file) == first
    assert len(provider.requests) == asked
    more = write(study, "gpt", CLASSES, file, angles=ANGLES[:2])
    assert len(provider.requests) == asked
    assert more["e"]["pouring water"] == first["e"]["pouring water"][:2]
    with sqlite3.connect(study / "ledger.sqlite") as ledger:
        rows = ledger.execute("SELECT oracle, kind, step, state FROM calls").fetchall()
    ledger.close()
    assert set(rows) == {("gpt", None, "subtexts", "answered")}


def test_several_writers(provider, study):
    with open(study / "study.toml", "a") as file:
        file.write(f'[oracles.other]\nadapter = "openai"\nmodel = "other"\nbase_url = "{provider.url}/v1"\n')

    def by_model(request):
        reply = telling(request)
        text = reply.body["choices"][0]["message"]["content"]
        reply.body["choices"][0]["message"]["content"] = text.replace("a hand", f"by {request.json['model']}")
        return reply

    provider.answer = by_model
    found = write(study, ["other", "gpt"], CLASSES, study / "subtexts.toml", angles=ANGLES[:2])
    for of in found.values():
        for sets in of.values():
            assert [texts[1] for texts in sets] == ["by other"] * 2 + [f"by {OPENAI.model}"] * 2


def test_replies_that_cannot_be_read_give_no_set(provider, study):
    def half(request):
        return Reply(openai_reply("I cannot.")) if ANGLES[0] in prompt(request) else telling(request)

    provider.answer = half
    found = write(study, "gpt", CLASSES, study / "subtexts.toml")
    assert all(len(sets) == len(ANGLES) - 1 for of in found.values() for sets in of.values())


@pytest.mark.parametrize(
    "reply",
    [
        openai_reply("[]"),
        openai_reply('{"subtexts": [" "]}'),
        openai_reply('{"subtexts": []}'),
        openai_reply('{"subtexts": ["a", '),
        OPENAI.refusal,
    ],
    ids=["list", "blank", "none", "cut", "refused"],
)
def test_a_class_without_any_is_one_line_and_nothing_is_written(provider, study, reply):
    if reply["choices"][0]["message"]["content"] == '{"subtexts": ["a", ':
        reply["choices"][0]["finish_reason"] = "length"
    provider.replies(Reply(reply))
    with pytest.raises(
        InputError, match="sub-texts: found none of 3 classes, such as pouring water of d"
    ) as caught:
        write(study, "gpt", CLASSES, study / "subtexts.toml")
    assert "\n" not in str(caught.value)
    assert not (study / "subtexts.toml").exists()


def test_calls_that_fail_say_why(provider, study):
    provider.replies(Reply(OPENAI.error(400, "no such thing"), 400))
    with pytest.raises(InputError, match="no such thing"):
        write(study, "gpt", {"d": ["a", "b"]}, study / "subtexts.toml")


def test_a_budget_is_kept(provider, study):
    provider.answer = telling
    with pytest.raises(BudgetSpent):
        write(study, "gpt", CLASSES, study / "subtexts.toml", budget=0.0)
    assert provider.requests == []


def test_who_cannot_write(study, tmp_path):
    with pytest.raises(
        InputError, match="writer motion: found adapter motion, expected one that reaches a language"
    ):
        write(study, "motion", CLASSES, study / "subtexts.toml")
    with pytest.raises(InputError, match=r"study\.toml: found no such file"):
        write(tmp_path / "nowhere", "gpt", CLASSES, study / "subtexts.toml")
