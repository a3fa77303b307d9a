"""The pages of docs/reference/ say what the declarations say."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def build():
    spec = spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(build) -> dict[str, str]:
    return build.pages()


def test_the_pages_are_up_to_date(build, pages):
    there = {path.name: path.read_text(encoding="utf-8") for path in build.REFERENCE.glob("*.md")}
    assert there.keys() == pages.keys(), "run `make docs`"
    for name, text in pages.items():
        assert there[name] == text, f"docs/reference/{name}: run `make docs`"


def test_every_row_has_as_many_cells_as_its_header(pages):
    for name, text in pages.items():
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({row.replace("\\|", "").count("|") for row in table.splitlines()}) == 1, (name, table)


def test_the_first_page_leads_to_all_others(pages):
    assert all(f"]({name})" in pages["index.md"] for name in pages if name != "index.md")
