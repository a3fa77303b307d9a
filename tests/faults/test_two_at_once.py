"""Two processes on one study: the second is told who is at work, and nobody's rows get lost."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pandas as pd
import pytest

from crossoracle.errors import ConflictError, InputError
from crossoracle.provenance import Provenance
from crossoracle.tables import Batch, upsert
from crossoracle.tables.holding import held, holder, merging_into
from crossoracle.workflow import RECORD, run
from tests.faults.study import one_line, program, tables
from tests.fuzz.seeds import SCORES

FROM = Provenance("test")
HOLDING = """
import sys
from pathlib import Path
from crossoracle.tables.holding import held
with held(Path(sys.argv[1]), "running this study"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def study(tmp_path):
    upsert("scores", SCORES, tmp_path / "scores.parquet", provenance=FROM)
    return tmp_path


def test_a_second_run_is_told_who_runs_it(study):
    command = [sys.executable, "-c", HOLDING, str(study / RECORD)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "held\n"
        who = f"process {first.pid}" if os.path.exists("/proc/locks") else "another process"
        one_line(program("run", study), str(study), f"{who} is running this study", "wait until it is done")
        first.kill()
    with held(study / RECORD, "running this study"):
        pass  # who was killed holds nothing


def test_a_run_lets_go_when_it_is_done_and_when_it_is_given_up(study):
    one = run(study)
    next(one)
    with pytest.raises(InputError, match="is running this study"):
        next(run(study))
    one.close()
    (study / "study.toml").write_text("[agree]\nseed = 'x'\n")
    with pytest.raises(InputError, match="seed"):
        list(run(study))
    with held(study / RECORD, "running this study"):
        pass


def test_who_holds_a_lock_is_only_said_where_it_is_known(tmp_path):
    lock, locks = tmp_path / "lock", tmp_path / "locks"
    lock.touch()
    inode = lock.stat().st_ino
    for line, who in {
        f"1: POSIX  ADVISORY  WRITE 42 fe:00:{inode} 0 EOF": "process 42",
        f"1: POSIX  ADVISORY  WRITE 42 fe:00:{inode}7 0 EOF": "another process",
        f"1: OFDLCK ADVISORY  WRITE -1 fe:00:{inode} 0 EOF": "another process",
        "half a line": "another process",
    }.items():
        locks.write_text(line + "\n")
        assert holder(lock, locks) == who
    assert holder(lock, tmp_path / "none") == "another process"


def test_where_no_lock_can_be_made_the_work_is_done_without(tmp_path):
    with held(tmp_path / "no such directory" / "run.json", "running this study"):
        pass


def test_rows_that_another_process_brought_meanwhile_are_not_lost(study):
    path = study / "scores.parquet"
    mine = SCORES.head(2).assign(oracle="mine")

    def late():
        with Batch() as batch:
            batch.upsert("scores", mine, path, provenance=FROM)
            upsert("scores", SCORES.head(1).assign(oracle="theirs"), path, provenance=FROM)

    with pytest.raises(ConflictError, match=r"scores.parquet: found that another process has written it"):
        late()
    oracles = {row[2] for row in tables(study)["scores.parquet"]}
    assert oracles == {"o", 'p "q", r', "theirs"}
    assert [file.name for file in study.iterdir() if file.name.startswith(".")] == []
    upsert("scores", mine, path, provenance=FROM)  # the same again
    assert {row[2] for row in tables(study)["scores.parquet"]} == oracles | {"mine"}


def test_a_table_that_somebody_makes_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "scores.parquet"

    def late():
        with Batch() as batch:
            batch.upsert("scores", SCORES, path, provenance=FROM)
            upsert("scores", SCORES.head(1).assign(oracle="theirs"), path, provenance=FROM)

    with pytest.raises(ConflictError):
        late()
    assert [row[2] for row in tables(tmp_path)["scores.parquet"]] == ["theirs"]


def test_many_imports_at_once_wait_for_each_other(study):
    names = [f"p{number}" for number in range(4)]
    for name in names:
        rows = pd.DataFrame({"video_id": ["a"], "oracle": name, "segment": 0, "start_s": 0.0, "end_s": 0.5})
        rows.assign(dataset="d", score=0.5).to_csv(study / f"{name}.csv", index=False)
    command = [sys.executable, "-m", "crossoracle", "import", "table"]
    started = [
        subprocess.Popen(
            [*command, str(study / f"{name}.csv"), "--out", str(study)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    told = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0] * len(names), told
    assert set(names) <= {row[2] for row in tables(study)["scores.parquet"]}


def test_threads_of_one_process_wait_for_each_other_too(tmp_path):
    done = []

    def other():
        with merging_into(tmp_path):
            done.append("other")

    with merging_into(tmp_path):
        second = threading.Thread(target=other)
        second.start()
        second.join(0.2)
        with merging_into(tmp_path):  # the same thread may come again
            done.append("this")
    second.join()
    assert done == ["this", "other"]


def test_who_waits_is_told_for_what(study, caplog):
    """Another process has the lock for a moment; the import says so, and goes on when it is done."""
    code = (
        "import sys; from pathlib import Path; from crossoracle.tables.holding import merging_into\n"
        "with merging_into(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(study)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        threading.Timer(1.0, other.kill).start()
        upsert("scores", SCORES.head(1).assign(oracle="mine"), study / "scores.parquet", provenance=FROM)
        other.wait()
    assert [record.message for record in caplog.records] == [
        f"{study}: another process is writing its tables; waiting until it is done"
    ]
    assert "mine" in {row[2] for row in tables(study)["scores.parquet"]}
