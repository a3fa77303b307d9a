"""Bytes that were right once: what files look like after bad disks, bad editors and bad intentions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

TELLING = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"nan",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b'"',
    b"'",
    b"\\",
    b"\r",
    b"\n",
    b"\r\n",
    b",",
    b"{",
    b"[" * 3000,
    b"}",
    b"null",
    b"true",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"../",
    b"%s",
    b"0x10",
    b"",
)
"""What readers stumble over: put in at any place."""

EDITS = (0, 1, 1, 1, 2, 3, 4)
WAYS = ("flip", "cut", "drop", "twice", "put", "zero")


@st.composite
def mutated(draw: Any, seeds: Sequence[bytes]) -> bytes:
    """Draw one of the seeds, changed at up to four places; sometimes two of them grown together."""
    content = bytearray(draw(st.sampled_from(list(seeds))))
    for _ in range(draw(st.sampled_from(EDITS))):
        way, at = draw(st.sampled_from(WAYS)), draw(st.integers(0, max(len(content), 1)))
        length = draw(st.integers(1, 40))
        if way == "flip" and at < len(content):
            content[at] ^= draw(st.integers(1, 255))
        elif way == "cut":
            del content[at:]
        elif way == "drop":
            del content[at : at + length]
        elif way == "twice":
            content[at:at] = content[at : at + length]
        elif way == "zero":
            content[at : at + length] = bytes(len(content[at : at + length]))
        else:
            content[at:at] = draw(st.sampled_from(TELLING))
    return bytes(content)


def changed_texts(seeds: Sequence[str], alphabet: str) -> st.SearchStrategy[str]:
    """Draw texts: one of the seeds with a piece put in or taken out, signs of the alphabet, or any text."""
    pieces = st.tuples(
        st.sampled_from(list(seeds)), st.integers(0, 60), st.integers(0, 5), st.text(alphabet, max_size=4)
    )
    grown = pieces.map(lambda p: p[0][: p[1]] + p[3] + p[0][p[1] + p[2] :])
    return grown | st.text(alphabet, max_size=40) | st.text(max_size=40)
