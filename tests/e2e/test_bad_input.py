"""Wrong input: one clear line, exit 2, no traceback, nothing half-written."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from crossoracle.cli import run

ROW = "d,v1,{oracle},{segment},{start},{end},{score}\n"
HEADER = "dataset,video_id,oracle,segment,start_s,end_s,score\n"


def _csv(path: Path, *, score="0.5", end=1, twice=False, header=HEADER) -> Path:
    rows = [
        ROW.format(oracle=oracle, segment=i, start=i, end=i + 1, score=0.1 * i)
        for oracle in ("ann", "bob")
        for i in range(4)
    ]
    rows.append(ROW.format(oracle="ann", segment=0 if twice else 4, start=4, end=4 + end, score=score))
    path.write_text(header + "".join(rows))
    return path


def _snapshot(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def _in_process(words: list[str], capsys) -> subprocess.CompletedProcess[str]:
    """Run the command line here: what it refuses before it works needs no process of its own."""
    code = run(words)
    return subprocess.CompletedProcess(words, code, *capsys.readouterr())


def _refused(done, *words: str) -> None:
    assert done.returncode == 2, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: ")
    assert "Traceback" not in done.stderr
    assert not done.stdout
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(
    ("name", "how", "words"),
    [
        ("too high", {"score": "1.2"}, ["line 10", "score", "1.2", "[0, 1]"]),
        ("not a number", {"score": "high"}, ["line 10", "score", "high", "a number"]),
        ("duplicate key", {"twice": True}, ["line 10", "line 2", "ann"]),
        ("end before start", {"end": -1}, ["line 10", "end_s", "end_s > start_s"]),
        ("missing column", {"header": HEADER.replace("score", "sore")}, ["score"]),
    ],
)
@pytest.mark.parametrize("verb", ["agree", "import"])
def test_a_bad_table(name, how, words, verb, command, tmp_path):
    file = _csv(tmp_path / "ratings.csv", **how)
    before = _snapshot(tmp_path)
    arguments = ["table", file] if verb == "import" else ["--scores", file]
    _refused(command(verb, *arguments, "--out", tmp_path / "out"), "ratings.csv", *words)
    assert _snapshot(tmp_path) == before


@pytest.mark.parametrize("verb", ["agree", "import"])
@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_an_empty_file(verb, suffix, command, tmp_path):
    file = tmp_path / f"nothing.{suffix}"
    file.touch()
    arguments = ["table", file] if verb == "import" else ["--scores", file]
    _refused(command(verb, *arguments, "--out", tmp_path / "out"), file.name, "empty")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("verb", ["precheck", "agree", "draw"])
def test_a_truncated_parquet_file(verb, study, command, tmp_path):
    broken = shutil.copytree(study, tmp_path / "study", ignore=shutil.ignore_patterns("results", "figures"))
    scores = broken / "scores.parquet"
    scores.write_bytes(scores.read_bytes()[:-100])
    before = _snapshot(broken)
    _refused(command(verb, broken), "scores.parquet", "truncated")
    assert _snapshot(broken) == before


@pytest.mark.parametrize("verb", ["precheck", "agree", "draw"])
def test_a_directory_that_is_not_a_study(verb, command, tmp_path):
    _refused(command(verb, tmp_path), "is not a study", "crossoracle import")
    _refused(command(verb, tmp_path / "nowhere"), "is not a study", "no such directory")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["agree", "{study}", "--oracle", "oracle-aa"],
            ["unknown oracle 'oracle-aa'", "did you mean 'oracle-a'"],
        ),
        (["precheck", "{study}", "--oracle", "oracel-b"], ["did you mean 'oracle-b'"]),
        (["agree", "{study}", "--coefficient", "cohens_kappa"], ["did you mean 'cohen_kappa'"]),
        (["agree", "{study}", "--cluster", "clusters"], ["did you mean 'cluster'"]),
        (["agree", "{study}", "--run", "9"], ["9"]),
        (["agree", "{study}", "--oracle", "oracle-a"], ["at least two"]),
        (["agree", "{study}", "--by", "datasets"], ["--by", "dataset"]),
        (["agree", "{study}", "--replicates", "none"], ["--replicates", "none"]),
        (["agree", "{study}", "--replicates", "0"], ["--replicates"]),
        (["agree", "{study}", "--levels", "0;1"], ["--levels", "0,0.5,1"]),
        (
            ["agree", "{study}", "--level", "95"],
            ["--level", "level is 95.0; expected a number between 0 and 1"],
        ),
        (["agree", "{study}", "--run", "9"], ["no oracle has run '9'; the runs are 0"]),
        (["precheck", "{study}", "--cluster", "clustre"], ["videos.parquet", "did you mean 'cluster'"]),
        (["draw", "--scores", "{study}/scores.parquet"], ["--out DIR"]),
        (["draw", "{study}", "--figure", "score-distributions", "--run", "9"], ["no rows of run '9'"]),
        (["agree", "{study}", "--sede", "1"], ["--sede", "--seed"]),
        (["agree", "{study}", "--scores", "nowhere.csv"], ["nowhere.csv"]),
        (["agree"], ["--scores"]),
        (["precheck"], ["--scores", "--prechecks"]),
        (["draw"], ["STUDY"]),
        (["draw", "{study}", "--figure", "agreement-matrx"], ["did you mean 'agreement-matrix'"]),
        (["import", "tables", "{study}/scores.parquet", "--out", "x"], ["did you mean 'table'"]),
        (["import", "tvsum", "{study}/scores.parquet", "--step", "2", "--out", "x"], ["--step"]),
        (["agrees", "{study}"], ["agrees"]),
    ],
)
def test_a_wrong_option(arguments, words, study, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _refused(_in_process([word.replace("{study}", str(study)) for word in arguments], capsys), *words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[agree]\nsede = 1\n", ["study.toml", "did you mean 'seed'"]),
        ('[agree]\nseed = "one"\n', ["study.toml [agree]: seed is 'one'; expected a whole number"]),
        ("[agree]\nlevel = 2\n", ["study.toml [agree]: level is 2; expected a number between 0 and 1"]),
        ("[agree]\nbins = 1\n", ["study.toml [agree]: bins is 1; expected a whole number between 2 and 128"]),
        ('[agree]\non = "joined"\n', ["study.toml [agree]: on is 'joined'; expected one of joint, pairwise"]),
        ('[agree]\noracles = "a"\n', ["study.toml [agree]: oracles is 'a'; expected a list of texts"]),
        ("[agrees]\nseed = 1\n", ["study.toml", "did you mean 'agree'"]),
        ("agree = 1\n", ["study.toml", "agree"]),
        ("[agree\n", ["study.toml", "TOML"]),
    ],
)
def test_a_wrong_study_toml(text, words, study, capsys, tmp_path):
    own = shutil.copytree(study, tmp_path / "study", ignore=shutil.ignore_patterns("results", "figures"))
    (own / "study.toml").write_text(text)
    _refused(_in_process(["agree", str(own)], capsys), *words)
    assert not (own / "results").exists()


def test_a_place_that_cannot_be_written(study, command, tmp_path):
    (tmp_path / "file").touch()
    prechecks = study.parent / "prechecks.csv"
    _refused(command("precheck", study, "--prechecks", prechecks, "--out", tmp_path / "file" / "out"), "file")


def test_debug_shows_the_traceback(command, tmp_path):
    done = command("--debug", "agree", tmp_path)
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert "StudyError" in done.stderr
