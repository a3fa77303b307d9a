"""Shards: together they ask what one run asks, each question once, and merged they are the same study."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from crossoracle.cli import run
from crossoracle.errors import InputError
from crossoracle.oracles.asking.entries import Context
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.tables import connect
from crossoracle.tables.shard import Shard
from tests.oracles.verbs.conftest import clips, seer, study, told
from tests.oracles.verbs.seeing import KEY, table

__all__ = ["clips", "seer", "study", "told"]

TABLES = ("scores", "prechecks")


@pytest.fixture(autouse=True)
def _planted(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def _score(study: Path, *words: str) -> int:
    return run(["score", str(study), "--videos", str(study / "videos.csv"), *words])


def _merge(study: Path, *words: str) -> int:
    return run(["merge", *map(str, sorted((study / "shards").iterdir())), "--out", str(study), *words])


def _states(study: Path) -> list[tuple[str, int, int]]:
    with Ledger(study / "ledger.sqlite", read_only=True) as ledger:
        return ledger.select("SELECT state, attempts, possibly_paid FROM calls ORDER BY key")


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/2", "1/2/3", ""])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(InputError, match="expected I/N"):
        Shard.of(text)


def test_shards_divide_all_videos_and_sql_agrees():
    names = [(f"data{i % 3} ü", f"video '{i}'") for i in range(500)]
    with connect() as con:
        con.register("videos", pd.DataFrame(names, columns=["dataset", "video_id"]))
        found = []
        for index in range(1, 8):
            one = Shard(index, 7)
            rows = con.sql("SELECT * FROM videos").filter(one.condition).fetchall()
            assert rows == [name for name in names if one.holds(*name)]
            assert 40 < len(rows) < 110  # about 71
            found += rows
    assert sorted(found) == sorted(names)


def test_a_video_stays_in_its_shard_for_good():
    """Shards of one study may be asked by different versions: frozen values."""
    held = [next(i for i in range(1, 9) if Shard(i, 8).holds("ssv2", str(n))) for n in range(10)]
    assert held == [2, 6, 8, 8, 5, 7, 5, 2, 3, 1]


def test_shards_merged_are_the_study_of_one_run(told, seer, tmp_path):
    alone = tmp_path / "alone"
    shutil.copytree(told, alone)
    assert _score(alone) == 0
    asked = len(seer.asked)
    for index in (3, 1, 2):
        assert _score(told, "--shard", f"{index}/3") == 0
    assert len(seer.asked) == 2 * asked
    assert not (told / "scores.parquet").exists()
    assert _merge(told) == 0
    for name in TABLES:
        pd.testing.assert_frame_equal(table(told, name), table(alone, name))
    assert _states(told) == _states(alone)
    assert _score(told) == 0
    assert len(seer.asked) == 2 * asked, "the merged study knows every reply"


def test_merging_again_changes_no_byte(told, seer):
    for index in (1, 2):
        _score(told, "--shard", f"{index}/2")
    assert _merge(told) == 0
    before = {file.name: file.read_bytes() for file in told.glob("*.parquet*")}
    assert before
    assert _merge(told) == 0
    assert {file.name: file.read_bytes() for file in told.glob("*.parquet*")} == before


def test_a_shard_begins_with_what_the_study_knows(told, seer):
    assert _score(told, "--limit", "3") == 0
    for index in (1, 2):
        assert _score(told, "--shard", f"{index}/2") == 0
    assert len(seer.asked) == 4
    assert _merge(told) == 0
    assert [state for state, *_ in _states(told)] == ["answered"] * 4
    assert {attempts for _, attempts, _ in _states(told)} == {1}


def test_another_division_waits_for_the_merge(told, seer, capsys):
    _score(told, "--shard", "1/2")
    _score(told, "--shard", "2/2")
    asked = len(seer.asked)
    for words in (("--shard", "1/3"), ()):
        assert _score(told, *words) == 2
        assert "they would be asked again; first `crossoracle merge" in capsys.readouterr().err
    assert _merge(told) == 0
    for index in (1, 2, 3):
        assert _score(told, "--shard", f"{index}/3") == 0
    assert len(seer.asked) == asked


def test_a_shard_that_failed_is_mended_and_merged_again(told, seer):
    seer.fail = lambda number: number <= 2
    for index in (1, 2):
        _score(told, "--shard", f"{index}/2")
    assert _merge(told) == 0
    failed = table(told, "prechecks")
    assert sorted(failed["outcome"]) == ["error", "error", "yes", "yes"]
    for index in (1, 2):
        _score(told, "--shard", f"{index}/2")
    assert _merge(told) == 0, "an error gives way, without --replace"
    assert table(told, "prechecks")["outcome"].tolist() == ["yes"] * 4
    assert sum(attempts for _, attempts, _ in _states(told)) == len(seer.asked) == 6


def test_the_limit_is_that_of_all_shards_together(told, seer):
    for index in (1, 2, 3):
        _score(told, "--shard", f"{index}/3", "--limit", "2")
    assert len(seer.asked) == 2
    assert _merge(told) == 0
    assert table(told, "prechecks")["video_id"].tolist() == ["a", "b"]


def test_a_shard_can_be_forecast_and_asks_nobody(told, seer):
    assert _score(told, "--shard", "1/2", "--dry-run") == 0
    assert not seer.asked


def test_batches_of_the_study_come_first(told, seer, capsys):
    import asyncio

    from crossoracle.oracles.asking.batches import Batchbook

    async def begin() -> None:
        book = Batchbook(ledger, "seer")
        mark = await book.intend({"k": Context("seer", "0", "light", "a", "score", "batch", 0)})
        await book.begun(mark, "batch-1")

    with Ledger(told / "ledger.sqlite") as ledger:
        asyncio.run(begin())
    assert _score(told, "--shard", "1/2") == 2
    assert "found batches of seer under way" in capsys.readouterr().err
    assert not seer.asked
