"""The disk is full, cannot be written, or something stands in the way: one line, and what was there stays."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crossoracle.cli import run
from crossoracle.importers.run import import_
from tests import generated
from tests.faults.study import half_written, make, one_line, program, tables


def limited(size: int):
    """Return what lets a process write no file beyond so many bytes, as a disk does that has no more room."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def visible(place: Path) -> dict[str, bytes]:
    files = (file for file in sorted(place.rglob("*")) if file.is_file() and not file.name.startswith("."))
    return {file.relative_to(place).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    place = tmp_path_factory.mktemp("ratings")
    rows, _ = generated.generate(videos=12)
    rows.to_csv(place / "all.csv", index=False)
    rows[rows["dataset"] == "demo-ordered"].to_csv(place / "some.csv", index=False)
    return place


@pytest.fixture(scope="module")
def imported(ratings, tmp_path_factory):
    place = tmp_path_factory.mktemp("imported") / "study"
    import_("table", ratings / "some.csv", place)
    return place


@pytest.fixture
def study(imported, tmp_path):
    return Path(shutil.copytree(imported, tmp_path / "study"))


@pytest.mark.parametrize("size", [0, 700, 4096])
def test_an_import_onto_a_full_disk_changes_nothing(study, ratings, size):
    before = visible(study)
    done = program("import", "table", ratings / "all.csv", "--out", study, preexec_fn=limited(size))
    one_line(done, str(study) if size else "temporary directory")
    assert visible(study) == before
    assert [file.name for file in study.iterdir() if file.name.endswith(".tmp")] == []
    assert program("import", "table", ratings / "all.csv", "--out", study).returncode == 0


def test_results_onto_a_full_disk_are_all_or_none(study):
    done = program("agree", study, "--replicates", "20", preexec_fn=limited(3000))
    one_line(done, "results")
    assert not (study / "results").is_dir() or visible(study / "results") == {}
    assert program("agree", study, "--replicates", "20").returncode == 0
    assert half_written(study) == []


def test_a_ledger_on_a_full_disk(tmp_path):
    """A ledger that cannot grow stops the run; with room again, the run goes on."""
    study = make(tmp_path / "study", videos=2)
    told = one_line(program("run", study, preexec_fn=limited(4096)))
    assert str(study) in told or "ledger" in told
    tables(study)
    done = program("run", study)
    assert done.returncode in (0, 1), done.stderr
    assert half_written(study) == []


def test_a_real_disk_that_is_full(study, ratings, tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() != 0 or _mounted(place) != 0:
        pytest.skip("a small disk can only be mounted by root, and not in every container")
    try:
        for file in study.iterdir():
            shutil.copy(file, place)
        (place / "ballast").write_bytes(bytes(_room(place) - 8192))
        before = tables(place)
        one_line(program("import", "table", ratings / "all.csv", "--out", place), str(place))
        assert tables(place) == before
        (place / "ballast").unlink()
        assert program("import", "table", ratings / "all.csv", "--out", place).returncode == 0
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _mounted(place: Path) -> int:
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(place)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def _room(place: Path) -> int:
    state = os.statvfs(place)
    return state.f_bavail * state.f_frsize


def test_a_directory_that_cannot_be_written(study, ratings):
    before = visible(study)
    study.chmod(0o555)
    try:
        for verb in (("import", "table", ratings / "all.csv", "--out", study), ("agree", study)):
            one_line(_as_a_mortal(*verb), str(study))
        assert visible(study) == before
    finally:
        study.chmod(0o755)


def _as_a_mortal(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line without the right of root to write everywhere."""
    if os.geteuid() != 0:
        return program(*arguments)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write everywhere, and there is no setpriv to give that up")
    words = [setpriv, "--bounding-set=-dac_override,-dac_read_search", sys.executable, "-m", "crossoracle"]
    return subprocess.run(
        [*words, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.parametrize(
    ("way", "verb"),
    [
        ("results", ("agree", "--replicates", "20")),
        ("scores.parquet.json", ("import",)),
        ("figures", ("draw",)),
    ],
)
def test_something_in_the_way(study, ratings, way, verb):
    name, *options = verb
    if name == "draw":
        assert program("agree", study, "--replicates", "20").returncode == 0
    place = study / way
    place.unlink(missing_ok=True)
    if way.endswith(".json"):
        place.mkdir()
    else:
        place.write_text("not a directory")
    words = ("import", "table", ratings / "all.csv", "--out", study) if name == "import" else (name, study)
    before = (study / "scores.parquet").read_bytes()
    one_line(program(*words, *options), way)
    if name != "import":
        assert (study / "scores.parquet").read_bytes() == before
    assert len(tables(study)["scores.parquet"]) > 0


DRAW = "[draw]\nfigures = ['agreement-matrix']\n"
HALF = [("scores.parquet", 0), ("scores.parquet", 0.6), ("scores.parquet.json", 0.6), ("run.json", 0.6)]


@pytest.mark.parametrize(("name", "share"), [*HALF, ("study.toml", 0.6)])
def test_a_half_written_file_of_others(study, name, share, capsys):
    """What another program, or a copy that broke off, has left half: named, or made again."""
    (study / "study.toml").write_text("[agree]\nreplicates = 20\ncoefficients = ['cohen_kappa']\n" + DRAW)
    (study / "run.json").write_text('{"agree": {"from": "x", "made": {}, "shared": []}}')
    content = (study / name).read_bytes()
    (study / name).write_bytes(content[: int(share * len(content))])
    code = run(["run", str(study)])
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    if name == "scores.parquet":
        assert code == 2
        assert len(told) == 1
        assert name in told[0]
    elif code == 2:
        assert (name, len(told)) == ("study.toml", 1)
        assert name in told[0]
    else:
        assert half_written(study / "results") == [], "what could be made again was"


def test_the_error_of_a_full_disk_is_one_that_is_known(tmp_path):
    """What the limit of these tests gives is what a disk gives: an OSError."""
    code = f"open({str(tmp_path / 'full')!r}, 'wb', buffering=0).write(bytes(10))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, preexec_fn=limited(0)
    )
    assert f"Errno {errno.EFBIG}" in done.stderr
