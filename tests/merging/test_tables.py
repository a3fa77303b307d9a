"""Tables into one: what is new comes, what contradicts is refused, what failed gives way."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from crossoracle.cli import run
from crossoracle.errors import ConflictError, StudyError
from crossoracle.merging.run import merge
from crossoracle.provenance import Provenance, read_sidecar
from crossoracle.tables import Upserted, connect, read, write


def _scores(*videos: str, score: float = 0.5, oracle: str = "a", segments: int = 2) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"dataset": "d", "video_id": v, "oracle": oracle, "run": "0", "segment": i}
            | {"start_s": float(i), "end_s": i + 1.0, "score": score}
            for v in videos
            for i in range(segments)
        ]
    )


def _prechecks(outcomes: dict[str, str], oracle: str = "a", **more: object) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"dataset": "d", "video_id": v, "oracle": oracle, "run": "0", "outcome": one} | more
            for v, one in outcomes.items()
        ]
    )


def _videos(**paths: str) -> pd.DataFrame:
    return pd.DataFrame(
        [{"dataset": "d", "video_id": v, "label": "jump", "path": path} for v, path in paths.items()]
    )


def _study(home: Path, **tables: pd.DataFrame) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write(name, rows, home / f"{name}.parquet", provenance=Provenance("made", options={"by": home.name}))
    return home


def _table(study: Path, name: str) -> pd.DataFrame:
    with connect() as con:
        return read(con, name, study / f"{name}.parquet").df()


def _bytes(study: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in study.iterdir() if file.is_file()}


def test_rows_of_all_studies_are_there_and_again_nothing_changes(tmp_path):
    one = _study(tmp_path / "one", scores=_scores("v", "w"), prechecks=_prechecks({"v": "yes"}))
    two = _study(tmp_path / "two", scores=_scores("w", "x"), prechecks=_prechecks({"x": "no"}))
    found = merge([one, two], tmp_path / "out")
    assert found.counts == {"scores": Upserted(6, 0, 0), "prechecks": Upserted(2, 0, 0)}
    assert _table(tmp_path / "out", "scores")["video_id"].tolist() == ["v", "v", "w", "w", "x", "x"]
    before = _bytes(tmp_path / "out")
    again = merge([two, one, two], tmp_path / "out")
    assert again.counts == {"scores": Upserted(0, 6, 0), "prechecks": Upserted(0, 2, 0)}
    assert _bytes(tmp_path / "out") == before


def test_the_study_itself_may_be_among_them(tmp_path):
    out = _study(tmp_path / "out", scores=_scores("v"))
    one = _study(tmp_path / "one", scores=_scores("w"))
    assert merge([out, one, out], out).counts == {"scores": Upserted(2, 2, 0)}


def test_different_rows_are_refused_and_nothing_is_written(tmp_path):
    out = _study(tmp_path / "out", scores=_scores("v"), prechecks=_prechecks({"v": "yes"}))
    one = _study(tmp_path / "one", scores=_scores("w"))
    two = _study(tmp_path / "two", scores=_scores("v", score=0.6), prechecks=_prechecks({"v": "yes"}))
    before = _bytes(out)
    told = r"two/scores.parquet, column score: found 0.6 for a key for which .*out/scores.parquet has 0.5"
    with pytest.raises(ConflictError, match=told):
        merge([one, two], out)
    assert _bytes(out) == before


def test_replace_takes_the_later_run_of_an_oracle_whole(tmp_path):
    out = _study(tmp_path / "out", scores=_scores("v", "w", segments=3))
    one = _study(tmp_path / "one", scores=_scores("v", score=0.6, segments=2))
    assert merge([one], out, replace=True).counts == {"scores": Upserted(0, 3, 2)}
    rows = _table(out, "scores")
    assert rows[rows["video_id"] == "v"]["score"].tolist() == [0.6, 0.6], (
        "no third segment of the old division"
    )
    assert merge([one], out, replace=True).counts == {"scores": Upserted(0, 5, 0)}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_error_gives_way_from_whichever_side(tmp_path, order):
    bad = _study(tmp_path / "bad", prechecks=_prechecks({"v": "error"}, detail="a time-out"))
    good = _study(tmp_path / "good", prechecks=_prechecks({"v": "yes"}), scores=_scores("v"))
    both = (bad, good)
    for number in order:
        merge([both[number]], tmp_path / "out")
    assert _table(tmp_path / "out", "prechecks")["outcome"].tolist() == ["yes"]
    assert len(_table(tmp_path / "out", "scores")) == 2


def test_of_two_errors_the_later_stands(tmp_path):
    for name in ("one", "two"):
        _study(tmp_path / name, prechecks=_prechecks({"v": "error"}, detail=name))
    merge([tmp_path / "one", tmp_path / "two"], tmp_path / "out")
    assert _table(tmp_path / "out", "prechecks")["detail"].tolist() == ["two"]


def test_two_answers_that_differ_are_no_errors(tmp_path):
    for name, outcome in (("one", "yes"), ("two", "no")):
        _study(tmp_path / name, prechecks=_prechecks({"v": outcome}))
    with pytest.raises(ConflictError, match="column outcome"):
        merge([tmp_path / "one", tmp_path / "two"], tmp_path / "out")
    assert not (tmp_path / "out" / "prechecks.parquet").exists()


def test_paths_of_videos_lead_to_the_same_files(tmp_path):
    one = _study(tmp_path / "one", videos=_videos(v="films/v.mp4", w="/far/w.mp4"))
    merge([one], tmp_path / "deep" / "out")
    found = dict(_table(tmp_path / "deep" / "out", "videos")[["video_id", "path"]].to_numpy())
    assert found == {"v": "../../one/films/v.mp4", "w": "/far/w.mp4"}


def test_a_copy_with_its_films_keeps_their_paths(tmp_path):
    for name in ("one", "two"):
        study = _study(tmp_path / name, videos=_videos(v="films/v.mp4"))
        (study / "films").mkdir()
        (study / "films" / "v.mp4").write_bytes(b"a film")
    merge([tmp_path / "two"], tmp_path / "one")
    assert _table(tmp_path / "one", "videos")["path"].tolist() == ["films/v.mp4"]


def test_where_a_file_lies_is_no_contradiction_but_its_label_is(tmp_path):
    one = _study(tmp_path / "one", videos=_videos(v="/here/v.mp4"))
    two = _study(tmp_path / "two", videos=_videos(v="/there/v.mp4"))
    merge([one, two], tmp_path / "out")
    assert _table(tmp_path / "out", "videos")["path"].tolist() == ["/here/v.mp4"]
    three = _study(tmp_path / "three", videos=_videos(v="/here/v.mp4").assign(label="run"))
    with pytest.raises(ConflictError, match="column label: found run for a key"):
        merge([three], tmp_path / "out")


def test_every_event_is_in_the_history_once(tmp_path):
    one = _study(tmp_path / "one", scores=_scores("v"))
    two = _study(tmp_path / "two", scores=_scores("w"))
    merge([one, two], tmp_path / "out")
    three = _study(tmp_path / "three", scores=_scores("x"))
    merge([one, two, three], tmp_path / "out")
    record = read_sidecar(tmp_path / "out" / "scores.parquet")
    assert record["verb"] == "merge"
    made = [one["options"].get("by") for one in record["history"] if one["verb"] == "made"]
    assert sorted(made) == ["one", "three", "two"]


@pytest.mark.parametrize("words", [["nowhere"], ["empty"]])
def test_what_is_no_study_is_refused(tmp_path, words):
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyError, match="expected a study or a shard of one"):
        merge([tmp_path / word for word in words], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_table_is_one_line_and_nothing_is_written(tmp_path, capsys):
    one = _study(tmp_path / "one", scores=_scores("v"))
    two = _study(tmp_path / "two", scores=_scores("w"))
    whole = (two / "scores.parquet").read_bytes()
    (two / "scores.parquet").write_bytes(whole[: len(whole) // 2])
    assert run(["merge", str(one), str(two), "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "two/scores.parquet" in line
    assert not (tmp_path / "out" / "scores.parquet").exists()


def test_the_verb_tells_what_came(tmp_path, capsys):
    one = _study(tmp_path / "one", scores=_scores("v"))
    (one / "study.toml").write_text("[agree]\nseed = 1\n")
    assert run(["merge", str(one), "--out", str(tmp_path / "out"), "--json"]) == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert told["tables"] == {"scores": {"new": 2, "same": 0, "replaced": 0}}
    assert told["files"] == [str(tmp_path / "out" / "scores.parquet")]
    assert "has no study.toml" in shown.err
