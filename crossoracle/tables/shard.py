"""A part of the videos of a study, for one of several machines: the same videos on every machine."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from crossoracle.errors import InputError

FORM = re.compile(r"([0-9]+)/([0-9]+)")
DIGITS = 15  # of the digest, in hexadecimal: as many as a signed integer of 64 bits holds
APART = "\x1f"
SHARDS = "shards"
"""The directory of a study that has those of its shards."""


@dataclass(frozen=True)
class Shard:
    """Shard ``index`` of ``count``, from 1; a video belongs to one by the digest of its dataset and name.

    Examples
    --------
    >>> one = Shard.of("3/8")
    >>> one.name, one.holds("ssv2", "78687")
    ('3-of-8', False)
    """

    index: int
    count: int

    @classmethod
    def of(cls, text: str) -> Shard:
        """Read a shard as it is given: "3/8" is the third of eight.

        Raises
        ------
        InputError
            It is no such thing.
        """
        found = FORM.fullmatch(text.strip())
        index, count = map(int, found.groups()) if found else (0, 0)
        if not 1 <= index <= count:
            raise InputError(f"shard is {text!r}; expected I/N, the I-th of N shards from 1, such as 3/8")
        return cls(index, count)

    @property
    def name(self) -> str:
        """What its directory is called."""
        return f"{self.index}-of-{self.count}"

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def holds(self, dataset: str | None, video_id: str | None) -> bool:
        """Return whether a video belongs to the shard; without a name, it belongs to all of them."""
        if dataset is None or video_id is None:
            return True
        whole = hashlib.sha256(f"{dataset}{APART}{video_id}".encode()).hexdigest()
        return int(whole[:DIGITS], 16) % self.count == self.index - 1

    @property
    def condition(self) -> str:
        """The same as SQL, over the columns dataset and video_id."""
        whole = f"sha256(dataset || chr({ord(APART)}) || video_id)"
        number = f"CAST('0x' || substr({whole}, 1, {DIGITS}) AS BIGINT)"
        return f"{number} % {self.count} = {self.index - 1}"


def shard_of(text: str | None) -> Shard | None:
    """Return the shard that was given, if one was."""
    return None if text is None else Shard.of(text)


def place_of(study: Path, shard: Shard | None) -> Path:
    """Return where what a shard brings is written; without one, the study."""
    return study if shard is None else study / SHARDS / shard.name
