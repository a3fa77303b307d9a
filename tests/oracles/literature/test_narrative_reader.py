"""The narrative before a language model: real calls over HTTP, in which there is no picture."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import duckdb
import pytest

from crossoracle import Study
from crossoracle.encoders import codebook
from crossoracle.encoders.encoder import encoder
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.narrative import Narrative
from crossoracle.oracles.adapters.literature.narrative_reader import NarrativeReader
from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.oracles.asking.forecast import Expectation
from crossoracle.oracles.catalogue import adapter
from crossoracle.oracles.oracle import CallFailed
from crossoracle.oracles.paying import free
from crossoracle.oracles.settings import settings
from tests.oracles.literature.painted import CLASSES, clip, study
from tests.oracles.putting import ask, describe, question
from tests.oracles.remote.provider import Provider, Reply, openai_reply

__all__ = ["ask", "describe"]
SHOWN = [None, "red", "red", None]
PICTURES = ("image", "base64", "data:", "video_url")


def reads(request):
    """Answer as a model would that reads: red segments count."""
    text = request.json["messages"][0]["content"][0]["text"]
    account = text.partition("The account:")[2]
    label = text.partition('"')[2].partition('"')[0]
    colour = label.split()[0]
    seen = f"{colour} square" in account
    presence = "YES" if seen else "NO"
    if '"decision"' in text:
        return {"decision": presence, "confidence": 90, "evidence": "told"}
    parts = {s for line in account.splitlines() if f"{colour} square" in line for s in _segments(line)}
    n = text.count("\n- segment ")
    rated = [
        {"segment": s, "importance": 90 if s in parts else 5, "phase": "action", "reason": "as told"}
        for s in range(n)
    ]
    told = {"presence": presence, "confidence": 90, "evidence": "told", "segments": rated}
    return told | {"important": sorted(parts)}


def _segments(line):
    words = line.partition("(")[2].partition(")")[0].split()
    numbers = [int(word) for word in words if word.isdigit()]
    return range(numbers[0], numbers[-1] + 1)


@pytest.fixture
def provider():
    with Provider() as running:
        running.answer = lambda request: Reply(openai_reply(json.dumps(reads(request))))
        yield running


@pytest.fixture
def server(provider):
    return {"adapter": "openai", "model": "reads", "base_url": f"{provider.url}/v1", "priced_as": "free"}


@pytest.fixture
def oracle(tower, captions, server):
    made = NarrativeReader(tower, {"painted": CLASSES}, captions=captions, reader=server)
    yield made
    asyncio.run(made.close())


def test_it_is_in_the_catalogue_and_may_cost_something():
    assert adapter("narrative-reader").load() is NarrativeReader
    assert adapter("narrative-reader").paid


def test_a_model_reads_the_narrative_and_scores(oracle, provider, ask):
    answer, read = ask(oracle, "score", clip(SHOWN, "red event"))
    assert read.outcome == "yes"
    assert list(read.scores) == [0.05, 0.9, 0.9, 0.05]
    assert [i for i, one in enumerate(read.kept) if one] == [1, 2]
    assert (answer.input_tokens, answer.output_tokens, answer.cost_usd) == (100, 10, 0.0)
    (request,) = provider.requests
    (part,) = request.json["messages"][0]["content"]
    assert part["type"] == "text"
    assert part["text"].endswith(
        "- 0.00 s to 0.50 s (segment 0): empty place\n"
        "- 0.50 s to 1.50 s (segments 1 to 2): red square\n"
        "- 1.50 s to 2.00 s (segment 3): empty place"
    )


@pytest.mark.parametrize("kind", ["score", "verify"])
def test_no_picture_is_sent(oracle, provider, ask, kind):
    ask(oracle, kind, clip(SHOWN, "red event"))
    asyncio.run(oracle.probe())
    assert len(provider.requests) == 1
    sent = provider.requests[0].body.decode()
    assert not [word for word in PICTURES if word in sent]
    assert "shown frames" not in sent


def test_what_is_asked_about_is_what_is_left(oracle, ask):
    whole = clip(SHOWN, "red event")
    assert ask(oracle, "verify", whole)[1].outcome == "yes"
    assert ask(oracle, "verify", whole.without([1, 2], "cut"))[1].outcome == "no"
    assert ask(oracle, "verify", replace(whole, label="green event"))[1].outcome == "no"


def test_descriptions_tell_readers_apart_without_looking_at_a_picture(oracle, server, describe):
    shown = clip(SHOWN, "red event")
    blind = replace(shown, frames=tuple(replace(frame, load=None) for frame in shown.frames))
    told = describe(oracle, "score", blind)
    assert json.loads(json.dumps(told)) == told
    others = [
        replace(oracle, reader={**server, "model": "other"}),
        replace(oracle, reader={**server, "temperature": 0.5}),
        replace(oracle, switch=0.3),
    ]
    assert all(describe(one, "score", blind) != told for one in others)
    slower = replace(oracle, reader={**server, "timeout_s": 5.0})
    assert describe(slower, "score", blind) == told
    other_prompt = replace(question("score", blind), prompt="another", prompt_digest="other")
    assert oracle.describe(other_prompt) == told, "it is asked by prompts of its own"


def test_what_changes_nothing_of_what_is_sent_is_not_paid_for_again(
    oracle, describe, tmp_path, tower, captions
):
    shown = clip(SHOWN, "red event")
    told, other = describe(oracle, "score", shown), tmp_path / "descriptions.toml"
    other.write_text('[painted]\n"red event" = ["a red square"]\n')
    same = [
        replace(oracle, sentence="a clip of {label}"),
        replace(oracle, descriptions=str(other)),
        replace(oracle, classes={"painted": CLASSES[:2]}),
    ]
    assert all(describe(one, "score", shown) == told for one in same)
    told_by_classes = replace(oracle, captions=None)
    assert describe(replace(told_by_classes, sentence="a clip of {label}"), "score", shown) != describe(
        told_by_classes, "score", shown
    )
    of_its_own = [replace(oracle, tokens=3), replace(oracle, seed=1), replace(oracle, switch=0.3)]
    assert all(describe(one, "score", shown) != told for one in of_its_own)


@pytest.fixture
def book(tower, tmp_path):
    """A codebook of one video."""
    reads = encoder(tower)
    rows = reads.frames([frame.pixels() for frame in clip(SHOWN, "red event").frames])
    learned = replace(codebook.learn(rows, 2), videos=frozenset({("painted", "seen")}))
    learned.save(tmp_path / "book.npz", reads.describe())
    return str(tmp_path / "book.npz")


def test_with_a_codebook_the_options_of_k_means_are_no_other_question(oracle, describe, book):
    shown, by_book = clip(SHOWN, "red event"), replace(oracle, codebook=book)
    told = describe(by_book, "score", shown)
    assert told != describe(oracle, "score", shown)
    assert describe(replace(by_book, tokens=3, seed=1), "score", shown) == told
    assert describe(replace(by_book, switch=0.3), "score", shown) != told


def test_what_its_codebook_was_learned_from_is_not_asked_about(oracle, describe, book):
    seen = replace(clip(SHOWN, "red event"), video_id="seen")
    describe(oracle, "score", seen)
    for one in (oracle, Narrative(oracle.model, {"painted": CLASSES})):
        told = f"{one.name}: codebook: found painted/seen among the videos that it learned from"
        with pytest.raises(InputError, match=told):
            describe(replace(one, codebook=book), "score", seen)


@pytest.mark.parametrize("option", [{"scale": 3.0}, {"kept_from": 0.2}])
def test_options_that_it_would_not_heed_are_refused(oracle, option):
    (name,) = option
    with pytest.raises(
        InputError, match=f"narrative-reader: found {name} = .*, expected none.*; leave it out"
    ):
        replace(oracle, **option)


def test_files_of_the_reader_are_those_of_the_study(home, server, monkeypatch):
    monkeypatch.setattr(OpenAI, "places", ("model",), raising=False)
    (home / "models").mkdir()
    (home / "models" / "reads").write_text("")
    for model, expected in [("models/reads", str(home / "models" / "reads")), ("elsewhere/reads", None)]:
        placed = NarrativeReader.nested({"reader": {**server, "model": model}}, home)
        assert placed == {"reader": {**server, "model": expected or model}}
    assert NarrativeReader.nested({"reader": "gpt-5.5"}, home) == {}


def test_failures_are_those_of_the_reader(oracle, provider, ask):
    provider.answer = lambda request: Reply({"error": {"message": "busy"}}, 429)
    with pytest.raises(CallFailed) as failed:
        ask(oracle, "score", clip(SHOWN, "red event"))
    assert (failed.value.status, failed.value.transient) == (429, True)


def test_an_unknown_class_is_no_call(oracle, provider, ask):
    with pytest.raises(CallFailed, match="none of the 3 classes"):
        ask(oracle, "score", clip(SHOWN, "black event"))
    assert not provider.requests


def test_runs_differ_by_the_temperature_of_the_reader(oracle, server):
    assert oracle.temperature is None
    assert replace(oracle, reader={**server, "temperature": 0.7}).temperature == 0.7


@pytest.mark.parametrize("reader", ["", {}])
def test_without_a_reader_it_is_refused(tower, reader):
    with pytest.raises(InputError, match="narrative-reader: found no reader; write reader ="):
        NarrativeReader(tower, {}, reader=reader)


def toml(url, more=""):
    return f"""\
[oracles.told]
adapter = "narrative-reader"
model = "tower.npz"
classes = "classes.toml"
captions = "captions.txt"

[oracles.told.reader]
adapter = "openai"
model = "reads"
base_url = "{url}/v1"
{more}
"""


@pytest.fixture
def home(tmp_path):
    """A study of two videos; of one the label is wrong."""
    return study(tmp_path, {"a": (SHOWN, "red event"), "b": (["blue", None, None, "blue"], "green event")})


def test_it_scores_a_study_once(home, provider):
    (home / "study.toml").write_text(toml(provider.url, 'priced_as = "free"'))
    Study(home).score()
    rows = duckdb.sql(f"SELECT * FROM '{home / 'prechecks.parquet'}' ORDER BY video_id").df()
    assert rows.outcome.tolist() == ["yes", "no"]
    assert rows.calls.tolist() == [1, 1]
    assert rows.cost_usd.tolist() == [0.0, 0.0]
    scores = duckdb.sql(f"SELECT * FROM '{home / 'scores.parquet'}' ORDER BY segment").df()
    assert scores.score.tolist() == [0.05, 0.9, 0.9, 0.05]
    Study(home).score()
    assert len(provider.requests) == 2, "nothing is asked twice"
    (home / "captions.txt").write_text("red square\n")
    Study(home).score()
    assert len(provider.requests) == 4, "told in other words, it is another question"


@pytest.mark.parametrize(("more", "is_free"), [('priced_as = "free"', True), ("", False)])
def test_it_costs_what_its_reader_costs(home, provider, more, is_free):
    import tomllib

    known = settings(tomllib.loads(toml(provider.url, more)), "study.toml", home)
    assert free(known, "told") is is_free


def test_what_is_expected_is_what_the_reader_takes_and_no_picture(tower, captions, server):
    priced = NarrativeReader(
        tower, {"painted": CLASSES}, captions=captions, reader=server | {"priced_as": "gpt-5.5-2026-04-23"}
    )
    one, expectation = clip(SHOWN, "red event"), Expectation(priced, {})
    expected = expectation.size("score", one, 4000)
    assert expected == Expectation(priced.behind, {}).size("score", replace(one, frames=()), 4000)
    assert expected.input_tokens == 1000
    assert expectation.usd("score", expected) > 0


def test_a_key_that_is_named_must_be_set(home, provider, monkeypatch):
    monkeypatch.delenv("READERS_KEY", raising=False)
    (home / "study.toml").write_text(toml(provider.url, 'api_key_env = "READERS_KEY"'))
    with pytest.raises(InputError, match="READERS_KEY"):
        Study(home).score()
    assert not provider.requests


def test_a_wrong_option_of_the_reader_is_told_with_its_section(home, provider):
    (home / "study.toml").write_text(toml(provider.url, "temperature_ = 1"))
    with pytest.raises(InputError, match=r"\[oracles\.told\].*'temperature_': did you mean 'temperature'"):
        Study(home).score()
