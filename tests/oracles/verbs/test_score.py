"""score: real videos, a real server, the real SDK; killed, resumed, rebuilt: the same tables."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from crossoracle import Study
from crossoracle.cli import run
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.tables import connect, read
from crossoracle.video import decode
from tests.oracles.verbs.seeing import EVIDENCE, KEY, table, videos

LOCAL = ["--oracle", "center", "--oracle", "motion", "--oracle", "random"]


@pytest.fixture(autouse=True)
def _planted(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def _score(study, *words):
    return run(["score", str(study), "--videos", str(study / "videos.csv"), *words])


def _equal(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other)


def test_scores_are_what_the_server_saw(told, seer):
    assert _score(told) == 0
    scores = table(told, "scores")
    for name, levels in EVIDENCE.items():
        rows = scores[scores["video_id"] == name]
        assert rows["score"].tolist() == pytest.approx([0.15 * level for level in levels])
        assert rows["kept"].tolist() == [level >= 2 for level in levels]
        assert rows["start_s"].tolist() == [0.5 * i for i in range(len(levels))]
    assert set(scores["oracle"]) == {"seer"}
    prechecks = table(told, "prechecks")
    assert prechecks["outcome"].tolist() == ["yes"] * 4
    assert prechecks["p_source"].tolist() == ["logprobs"] * 4
    assert prechecks["p_yes"].tolist() == pytest.approx([0.98] * 4)
    assert (
        prechecks[["calls", "input_tokens", "output_tokens", "cost_usd"]].to_numpy().tolist()
        == [[1, 100, 20, 0.0]] * 4
    )
    assert seer.asked == ["score"] * 4


def test_again_asks_nothing_and_changes_nothing(told, seer):
    assert _score(told) == 0
    first = {name: table(told, name) for name in ("scores", "prechecks")}
    assert _score(told) == 0
    assert len(seer.asked) == 4
    for name, rows in first.items():
        _equal(table(told, name), rows)


def test_rebuild_needs_neither_server_nor_key_nor_videos(told, seer, clips, monkeypatch, tmp_path):
    assert _score(told) == 0
    first = table(told, "scores")
    (told / "scores.parquet").unlink()
    (told / "prechecks.parquet").unlink()
    monkeypatch.delenv("OPENAI_API_KEY")
    seer.fail = lambda number: True
    assert _score(told, "--rebuild") == 0
    assert len(seer.asked) == 4
    _equal(table(told, "scores"), first)


def test_rebuild_says_what_is_missing(told, seer, capsys):
    assert _score(told, "--rebuild") == 1
    assert seer.asked == []
    assert not (told / "prechecks.parquet").exists(), "nobody was asked, so nothing is written of it"
    assert "not in the ledger" in capsys.readouterr().err


def test_rebuild_keeps_the_rows_of_what_the_ledger_lacks(told, seer):
    assert _score(told) == 0
    before = {name: table(told, name) for name in ("scores", "prechecks")}
    (told / "study.toml").write_text((told / "study.toml").read_text() + "max_output_tokens = 99\n")
    assert _score(told, "--rebuild") == 1
    for name, rows in before.items():
        assert table(told, name).equals(rows)


def test_killed_and_resumed_gives_the_tables_of_an_undisturbed_run(told, seer, tmp_path, clips):
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    videos(quiet, clips, EVIDENCE)
    (quiet / "study.toml").write_text((told / "study.toml").read_text())
    assert _score(quiet, "--strategy", "greedy") == 0
    calls = len(seer.asked)
    seer.asked.clear()
    (told / "study.toml").write_text((told / "study.toml").read_text() + "in_flight = 2\n")
    seer.delay_s = 0.05
    words = [sys.executable, "-m", "crossoracle", "score", str(told), "--videos", str(told / "videos.csv")]
    child = subprocess.Popen(
        [*words, "--strategy", "greedy"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while len(seer.asked) < calls // 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    before = len(seer.asked)
    assert 0 < before < calls
    seer.delay_s = 0.0
    time.sleep(0.2)  # the server finishes what it had begun
    assert _score(told, "--strategy", "greedy", "--resend") == 0
    assert len(seer.asked) <= calls + 2  # no more than was in flight is asked twice
    for name in ("scores", "prechecks", "removals"):
        _equal(table(told, name), table(quiet, name))


def test_ctrl_c_awaits_what_is_under_way_and_keeps_it(told, seer):
    seer.held.clear()
    (told / "study.toml").write_text((told / "study.toml").read_text() + "in_flight = 2\n")
    words = [sys.executable, "-m", "crossoracle", "score", str(told), "--videos", str(told / "videos.csv")]
    child = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 60
    while len(seer.asked) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    time.sleep(0.5)  # until it has heard
    seer.held.set()
    _, told_ = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "interrupted; 2 videos not asked about; run it again to go on" in " ".join(told_.split())
    assert len(table(told, "prechecks")) == 2
    assert _score(told) == 0
    assert len(seer.asked) == 4
    assert len(table(told, "prechecks")) == 4


def test_greedy_finds_what_the_server_needs(told, seer, capsys):
    assert _score(told) == 0
    direct = len(seer.asked)
    assert _score(told, "--strategy", "greedy", "--threshold", "0.6") == 0
    scores = table(told, "scores")
    greedy = scores[scores["oracle"] == "seer+greedy"]
    kept = {name: greedy.loc[greedy["video_id"] == name, "kept"].tolist() for name in "abc"}
    # P(YES) is evidence / 6: a needs 5, b has 5 of 6 and needs 4, c 6; without them it falls under 0.6
    assert kept == {
        "a": [False, True, False, False],
        "b": [False, False, True],
        "c": [False, True] + 3 * [False],
    }
    prechecks = table(told, "prechecks").set_index(["oracle", "video_id"])
    assert prechecks.loc[("seer+greedy", "d"), "outcome"] == "no"  # 3 of 6 is not enough
    assert prechecks.loc["seer+greedy", "calls"].sum() == len(seer.asked) - direct
    calls = prechecks.loc["seer+greedy", "calls"][["a", "b", "c"]].mean()
    error = " ".join(capsys.readouterr().err.split())
    assert f"greedy removal takes {calls:.1f} calls a video, direct scoring 1.0" in error
    removals = table(told, "removals")
    assert removals.groupby("video_id").size().to_dict() == {"a": 10, "b": 6, "c": 15, "d": 1}


def test_a_cap_stops_and_the_next_run_goes_on(told, seer, capsys):
    assert _score(told, "--max-calls", "2") == 1
    assert len(seer.asked) == 2
    assert "the budget of 2 calls is spent; 2 videos not asked about" in " ".join(
        capsys.readouterr().err.split()
    )
    assert len(table(told, "prechecks")) == 2
    assert _score(told) == 0
    assert len(seer.asked) == 4


def test_failures_are_rows_and_are_asked_again(told, seer, capsys):
    seer.fail = lambda number: number == 2
    assert _score(told) == 1
    outcomes = table(told, "prechecks")["outcome"]
    assert sorted(outcomes) == ["error", "yes", "yes", "yes"]
    assert "1 error, such as light/" in " ".join(capsys.readouterr().err.split())
    seer.fail = lambda number: False
    assert _score(told) == 0
    assert len(seer.asked) == 5
    assert table(told, "prechecks")["outcome"].tolist() == ["yes"] * 4


def test_a_video_that_cannot_be_opened_is_a_row(told, tmp_path, seer, capsys):
    rows = pd.read_csv(told / "videos.csv")
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    rows.loc[0, "path"], rows.loc[1, "path"] = tmp_path / "broken.mp4", tmp_path / "nowhere.mp4"
    rows.to_csv(told / "videos.csv", index=False)
    assert _score(told) == 1
    prechecks = table(told, "prechecks").set_index("video_id")
    assert prechecks["outcome"].to_dict() == {"a": "error", "b": "error", "c": "yes", "d": "yes"}
    assert "nowhere.mp4" in prechecks.loc["b", "detail"]
    assert set(table(told, "scores")["video_id"]) == {"c", "d"}


def test_another_division_leaves_nothing_of_the_old_one(told):
    assert _score(told) == 0
    (told / "study.toml").write_text("[frames]\nstep_s = 1.0\n" + (told / "study.toml").read_text())
    assert _score(told) == 0
    scores = table(told, "scores")
    assert scores.groupby("video_id").size().to_dict() == {"a": 2, "b": 2, "c": 3, "d": 1}
    record = json.loads((told / "scores.parquet.json").read_text())
    assert [past["options"]["frames"]["step_s"] for past in record["history"]] == [0.5]


def test_other_oracles_and_runs_keep_their_rows(told):
    assert _score(told) == 0
    before = table(told, "scores")
    assert _score(told, *LOCAL) == 0
    scores = table(told, "scores")
    _equal(scores[scores["oracle"] == "seer"].reset_index(drop=True), before)
    assert sorted(set(scores["oracle"])) == ["center", "motion", "random", "seer"]


def test_a_limit_and_a_dataset_choose_videos(study):
    assert _score(study, "--oracle", "center", "--limit", "2") == 0
    assert set(table(study, "prechecks")["video_id"]) == {"a", "b"}
    with pytest.raises(UnknownNameError, match="unknown dataset 'dark'"):
        Study(study, videos=study / "videos.csv").score(oracles=("center",), datasets=("dark",))


def test_runs_must_differ_by_something_recorded(told, seer):
    asked = Study(told, videos=told / "videos.csv")
    with pytest.raises(
        InputError, match=r"oracle seer: nothing recorded would differ.*temperature.*jitter_s"
    ):
        asked.score(runs=2)
    with pytest.raises(InputError, match="oracle center: nothing recorded would differ"):
        asked.score(oracles=("center",), runs=2)
    assert seer.asked == []
    assert asked.score(oracles=("random",), runs=2).complete
    rows = table(told, "scores")
    runs = [rows.loc[rows["run"] == run, "score"].tolist() for run in "01"]
    assert runs[0] != runs[1]
    (told / "study.toml").write_text("[frames]\njitter_s = 0.1\n" + (told / "study.toml").read_text())
    assert Study(told, videos=told / "videos.csv").score(runs=2).complete
    assert len(seer.asked) == 8
    (told / "study.toml").write_text(
        (told / "study.toml").read_text().replace("jitter_s = 0.1", "") + "temperature = 1.0\n"
    )
    assert Study(told, videos=told / "videos.csv").score(runs=2).complete


def test_a_forecast_asks_nobody(told, seer, capsys):
    assert _score(told, "--dry-run", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["forecasts"]
    assert found["calls"] == 4
    assert found["usd"] == 0.0
    assert found["input_tokens"] > 0
    assert seer.asked == []
    assert not (told / "prechecks.parquet").exists()
    assert _score(told, "--max-calls", "3") == 1
    assert _score(told, "--dry-run", "--json") == 0
    out = capsys.readouterr().out
    (found,) = json.loads(out[out.index("{") :])["forecasts"]
    assert (found["calls"], found["observed"]) == (1, True)
    assert _score(told, "--dry-run", "--strategy", "greedy", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["forecasts"]
    assert found["calls"] == 10 + 6 + 15 + 1


def test_machines_get_json(told, capsys):
    assert _score(told, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["complete"] is True
    assert found["oracles"][0]["outcomes"] == {"yes": 4}
    assert [file.rpartition("/")[2] for file in found["files"]] == ["scores.parquet", "prechecks.parquet"]


def test_a_key_is_nowhere(told, seer, capsys):
    seer.fail = lambda number: number == 3
    assert _score(told) == 1
    assert _score(told, "--json") == 0
    out, err = capsys.readouterr()
    assert KEY not in out + err
    for file in told.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file


def test_a_missing_key_is_told_before_anything_is_asked(study, monkeypatch, capsys):
    monkeypatch.delenv("OPENAI_API_KEY")
    assert _score(study, "--oracle", "gpt-5.5") == 2
    assert "found no key; set the environment variable OPENAI_API_KEY" in capsys.readouterr().err
    assert not (study / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, "found no key"),
        ("\n", "found no key"),
        ("k\xe9y-topsecret", "holds characters that no key has"),
    ],
)
def test_a_key_that_is_named_is_looked_at_before_anything_is_asked(
    told, seer, monkeypatch, capsys, key, expected
):
    if key is not None:
        monkeypatch.setenv("MINE", key)
    with (told / "study.toml").open("a") as file:
        file.write('api_key_env = "MINE"\n')
    assert _score(told) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert "MINE" in said
    assert "topsecret" not in said
    assert not seer.asked


def test_no_key_in_extra_body_is_written_down(told, seer):
    with (told / "study.toml").open("a") as file:
        file.write(
            'extra_body = {top_k = 3, max_tokens = 900, user = "me", apiKey = "topsecret", '
            'upstream = [{headers = {Authorization = "Bearer topsecret"}}]}\n'
        )
    assert _score(told) == 0
    given = [*_values(json.loads((told / "scores.parquet.json").read_text()), "extra_body")]
    body = {"top_k": 3, "max_tokens": 900, "user": "me", "apiKey": "[key]"}
    assert given == [body | {"upstream": [{"headers": {"Authorization": "[key]"}}]}]
    for file in told.iterdir():
        assert file.name == "study.toml" or b"topsecret" not in file.read_bytes(), file


def _values(tree, name):
    """Yield what stands under a name, however deep."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if key == name:
            yield value
        elif isinstance(value, dict | list):
            yield from _values(value, name)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "found no oracle: give --oracle NAME, or a section [oracles.NAME] in study.toml"),
        (("--oracle", "centre"), "did you mean 'center'"),
        (("--oracle", "center", "--runs", "0"), "runs is 0; expected a whole number of at least 1"),
        (("--oracle", "center", "--prompt", "scoring_genral"), "did you mean 'scoring_general'"),
        (("--oracle", "center", "--strategy", "fast"), "expected one of direct, greedy"),
    ],
)
def test_wrong_input_is_one_line(words, expected, study, capsys):
    assert _score(study, *words) == 2
    out, err = capsys.readouterr()
    assert expected in err
    assert len(err.splitlines()) == 1
    assert out == ""


def test_a_dataset_section_of_nobody_is_told(told, capsys):
    (told / "study.toml").write_text((told / "study.toml").read_text() + "[datasets.lihgt]\nstep_s = 1.0\n")
    assert _score(told) == 2
    assert "unknown dataset in study.toml 'lihgt': did you mean 'light'" in capsys.readouterr().err


@pytest.mark.parametrize("column", ["label", "path"])
def test_videos_need_label_and_path(column, study, capsys):
    rows = pd.read_csv(study / "videos.csv")
    rows.loc[1, column] = None
    rows.to_csv(study / "videos.csv", index=False)
    assert _score(study, "--oracle", "center") == 2
    assert (
        f"1 video without {'what to look for' if column == 'label' else 'where the file is'}"
        in capsys.readouterr().err
    )


def test_datasets_have_their_own_division_and_prompt(told, clips):
    rows = pd.read_csv(told / "videos.csv").assign(dataset=["light", "light", "slow", "slow"])
    rows.to_csv(told / "videos.csv", index=False)
    (told / "mine.jinja").write_text("Rate {{ n_segments }} segments of {{ label }}.")
    (told / "study.toml").write_text(
        (told / "study.toml").read_text() + '[datasets.slow]\nstep_s = 1.0\nprompt = "mine.jinja"\n'
    )
    assert _score(told) == 0
    sizes = table(told, "scores").groupby(["dataset", "video_id"]).size().to_dict()
    assert sizes == {("light", "a"): 4, ("light", "b"): 3, ("slow", "c"): 3, ("slow", "d"): 1}
    options = json.loads((told / "scores.parquet.json").read_text())["options"]["oracles"]["seer"]
    assert "mine.jinja" in options["prompt for slow"]
    assert options["prompt for light"].startswith("scoring_general.v1 sha256:")


def test_the_study_can_be_compared_at_once(study, capsys):
    assert _score(study, *LOCAL) == 0
    assert run(["agree", str(study), "--replicates", "99"]) == 0
    assert os.path.exists(study / "results" / "estimates.parquet")


def test_an_oracle_without_p_yes_is_refused_for_greedy_before_anything_is_asked(told, seer, capsys):
    assert _score(told, "--oracle", "seer", "--oracle", "center", "--strategy", "greedy") == 2
    err = capsys.readouterr().err
    assert "oracle center: it looks at no action and gives no P(YES), which greedy removal asks for" in err
    assert 'write strategy = "direct" into its section' in err
    assert seer.asked == []
    (told / "study.toml").write_text(
        (told / "study.toml").read_text() + '[oracles.center]\nstrategy = "direct"\n'
    )
    assert _score(told, "--strategy", "greedy", "--limit", "1") == 0
    assert set(table(told, "prechecks")["oracle"]) == {"seer+greedy", "center"}


def test_an_oracle_of_its_own_strategy_leaves_its_direct_rows_alone(told, seer):
    assert _score(told) == 0
    before = table(told, "scores")
    (told / "study.toml").write_text((told / "study.toml").read_text() + 'strategy = "greedy"\n')
    assert _score(told, "--limit", "2") == 0
    scores = table(told, "scores")
    assert set(scores["oracle"]) == {"seer", "seer+greedy"}
    _equal(scores[scores["oracle"] == "seer"].reset_index(drop=True), before)
    quick = ("--points", "2", "--replicates", "99")
    assert run(["controls", str(told), "--videos", str(told / "videos.csv"), *quick]) == 0
    with connect() as con:
        rows = read(con, "controls", told / "results" / "controls.parquet").df()
    assert set(rows["oracle"]) == {"seer+greedy"}


def test_rows_that_were_asked_otherwise_are_told(told, seer, capsys):
    assert _score(told) == 0
    assert "earlier runs" not in capsys.readouterr().err
    text = (told / "study.toml").read_text()
    (told / "study.toml").write_text(text + "max_output_tokens = 99\nin_flight = 3\n")
    assert _score(told, "--limit", "1") == 0
    error = " ".join(capsys.readouterr().err.split())
    assert (
        "seer: the tables keep 3 rows of earlier runs that were asked with other max_output_tokens;" in error
    )
    assert _score(told) == 0
    assert "earlier runs" not in capsys.readouterr().err
    (told / "study.toml").write_text("[frames]\nlong_side = 32\n" + (told / "study.toml").read_text())
    assert _score(told, "--limit", "3", "--json") == 0
    out = capsys.readouterr().out
    (note,) = json.loads(out[out.index("{") :])["notes"]
    assert "keep 1 row of earlier runs that were asked with other frames;" in note
    history = json.loads((told / "prechecks.parquet.json").read_text())["history"]
    assert [one["options"]["oracles"]["seer"]["max_output_tokens"] for one in history] == [4096, 99, 99]


@pytest.mark.parametrize("other", ["--resend", "--rebuild"])
def test_a_forecast_drops_no_wish_without_a_word(other, told, seer, capsys):
    assert _score(told, "--dry-run", other) == 2
    assert f"--dry-run with {other}: it" in " ".join(capsys.readouterr().err.split()).replace(
        "that asks", "it"
    )
    assert seer.asked == []


def test_oracles_that_look_at_the_same_video_decode_it_once(told, seer, monkeypatch):
    text = (told / "study.toml").read_text()
    (told / "study.toml").write_text(
        text + text.replace("oracles.seer", "oracles.twin").replace('"seer"', '"twin"')
    )
    decoded, real = [], decode.frames_at

    def counted(path, *args, **options):
        decoded.append(path.stem)
        return real(path, *args, **options)

    monkeypatch.setattr(decode, "frames_at", counted)
    assert _score(told) == 0
    assert len(seer.asked) == 8
    assert sorted(decoded) == ["a", "b", "c", "d"]
    prechecks = table(told, "prechecks").set_index("oracle")
    assert set(prechecks.index) == {"seer", "twin"}
    assert (prechecks["outcome"] == "yes").all()


def test_a_budget_without_a_price_says_what_to_write_and_not_to_run_again(told, seer, capsys):
    unpriced = (told / "study.toml").read_text().replace('priced_as = "free"\n', "")
    (told / "study.toml").write_text(unpriced)
    assert _score(told, "--budget", "5") == 1
    err = " ".join(capsys.readouterr().err.split())
    assert "oracle seer: its price is not known" in err
    assert "priced_as =" in err
    assert "--max-calls" in err
    assert "4 videos not asked about" in err
    assert "run it again" not in err
    assert seer.asked == []


def test_replies_that_nobody_can_read_are_told_with_one_of_them(told, seer, capsys, monkeypatch):
    monkeypatch.setattr(
        "tests.oracles.verbs.seeing._scoring", lambda seen: ("Well, ", ", the light moves a lot.", 0.9)
    )
    assert _score(told) == 1
    err = " ".join(capsys.readouterr().err.split())
    assert "seer: no reply could be used, such as that on light/" in err
    assert "no decision in: Well, YES, the light moves a lot." in err
    assert table(told, "prechecks")["outcome"].tolist() == ["unparsed"] * 4


def test_some_replies_that_nobody_can_read_are_no_reason_to_say_no(told, seer, capsys, monkeypatch):
    from tests.oracles.verbs import seeing

    as_ever = seeing._scoring
    monkeypatch.setattr(
        seeing, "_scoring", lambda seen: as_ever(seen) if len(seen) > 1 else ("Well, ", " it moves.", 0.9)
    )
    assert _score(told) == 0
    assert "no reply could be used" not in capsys.readouterr().err


def test_the_end_tells_what_failed_and_what_may_have_been_paid_for(told, seer, capsys):
    (told / "study.toml").write_text((told / "study.toml").read_text() + "timeout_s = 0.5\n")
    seer.fail = lambda number: number == 1
    seer.held.clear()
    assert _score(told, "--json") == 1
    out, err = capsys.readouterr()
    (found,) = json.loads(out)["oracles"]
    assert (found["spent"]["calls"], found["spent"]["failed_calls"]) == (0, 4)
    assert (found["possibly_paid"], found["lost"]) == (4, 4)
    told_ = " ".join(err.split())
    assert (
        "seer: 4 calls without a reply, possibly paid for (4 questions not asked again, --resend asks)"
        in told_
    )
    seer.held.set()
    before = len(seer.asked)
    assert _score(told) == 1
    assert len(seer.asked) == before, "not asked again by itself"
    assert _score(told, "--resend") == 0
    assert "4 calls without a reply, possibly paid for (settled)" in " ".join(capsys.readouterr().err.split())
    assert len(seer.asked) == before + 4


def test_filtered_content_is_refused_and_not_asked_for_again(told, seer):
    """As Azure says it: with an error, which is an answer all the same."""
    as_ever = seer.answer

    def answer(body):
        status, said = as_ever(body)
        if "Segment 1," in json.dumps(body):  # all but the film of one segment
            return status, said
        return 400, {"error": {"message": "filtered", "code": "content_filter", "status": 400}}

    seer.answer = answer
    assert _score(told, "--budget", "1") == 0
    assert sorted(table(told, "prechecks")["outcome"]) == ["refused", "yes", "yes", "yes"]
    refused = table(told, "prechecks").set_index("outcome").loc["refused"]
    assert "blocked: HTTP 400: content_filter: filtered" in refused["detail"]
    assert (refused["calls"], refused["cost_usd"]) == (1, 0.0)
    assert _score(told) == 0
    assert len(seer.asked) == 4
    assert _score(told, "--rebuild") == 0
    assert sorted(table(told, "prechecks")["outcome"]) == ["refused", "yes", "yes", "yes"]
