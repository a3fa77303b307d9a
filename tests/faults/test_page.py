"""The page says what was recorded, and what it names is there."""

from __future__ import annotations

import re

from bench.reliability import PAGE, text

ROOT = PAGE.parents[1]


def test_the_page_is_the_one_of_the_records():
    assert PAGE.read_text() == text(), "write it anew: python -m bench.reliability"


def test_nothing_was_lost_and_nothing_crashed():
    page = PAGE.read_text()
    (row,) = re.findall(r"\| \*\*all\*\* \| \*\*([\d,]+)\*\* \| [\d,]+ \| \*\*(\d+)\*\*", page)
    assert int(row[0].replace(",", "")) > 10_000
    assert row[1] == "0"
    rows = [row for row in page.partition("## Fuzzing")[0].splitlines() if row.startswith("| ")]
    lost = {row.split(" | ")[2] for row in rows[1:] if "page of the ledger" not in row}
    assert len(rows) > 8
    assert all(re.match(r"0\b", said) for said in lost), lost


def test_what_is_named_is_there():
    for file in (PAGE, ROOT / "SECURITY.md"):
        for name in re.findall(r"`(tests/[\w/.]+)`|\]\(([\w/.]+\.md)\)", file.read_text()):
            assert (ROOT / "".join(name)).exists()
        targets = set(re.findall(r"`make ([\w-]+)`", file.read_text()))
        assert targets <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
