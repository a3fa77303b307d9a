"""score --batch: submitted, left alone, found again, fetched; the tables are those of single calls."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pandas as pd
import pytest

from crossoracle.cli import run
from crossoracle.oracles import batching
from tests.oracles.remote.desk import OpenAIDesk
from tests.oracles.remote.provider import Provider, Reply
from tests.oracles.verbs.seeing import KEY, Seer, table

WORDS = ("--batch",)


@pytest.fixture
def desk(study, monkeypatch) -> Iterator[OpenAIDesk]:
    """Return a batch desk that the study knows; it answers when it is told to finish."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(batching, "EVERY_S", 0.02)
    with Provider() as provider:
        desk, seer = OpenAIDesk(provider), Seer()

        def serve(request) -> Reply:
            if request.path.endswith("/chat/completions"):
                return Reply(seer.answer(request.json)[1])
            return desk.serve(request)

        provider.answer = serve
        (study / "study.toml").write_text(
            f'[oracles.seer]\nadapter = "openai"\nmodel = "seer"\nbase_url = "{provider.url}/v1"\n'
            'priced_as = "free"\nlogprobs = true\nstructured = true\n'
        )
        yield desk


def _answer(line):
    status, body = Seer().answer(line["body"])
    return {
        "custom_id": line["custom_id"],
        "response": {"status_code": status, "request_id": "r", "body": body},
    }


def _score(study, *words):
    return run(["score", str(study), "--videos", str(study / "videos.csv"), *words])


def _finish_when_asked(desk, answer=_answer, status="completed"):
    real = desk.provider.answer

    def serve(request):
        if request.method == "GET" and "/batches/" in request.path:
            desk.finish(answer, status)
        return real(request)

    desk.provider.answer = serve


def test_a_batch_gives_the_tables_of_single_calls(study, desk, tmp_path):
    _finish_when_asked(desk)
    assert _score(study, *WORDS) == 0
    assert len(desk.batches) == 1
    assert not [one for one in desk.provider.requests if one.path.endswith("/chat/completions")]
    batched = {name: table(study, name) for name in ("scores", "prechecks")}
    for file in ("ledger.sqlite", "scores.parquet", "prechecks.parquet"):
        (study / file).unlink()
    assert _score(study) == 0
    for name, rows in batched.items():
        pd.testing.assert_frame_equal(table(study, name), rows)
    assert _score(study, *WORDS) == 0
    assert len(desk.batches) == 1


@pytest.mark.parametrize("remembered", [True, False])
def test_a_run_that_was_left_finds_its_batch(remembered, study, desk, monkeypatch):
    def leave(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(batching.asyncio, "sleep", leave)
    if not remembered:  # it dies before the ledger knows of the batch
        monkeypatch.setattr(batching.Desk, "keep", leave)
    assert _score(study, *WORDS) == 130
    monkeypatch.undo()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(batching, "EVERY_S", 0.02)
    assert len(desk.batches) == 1
    _finish_when_asked(desk)
    assert _score(study, *WORDS) == 0
    assert len(desk.batches) == 1
    assert table(study, "prechecks")["outcome"].tolist() == ["yes"] * 4


def test_what_a_batch_did_not_come_to_is_asked_by_the_next_run(study, desk, capsys):
    first = []

    def some(line):
        first.append(line["custom_id"])
        return (
            _answer(line)
            if len(first) < 3
            else {"custom_id": line["custom_id"], "error": {"code": "batch_expired", "message": "late"}}
        )

    _finish_when_asked(desk, some)
    assert _score(study, *WORDS) == 1
    assert sorted(table(study, "prechecks")["outcome"]) == ["error", "error", "yes", "yes"]
    assert _score(study) == 0
    assert table(study, "prechecks")["outcome"].tolist() == ["yes"] * 4


def test_a_failed_batch_costs_nothing_and_can_be_put_again(study, desk, capsys):
    real = desk.finish

    def fail(answer, status):
        real(lambda line: {"custom_id": line["custom_id"], "error": {"code": "x", "message": "no"}}, "failed")

    desk.finish = fail
    _finish_when_asked(desk)
    assert _score(study, *WORDS) == 1
    assert table(study, "prechecks")["outcome"].tolist() == ["error"] * 4
    desk.finish = real
    assert _score(study, *WORDS) == 0
    assert len(desk.batches) == 2


def test_caps_hold_for_batches(study, desk, capsys):
    _finish_when_asked(desk)
    assert _score(study, *WORDS, "--max-calls", "3") == 1
    (batch,) = desk.batches.values()
    assert len(desk.lines(batch["input_file_id"])) == 3
    assert "the budget of 3 calls is spent" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--oracle", "center"), "oracle center has no batch API"),
        (("--strategy", "greedy"), "greedy removal of seer+greedy needs each answer"),
    ],
)
def test_what_cannot_be_asked_by_batch_is_said(words, told, study, desk, capsys):
    assert _score(study, *WORDS, *words) == 2
    assert told in capsys.readouterr().err


def test_batches_are_marked_with_the_study(study, desk):
    _finish_when_asked(desk)
    assert _score(study, *WORDS) == 0
    (batch,) = desk.batches.values()
    assert batch["metadata"]["oracle"] == "seer"
    assert len(batch["metadata"]["crossoracle"]) == 32
    assert KEY not in json.dumps(desk.batches)
