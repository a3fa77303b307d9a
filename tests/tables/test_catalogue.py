from __future__ import annotations

import subprocess
import sys
from dataclasses import fields

import pytest

from crossoracle.errors import UnknownNameError
from crossoracle.results import Difference, Estimate, Test
from crossoracle.tables.catalogue import TABLES, table

ESTIMATES = (
    "statistic, oracle_a, run_a, oracle_b, run_b, dataset, label, videos, value, low, high, level, interval, "
    "replicates, n_segments, n_videos, n_clusters, n_left_out, n_undefined, reason, mc_low, mc_high, "
    "jackknife_low, jackknife_high, p_null"
)


def test_the_catalogue_needs_nothing_heavy():
    code = "import sys, crossoracle.tables.catalogue; print({'duckdb', 'pandas', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_estimates_have_exactly_their_columns():
    assert ", ".join(TABLES["estimates"].names) == ESTIMATES


@pytest.mark.parametrize(
    ("name", "row"), [("estimates", Estimate), ("agreement_differences", Difference), ("tests", Test)]
)
def test_result_rows_and_tables_agree_on_their_columns(name, row):
    assert list(TABLES[name].names) == [field.name for field in fields(row)]


@pytest.mark.parametrize("declared", TABLES.values(), ids=TABLES)
def test_every_table_is_documented_and_has_a_key(declared):
    assert declared.meaning.endswith(".")
    assert len(set(declared.names)) == len(declared.names)
    assert set(declared.key) <= set(declared.names)
    for column in declared.columns:
        assert column.meaning.endswith("."), column
        assert column.nullable or column.required or column.default is not None or column.default_from
        assert not column.default_from or column.default_from in declared.names


def test_a_miss_names_the_nearest_table():
    with pytest.raises(UnknownNameError, match="did you mean 'scores'"):
        table("score")
    with pytest.raises(UnknownNameError, match="did you mean 'end_s'"):
        TABLES["scores"]["ends"]
