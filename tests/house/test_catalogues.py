"""A name in a catalogue is explained where it is declared, and listed in docs/reference/ (tests/docs)."""

from __future__ import annotations

import pytest

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.figures.catalogue import FIGURES
from crossoracle.importers.catalogue import BUILT_IN
from crossoracle.oracles.catalogue import ADAPTERS, PRESETS
from crossoracle.sampling.catalogue import CONDITIONS
from crossoracle.tables.catalogue import TABLES

CATALOGUES = {
    "coefficient": COEFFICIENTS,
    "figure": FIGURES,
    "importer": {importer.name: importer for importer in BUILT_IN},
    "adapter": {adapter.name: adapter for adapter in ADAPTERS},
    "preset": {preset.name: preset for preset in PRESETS},
    "condition": CONDITIONS,
    "table": TABLES,
}


@pytest.mark.parametrize("kind", CATALOGUES)
def test_names_are_those_of_the_declarations(kind):
    assert all(name == declared.name for name, declared in CATALOGUES[kind].items())


def test_coefficients_are_explained():
    for coefficient in COEFFICIENTS.values():
        assert coefficient.title
        assert coefficient.undefined
        assert coefficient.reference


def test_columns_are_explained():
    for table in TABLES.values():
        assert table.meaning
        assert all(column.meaning for column in table.columns)


def test_figures_and_importers_are_explained():
    assert all(figure.title and figure.meaning for figure in FIGURES.values())
    assert all(importer.meaning for importer in BUILT_IN)
