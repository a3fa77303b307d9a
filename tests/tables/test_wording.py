from __future__ import annotations

import pytest

from crossoracle.tables.wording import several


@pytest.mark.parametrize(
    ("n", "words"), [(0, "0 videos"), (1, "1 video"), (2, "2 videos"), (536_181, "536,181 videos")]
)
def test_a_count_has_its_noun(n, words):
    assert several(n, "video") == words


def test_an_odd_plural_is_given():
    assert [several(n, "query", "queries") for n in (1, 2)] == ["1 query", "2 queries"]
