"""The page on scale says what was recorded, and memory does not grow with the corpus."""

from __future__ import annotations

import json

import pytest

from bench.scaling import BEGIN, END, PAGE, RECORD, corpus, section


def test_the_page_is_the_one_of_the_record():
    written = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    assert written == section(), "write it anew: python -m bench.scaling"


def test_what_is_measured_is_the_corpus():
    sizes = json.loads(RECORD.read_text())["sizes"]
    assert len(sizes) > 1
    for size, found in sizes.items():
        passed = sum(pool.videos - pool.failed for pool in corpus(float(size)))
        assert found["narrow"]["videos"] == pytest.approx(passed, rel=1e-3)
        assert found["narrow"]["peak_mib"] < 3 * 1024
        assert found["narrow"]["undefined"] == found["all"]["undefined"] == 0
