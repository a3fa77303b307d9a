"""Shards of predict: together they predict what one run predicts, and nothing that the study has."""

from __future__ import annotations

import pytest

from crossoracle import Study
from crossoracle.errors import ConflictError
from tests.recognizers.conftest import rows, table

NAMES = ("full", "led@0")


def test_shards_merged_are_what_one_run_predicts(home, predict, calls):
    whole = predict(*NAMES, oracles=("good",))
    (home / "predictions.parquet").unlink()
    shards = [home / "shards" / f"{index}-of-2" for index in (1, 2)]
    found = [
        rows(one)
        for one in shards
        if Study(home).predict(conditions=NAMES, oracles=("good",), shard=_of(one))
    ]
    assert [len(one) for one in found] == [4, 2]
    Study.merge(shards, home)
    assert rows(home) == whole


def test_what_the_study_has_is_not_predicted_again(home, predict, calls):
    whole = predict(*NAMES, oracles=("good",))
    for given in calls.values():
        given.clear()
    for index in (1, 2):
        found = Study(home).predict(conditions=NAMES, oracles=("good",), shard=f"{index}/2")
        assert found.new == 0
    assert [part for part in calls["predicted"] if part != "closed"] == []
    more = Study(home).predict(conditions=("full", "bottom"), oracles=("good",), shard="2/2")
    assert more.new == 1
    Study.merge([home / "shards" / "2-of-2"], home)
    assert rows(home).items() >= whole.items()


def test_the_limit_is_that_of_all_shards_together(home):
    for index in (1, 2, 3):
        Study(home).predict(conditions=("full",), limit=2, shard=f"{index}/3")
    shards = [one for one in (home / "shards").iterdir() if (one / "predictions.parquet").is_file()]
    Study.merge(shards, home)
    assert sorted(key[1] for key in rows(home)) == ["v1", "v2"]


def test_rows_from_elsewhere_keep_their_name(home):
    foreign = [
        {"dataset": "d", "video_id": "v1", "recognizer": "tiny", "condition": "full", "correct1": True}
    ]
    table("predictions", foreign, home)
    with pytest.raises(ConflictError, match="not predicted here"):
        Study(home).predict(conditions=("full",), shard="1/2")


def _of(place):
    return place.name.replace("-of-", "/")
