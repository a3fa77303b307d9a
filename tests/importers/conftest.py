from __future__ import annotations

import pytest

from crossoracle import tables


@pytest.fixture
def table_of():
    """Return the rows of a table of a study, as dicts."""

    def rows_of(imported, name="scores"):
        with tables.connect() as con:
            rows = tables.read(con, name, imported.paths[name])
            return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]

    return rows_of


@pytest.fixture(autouse=True)
def _quiet(caplog):
    """No import brings columns that its tables do not know."""
    yield
    assert caplog.messages == []
