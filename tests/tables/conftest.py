from __future__ import annotations

import pandas as pd
import pytest

from crossoracle import tables
from crossoracle.provenance import Provenance


@pytest.fixture
def con():
    with tables.connect(threads=2) as connection:
        yield connection


@pytest.fixture
def provenance():
    return Provenance("test", {}, {"option": 1}, 7)


@pytest.fixture
def scores():
    """Three rows, not in the order of their key, one of them silent."""
    return pd.DataFrame(
        {
            "dataset": "d",
            "video_id": ["b", "a", "a"],
            "oracle": "o",
            "segment": [0, 1, 0],
            "start_s": [0.0, 0.5, 0.0],
            "end_s": [0.5, 1.0, 0.5],
            "score": [1.0, float("nan"), 0.1 + 0.2],
            "kept": [True, None, False],
        }
    )
