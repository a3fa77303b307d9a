"""The methods section: it says what was run, and two sections differ exactly where the studies do."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest

from crossoracle.config import Study
from crossoracle.provenance import Provenance
from crossoracle.report.material import Material
from crossoracle.report.methods import methods
from crossoracle.report.references import REFERENCES
from crossoracle.tables import connect, read, write
from tests.report.studies import predicted
from tests.report.test_report import tables

ASKED = {
    "frames": {"step_s": 0.5, "fps": 4.0, "max_frames": 64, "long_side": 448},
    "score": {"strategy": "direct", "runs": 1, "threshold": 0.5},
    "oracles": {
        name: {
            "adapter": "openai",
            "model": f"model-{name}",
            "strategy": "direct",
            "prompt for d": "scoring_general.v1 sha256:00",
            "verify_prompt for d": "verification.v1 sha256:11",
        }
        for name in "abc"
    },
}


def asked(**changes):
    """Return what was asked, with changes: of the frames, of the scoring, or of the oracle b."""
    oracle = ASKED["oracles"]["b"]
    return {
        "frames": ASKED["frames"] | {k: v for k, v in changes.items() if k in ASKED["frames"]},
        "score": ASKED["score"] | {k: v for k, v in changes.items() if k in ASKED["score"]},
        "oracles": ASKED["oracles"] | {"b": oracle | {k: v for k, v in changes.items() if k in oracle}},
    }


def scored(home, **changes):
    """Write the scores of a study anew, with the provenance of having asked so."""
    with connect() as con:
        rows = read(con, "scores", home / "scores.parquet").df()
    write("scores", rows, home / "scores.parquet", provenance=Provenance("score", options=asked(**changes)))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    home = tables(tmp_path_factory.mktemp("first") / "study", videos=12)
    scored(home)
    rows = predicted(pd.DataFrame({"dataset": "d", "video_id": [f"v{v}" for v in range(12)]}), "abc")
    write("predictions", rows, home / "predictions.parquet", provenance=Provenance("test"))
    study = Study(home)
    study.precheck()
    study.agree(replicates=9, seed=3)
    study.compare(replicates=9, seed=5)
    return home


@pytest.fixture(scope="module")
def first(base):
    return methods(Material.of(base))


@pytest.fixture
def other(base, tmp_path):
    """Return a function that repeats the study with changes, and returns its section and references."""

    def repeat(changes=None, agreed=None, compared=None):
        home = Path(copytree(base, tmp_path / "study"))
        if changes:
            scored(home, **changes)
        if agreed:
            Study(home).agree(**{"replicates": 9, "seed": 3} | agreed)
        if compared:
            Study(home).compare(**{"replicates": 9, "seed": 5} | compared)
        return methods(Material.of(home))

    return repeat


def changed(first, second):
    """Return the pairs of words that stand in place of each other."""
    old, new = ("\n\n".join(paragraphs).split() for paragraphs in (first[0], second[0]))
    pieces = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(" ".join(old[a:b]), " ".join(new[c:d])) for tag, a, b, c, d in pieces if tag != "equal"]


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ({}, []),
        ({"agreed": {"seed": 4}}, [("3.", "4.")]),
        ({"agreed": {"replicates": 8}}, [("9", "8")]),
        ({"agreed": {"level": 0.9}}, [("0.95,", "0.9,")]),
        (
            {"agreed": {"on": "all"}},
            [
                ("the videos that every oracle", "all videos,"),
                ("(11", "or not (12"),
                ("11", "12"),
            ],
        ),
        ({"compared": {"seed": 6}}, [("5;", "6;")]),
        ({"changes": {"model": "model-z"}}, [("model-b),", "model-z),")]),
        ({"changes": {"fps": 8.0}}, [("(4.0", "(8.0")]),
        ({"changes": {"runs": 3}}, [("1 run,", "3 runs,")]),
        (
            {"changes": {"prompt for d": "scoring_general.v2 sha256:22"}},
            [("scoring_general.v1)", "scoring_general.v1 or scoring_general.v2)")],
        ),
    ],
)
def test_two_sections_differ_exactly_where_the_studies_do(how, wanted, first, other):
    second = other(**how)
    assert changed(first, second) == wanted
    assert first[1] == second[1]


def test_another_kind_of_interval_is_told_and_cited(first, other):
    second = other(agreed={"interval": "bca", "replicates": 99})
    assert [new for _, new in changed(first, second)] == ["BCa", "(Efron 1987)", "99"]
    assert {*second[1]} - {*first[1]} == {REFERENCES["bca"]}


def test_every_seed_prompt_model_and_version_that_took_part_is_told(first):
    text = "\n".join(first[0])
    for told in ("seed 3", "seed 5", "model-a", "verification.v1", "9 resamples", "(python 3", "duckdb "):
        assert told in text
    assert "flipping the signs" in text
    assert REFERENCES["holm"] in first[1]


def test_what_was_not_run_is_not_told(tmp_path):
    place = tables(tmp_path / "study", prechecks=False)
    Study(place).agree(replicates=9)
    text = "\n".join(methods(Material.of(place))[0])
    for absent in ("precheck", "Holm", "noise floor", "recognizer", "seconds", "prompt"):
        assert absent not in text
