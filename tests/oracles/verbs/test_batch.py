"""score --batch: submitted, left alone, killed, refused, found again, fetched; and never paid for twice."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import pandas as pd
import pytest

from crossoracle.cli import run
from crossoracle.oracles import batching
from crossoracle.oracles import desk as desks
from crossoracle.oracles.asking.batches import Batchbook
from crossoracle.oracles.asking.entries import Context
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.writer import LedgerFailed
from tests.oracles.remote.desk import OpenAIDesk
from tests.oracles.remote.provider import Provider, Reply
from tests.oracles.verbs.seeing import KEY, Seer, table

WORDS = ("--batch",)


@pytest.fixture
def desk(study, monkeypatch) -> Iterator[OpenAIDesk]:
    """Return a batch desk that the study knows; it answers when it is told to finish."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(desks, "EVERY_S", 0.02)
    monkeypatch.setattr(desks, "LISTED_S", 0.0)
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

    monkeypatch.setattr(desks.asyncio, "sleep", leave)
    if not remembered:  # it dies before the ledger knows of the batch
        monkeypatch.setattr(Batchbook, "begun", leave)
    assert _score(study, *WORDS) == 130
    monkeypatch.undo()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(desks, "EVERY_S", 0.02)
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


def _leave(*_):
    raise KeyboardInterrupt


def _left(study, monkeypatch, *words):
    """Submit a batch and go away."""
    with monkeypatch.context() as away:
        away.setattr(desks.asyncio, "sleep", _leave)
        assert _score(study, *WORDS, *words) == 130


def _calls(desk):
    return [one for one in desk.provider.requests if one.path.endswith("/chat/completions")]


def _states(study):
    with Ledger(study / "ledger.sqlite") as ledger:
        rows = ledger.select("SELECT state, sum(possibly_paid) FROM calls GROUP BY state")
    return dict(rows)


def _between(desk, does):
    """Let something be done with every request, instead of the answer where it returns one."""
    real = desk.provider.answer

    def serve(request):
        return does(request, real) or real(request)

    desk.provider.answer = serve


def _err(capsys):
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("words", [(), ("--resend",), ("--rebuild",), ("--resend", "--strategy", "greedy")])
def test_what_is_in_an_open_batch_is_never_put_again(words, study, desk, monkeypatch, capsys):
    _left(study, monkeypatch, "--limit", "3")
    greedy = "greedy" in words
    assert _score(study, *words, "--limit", "3") == (0 if greedy else 1)
    if not greedy:
        assert _calls(desk) == []
        assert "seer: 3 questions waiting in batch batch_0; left out of this run" in _err(capsys)
        assert not (study / "prechecks.parquet").exists()
    assert _states(study)["batched"] == 0  # possibly paid
    assert len(desk.batches) == 1
    desk.finish(_answer)
    before = len(_calls(desk))
    assert _score(study) == 0
    assert len(_calls(desk)) == before + 1, "the fourth video was in no batch"
    assert (table(study, "prechecks")["outcome"] == "yes").all()
    assert _states(study) == {"answered": 0}


def test_a_run_without_batches_answers_what_is_in_none(study, desk, monkeypatch, capsys):
    _left(study, monkeypatch, "--limit", "3")
    assert _score(study, "--resend") == 1
    assert len(_calls(desk)) == 1
    assert table(study, "prechecks")["video_id"].tolist() == ["d"]
    capsys.readouterr()
    assert _score(study, "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["forecasts"][0]["calls"] == 0


@pytest.mark.parametrize("uploaded", [True, False])
@pytest.mark.parametrize(
    "again", [("--resend",), ("--batch",), pytest.param(("--batch", "--resend"), marks=pytest.mark.slow)]
)
def test_killed_while_a_batch_is_submitted(uploaded, again, study, desk, monkeypatch, capsys):
    """SIGKILL when the provider has the batch and has not said so; or when it has not even the file."""
    children = []

    def kill(request, real):
        if children and request.method == "POST" and request.path.endswith(at):
            answer = real(request) if uploaded else Reply({}, 500)
            children.pop().send_signal(signal.SIGKILL)
            return answer

    at = "batches" if uploaded else "files"
    _between(desk, kill)
    words = [sys.executable, "-m", "crossoracle", "score", str(study), "--videos", str(study / "videos.csv")]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*words, *WORDS], **pipes) as child:
        children.append(child)
        assert child.wait(120) == -signal.SIGKILL
    assert len(desk.batches) == (1 if uploaded else 0)
    _finish_when_asked(desk)
    assert _score(study, *again) in (0, 1)
    told = _err(capsys)
    if uploaded:
        assert (len(desk.batches), len(_calls(desk))) == (1, 0)
        assert _states(study) == {"answered": 0}
    elif again == ("--batch",):
        assert "the provider knows nothing of batch" in told
        assert (
            "4 calls without a reply, possibly paid for (4 questions not asked again, --resend asks" in told
        )
        assert (len(desk.batches), _states(study)) == (0, {"lost": 4})
    else:
        assert _score(study, *again) == 0
        assert len(desk.batches) == ("--batch" in again)
        assert _states(study) == {"answered": 4}


@pytest.mark.parametrize("at", ["files", "batches"])
def test_a_batch_that_is_refused_has_cost_nothing(at, study, desk, capsys):
    def refuse(request, real):
        if refusing and request.method == "POST" and request.path.endswith(at):
            return Reply({"error": {"message": "no such luck", "type": "invalid_request_error"}}, 400)

    refusing = [True]
    _between(desk, refuse)
    assert _score(study, *WORDS) == 1
    assert _states(study) == {"failed": 0}
    assert "no such luck" in _err(capsys)
    assert table(study, "prechecks")["outcome"].tolist() == ["error"] * 4
    refusing.clear()
    _finish_when_asked(desk)
    assert _score(study, *WORDS) == 0
    assert _states(study) == {"answered": 0}


def test_every_step_is_tried_again_and_retry_after_is_honoured(study, desk):
    seen = []

    def stumble(request, real):
        step = f"{request.method} {request.path.partition('?')[0].rpartition('/')[2]}"
        if not request.path.endswith("/chat/completions") and step not in seen:
            seen.append(step)
            return Reply({"error": {"message": "slow down"}}, 429, headers={"Retry-After": "0.05"})

    _finish_when_asked(desk)
    _between(desk, stumble)
    assert _score(study, *WORDS) == 0
    assert seen == ["GET batches", "POST files", "POST batches", "GET batch_0", "GET content"]
    assert len(desk.batches) == 1


def test_a_start_that_failed_is_looked_for_before_it_is_tried_again(study, desk):
    """The provider says 500, but has started the batch."""
    failed = []

    def fail(request, real):
        if not failed and request.method == "POST" and request.path.endswith("/batches"):
            failed.append(real(request))
            return Reply({"error": {"message": "out of order"}}, 500)

    _finish_when_asked(desk)
    _between(desk, fail)
    assert _score(study, *WORDS) == 0
    assert len(desk.batches) == 1


@pytest.mark.parametrize("taken", [True, False])
def test_a_start_without_a_reply(taken, study, desk, capsys):
    broken = []

    def break_off(request, real):
        if not broken and request.method == "POST" and request.path.endswith("/batches"):
            broken.append(real(request) if taken else None)
            return Reply({}, break_after=0)

    _finish_when_asked(desk)
    _between(desk, break_off)
    assert _score(study, *WORDS) == (0 if taken else 1)
    assert len(desk.batches) == taken
    if taken:
        assert _states(study) == {"answered": 0}
        return
    assert _states(study) == {"batched": 0}  # perhaps it comes to light yet
    assert _score(study, *WORDS) == 1
    assert _states(study) == {"lost": 4}
    assert _score(study, *WORDS, "--resend") == 0
    assert (_states(study), len(desk.batches)) == ({"answered": 4}, 1)


def test_a_batch_that_its_provider_forgot(study, desk, monkeypatch, capsys):
    _left(study, monkeypatch)
    forgotten = dict(desk.batches)
    desk.batches.clear()
    gone = Reply({"error": {"message": "no such batch"}}, 404)
    _between(desk, lambda request, real: gone if not desk.batches and "/batches/" in request.path else None)
    assert _score(study) == 1
    assert _calls(desk) == []
    assert _states(study) == {"lost": 4}
    assert "the provider knows nothing of batch batch_0; 4 questions may have been paid for" in _err(capsys)
    desk.batches |= forgotten  # it comes back
    _finish_when_asked(desk)
    assert _score(study, *WORDS) == 0
    assert (_states(study), len(desk.batches)) == ({"answered": 0}, 1)


@pytest.mark.parametrize("shown", [True, False])
def test_an_older_ledger_takes_over_the_batches_that_it_does_not_know(shown, study, desk, monkeypatch):
    """What is in it stands in its file; where the provider does not show that, it is awaited first."""
    with Ledger(study / "ledger.sqlite") as ledger:
        Batchbook(ledger, "seer").marks()
    shutil.copy(study / "ledger.sqlite", study / "backup")
    _left(study, monkeypatch)
    shutil.copy(study / "backup", study / "ledger.sqlite")
    if not shown:
        real = desk.provider.answer
        gone = Reply({"error": {"message": "no such file"}}, 404)
        desk.provider.answer = lambda request: gone if "file-0/content" in request.path else real(request)
    _left(study, monkeypatch)
    assert len(desk.batches) == 1
    assert _states(study) == ({"batched": 0} if shown else {})
    _finish_when_asked(desk)
    assert _score(study) == 0
    assert (len(_calls(desk)), _states(study)) == (0, {"answered": 0})


def test_an_outage_does_not_end_the_wait(study, desk, capsys):
    down = [None] * 4

    def fail(request, real):
        if down and "/batches/" in request.path:
            down.pop()
            return Reply({"error": {"message": "overloaded"}}, 503)

    _finish_when_asked(desk)
    _between(desk, fail)
    assert _score(study, *WORDS) == 0
    assert "asked again later" in capsys.readouterr().err


def test_two_oracles_with_the_same_questions_pay_once(study, desk):
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text + text.replace("oracles.seer", "oracles.twin"))
    _finish_when_asked(desk)
    assert _score(study, *WORDS) == 0
    lines = [line["custom_id"] for one in desk.batches.values() for line in desk.lines(one["input_file_id"])]
    assert len(lines) == len(set(lines)) == 4
    assert table(study, "prechecks")["outcome"].tolist() == ["yes"] * 8


@pytest.mark.parametrize("again", [(), ("--resend",), ("--batch",)])
def test_a_batch_outlives_the_name_of_its_oracle(again, study, desk, monkeypatch):
    _left(study, monkeypatch)
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text.replace("oracles.seer", "oracles.renamed"))
    _finish_when_asked(desk)
    assert _score(study, *again) == 0
    assert (_states(study), len(desk.batches), _calls(desk)) == ({"answered": 0}, 1, [])


def test_an_oracle_fetches_what_its_twin_began(study, desk, monkeypatch):
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text + text.replace("oracles.seer", "oracles.twin"))
    _left(study, monkeypatch, "--oracle", "seer")
    _finish_when_asked(desk)
    assert _score(study, "--oracle", "twin") == 0
    assert (_states(study), _calls(desk)) == ({"answered": 0}, [])


def test_a_budget_knows_what_batches_cost(study, desk, capsys):
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text.replace('"free"', '"gpt-4o"'))
    _finish_when_asked(desk)
    assert _score(study, *WORDS, "--limit", "2") == 0
    assert _score(study, *WORDS, "--budget", "0.00023") == 1  # one costs 0.000225
    assert [len(desk.lines(one["input_file_id"])) for one in desk.batches.values()] == [2, 1]
    capsys.readouterr()
    for words, usd in ((), 0.00045), (WORDS, 0.000225):
        assert _score(study, "--dry-run", "--json", *words) == 0
        (found,) = json.loads(capsys.readouterr().out)["forecasts"]
        assert found["usd"] == pytest.approx(usd)
        assert found["hours"] == 24 if words else found["hours"] > 0


@pytest.mark.parametrize("asks", ["--batch", "--resend"])
def test_a_rebuild_asks_nobody(asks, study, desk, capsys):
    assert _score(study, "--rebuild", asks) == 2
    assert f"--rebuild asks nobody, and {asks} would" in _err(capsys)
    assert (desk.batches, _calls(desk)) == ({}, [])


def test_a_batch_that_is_listed_late(study, desk, monkeypatch, capsys):
    """Its start brought no reply, and for a while the provider does not list it."""
    broken, hidden = [], [True]

    def late(request, real):
        if request.path.partition("?")[0].endswith("/batches"):
            if request.method == "POST" and not broken:
                broken.append(real(request))
                return Reply({}, break_after=0)
            if request.method == "GET" and hidden:
                return Reply({"object": "list", "data": [], "has_more": False})

    _finish_when_asked(desk)
    _between(desk, late)
    monkeypatch.setattr(desks, "LISTED_S", 600.0)
    for words in (WORDS, WORDS, ("--resend",)):
        assert _score(study, *words) == 1
        assert _states(study) == {"batched": 0}
    assert "does not know batch" in _err(capsys)
    monkeypatch.setattr(desks, "LISTED_S", 0.0)
    assert _score(study, *WORDS) == 1
    assert _states(study) == {"lost": 4}
    assert "not in the ledger" not in _err(capsys)
    hidden.clear()
    assert _score(study, "--resend") == 0
    assert (_states(study), len(desk.batches), _calls(desk)) == ({"answered": 0}, 1, [])


@pytest.mark.parametrize("odd", [{"a": 1}, ["x"], None, 7, "\ud800"])
def test_answers_without_a_key_of_ours_are_left(odd, study, desk):
    """They are charged for, and nobody can say what they answer: nothing is put again by itself."""
    _finish_when_asked(desk, lambda line: _answer(line) | {"custom_id": odd})
    assert _score(study, *WORDS) == 1
    assert _states(study) == {"lost": 4}


def _spoil(desk, change):
    """Change the batches that are done before they are looked at."""

    def serve(request, real):
        if request.method == "GET" and "/batches/" in request.path:
            found = real(request)
            change(desk.batches[request.path.rpartition("/")[2]])
            return found

    _between(desk, serve)


def test_an_answer_that_breaks_off_may_have_been_paid_for(study, desk, capsys):
    def cut_off(batch):
        file = batch["output_file_id"]
        desk.files[file] = desk.files[file].rstrip(b"\n")[:-30]

    _finish_when_asked(desk)
    _spoil(desk, cut_off)
    assert _score(study, *WORDS) == 1
    assert "has answers that cannot be read (1 line)" in _err(capsys)
    with Ledger(study / "ledger.sqlite") as ledger:
        states = dict(ledger.select("SELECT state, count(*) FROM calls GROUP BY state"))
    assert (states, _states(study)) == ({"answered": 3, "lost": 1}, {"answered": 0, "lost": 1})
    assert _score(study) == 1
    assert _score(study, *WORDS) == 1
    assert (_calls(desk), len(desk.batches)) == ([], 1), "it was put again by itself"
    assert "possibly paid" in _err(capsys)
    assert _score(study, "--resend") == 0
    assert len(_calls(desk)) == 1


def test_answers_that_are_counted_and_not_there_may_have_been_paid_for(study, desk):
    def lose_one(batch):
        batch["request_counts"] = {"total": 4, "completed": 4, "failed": 0}
        lines = desk.lines(batch["output_file_id"])
        desk.keep(batch["output_file_id"], lines[:3])

    _finish_when_asked(desk)
    _spoil(desk, lose_one)
    assert _score(study, *WORDS) == 1
    assert _states(study) == {"answered": 0, "lost": 1}


def test_a_batch_that_is_done_before_its_file_is_there(study, desk, monkeypatch):
    held = []

    def hold(request, real):
        if request.method == "GET" and "/batches/" in request.path and len(held) < 3:
            shown = dict(real(request).body)
            held.append(shown.pop("output_file_id"))
            return Reply(shown | {"request_counts": {"total": 4, "completed": 4, "failed": 0}})

    _finish_when_asked(desk)
    _between(desk, hold)
    assert _score(study, *WORDS) == 0
    assert (len(held), _states(study)) == (3, {"answered": 0})
    held.clear()
    (study / "ledger.sqlite").unlink()
    monkeypatch.setattr(desks, "HANDED_OVER_S", -1.0)  # it never came
    assert _score(study, *WORDS) == 1
    assert _states(study) == {"lost": 4}


def test_a_batch_of_a_name_that_nobody_has_any_more(study, desk, monkeypatch, capsys):
    """A preset's name that is no section of study.toml looks after nothing."""
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text.replace("oracles.seer", 'oracles."gpt-5.5"'))
    _left(study, monkeypatch)
    desk.batches.clear()
    gone = Reply({"error": {"message": "no such batch"}}, 404)
    _between(desk, lambda request, real: gone if "/batches/" in request.path else None)
    for name, states in (("seer", {"lost": 4}),):
        (study / "study.toml").write_text(text.replace("oracles.seer", f"oracles.{name}"))
        assert _score(study) == 1
        assert _states(study) == states
    assert "the provider knows nothing of batch batch_0" in _err(capsys)


def test_a_batch_of_another_oracle_says_how_to_fetch_it(study, desk, monkeypatch, capsys):
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text + text.replace("oracles.seer", "oracles.twin"))
    _left(study, monkeypatch, "--oracle", "seer")
    gone = Reply({"error": {"message": "no such batch"}}, 404)
    _between(desk, lambda request, real: gone if "/batches/" in request.path else None)
    assert _score(study, "--oracle", "twin") == 1
    assert "that of seer, and not known here; run `score --oracle seer --batch`" in _err(capsys)
    assert _states(study) == {"batched": 0}


def test_of_other_oracles_only_what_is_in_their_batches_is_described(study, desk, monkeypatch):
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text + text.replace("oracles.seer", "oracles.twin"))
    _left(study, monkeypatch, "--oracle", "seer", "--limit", "1")
    described = []
    real = batching._question

    async def counted(one, opener, video, sample):
        described.append(video.video_id)
        return await real(one, opener, video, sample)

    monkeypatch.setattr(batching, "_question", counted)
    _finish_when_asked(desk)
    assert _score(study, "--oracle", "twin") == 0
    assert described == ["a"]
    assert (len(_calls(desk)), _states(study)) == (3, {"answered": 0})


def test_a_batch_with_a_question_that_is_answered_is_given_up_whole(tmp_path):
    async def intended():
        with Ledger(tmp_path / "ledger.sqlite") as ledger:
            about = Context("o", "0", "d", "v", "score", "", 0)
            await ledger.sent("k1", about)
            await ledger.answered("k1", "{}", 1.0)
            book = Batchbook(ledger, "o")
            with pytest.raises(LedgerFailed, match="nothing was uploaded"):
                await book.intend({"k1": about, "k2": about})
            return dict(ledger.select("SELECT key, state FROM calls")), book.unsettled()

    states, unsettled = asyncio.run(intended())
    assert (states, unsettled) == ({"k1": "answered", "k2": "failed"}, [])
