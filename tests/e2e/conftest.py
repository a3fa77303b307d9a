"""The real command in a process of its own, on generated tables and on real annotations."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests import generated as tables_of

REAL = Path(__file__).parents[3] / "shared" / "data" / "qvhighlights"
Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def command() -> Callable[..., Done]:
    """Return a function that runs ``crossoracle ARGUMENTS...``."""

    def run(*arguments: object, **options) -> Done:
        words = [sys.executable, "-m", "crossoracle", *map(str, arguments)]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, **options)

    return run


@pytest.fixture(scope="session")
def generated() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ratings and prechecks of the generated study."""
    return tables_of.generate()


@pytest.fixture(scope="session")
def study(generated, command, tmp_path_factory) -> Path:
    """Return a study with results, for tests that only read it."""
    home = tmp_path_factory.mktemp("generated")
    ratings, prechecks = generated
    ratings.to_csv(home / "ratings.csv", index=False)
    prechecks.to_csv(home / "prechecks.csv", index=False)
    done = command("import", "table", home / "ratings.csv", "--out", home / "study")
    assert done.returncode == 0, done.stderr
    return home / "study"


@pytest.fixture(scope="session")
def qvhighlights() -> dict[str, Path]:
    """Return the files of the real annotations."""
    if not REAL.is_dir():
        pytest.skip(
            "the QVHighlights annotations are not here (their licence keeps them out of the repository)"
        )
    return {
        "annotations": REAL / "highlight_val_release.jsonl",
        "predictions": REAL / "moment_detr_val_preds.jsonl",
    }
