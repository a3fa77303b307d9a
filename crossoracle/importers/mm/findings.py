"""What is noticed on the way: one line for each kind at the end, with the first names, and a list of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from crossoracle.importers.importer import Finding
from crossoracle.tables.wording import several

FIRST = 5

TEXTS = {
    "malformed": ("file", "left out, cannot be read"),
    "passed": ("file", "passed over, no label files"),
    "records": ("file", "recognizer records, no label files; `crossoracle import mm-eval` reads them"),
    "spaces": ("file", "spaces around the video_id left out"),
    "motion nowhere": ("file", "motion without a folder in video_path, left out; --dataset NAME names one"),
    "motion again": ("video", "motion found again, taken once"),
    "motion differs": ("video", "motion found again with other values or segments, the first taken"),
    "twice": ("video", "found again with the same labels, taken once"),
    "refused": ("video", "recorded as SKIP, but a refusal"),
    "error": ("video", "recorded as SKIP, but a call that failed"),
    "unparsed": ("video", "recorded as SKIP, but a reply that could not be read"),
    "fallback": (
        "video",
        "0.5 everywhere and everything kept for want of a reply that could be read, now unparsed and null",
    ),
    "half": ("video", "0.5 everywhere and everything kept, and no reply to check it by, taken as it is"),
    "recovered": (
        "video",
        "0.5 everywhere and everything kept, but the reply can be read, taken from the reply",
    ),
    "conflicting": ("video", "replies with two scores for one segment, now unparsed and null"),
    "failed": ("video", "did not pass the precheck, so the weights in the file are no scores"),
    "interpolated": ("video", "weights of segments that the reply does not rate, now null"),
    "differs": ("video", "weights or labels that differ from the reply, taken from the file"),
    "disagrees": (
        "video",
        "an important segment weighs less than an unimportant one, both taken as they are",
    ),
    "indices": ("video", "kept_indices that differ from the labels, labels taken"),
    "clipped": ("video", "weights outside [0, 1], clipped"),
    "outside": ("video", "a probability, confidence, time or count outside its range, now null"),
    "relabelled": ("video", "another label in the pool, taken from the pool"),
    "manifest precheck": ("video", "another precheck in the manifest, taken from the label file"),
    "manifest segments": ("video", "another number of segments in the manifest, taken from the label file"),
    "manifest only": ("video", "in the manifest, but without a label file"),
}
"""What can be noticed: what is counted, and what is to be said of it; in the order in which it is said."""

UNNAMED = ("records", "failed")
"""Kinds of which only the number is of interest."""


@dataclass
class Findings:
    """Everything that was noticed, by kind.

    Parameters
    ----------
    texts : mapping
        What can be noticed, as in `TEXTS`.
    noticed : dict of str to list of (str, str)
        For each kind the names, and what goes with each.
    """

    texts: Mapping[str, tuple[str, str]] = field(default_factory=lambda: TEXTS)
    noticed: defaultdict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: str, name: str, why: str = "") -> None:
        """Take down one more of a kind; why goes with the name."""
        self.noticed[kind].append((printable(name), printable(why)))

    def update(self, other: Findings) -> None:
        """Add what was noticed elsewhere."""
        for kind, names in other.noticed.items():
            self.noticed[kind] += names

    def notes(self) -> list[str]:
        """Return one line for each kind that was found."""
        return [self._note(kind) for kind in self.texts if self.noticed[kind]]

    def listed(self) -> list[Finding]:
        """Return every single one."""
        return [Finding(self.texts[kind][1], *one) for kind in self.texts for one in self.noticed[kind]]

    def _note(self, kind: str) -> str:
        noun, text = self.texts[kind]
        found = self.noticed[kind]
        line = f"{text}: {several(len(found), noun)}"
        if kind in UNNAMED:
            return line
        first = "; ".join(f"{name}: {why}" if why else name for name, why in found[:FIRST])
        return f"{line} ({first}{'; ...' if len(found) > FIRST else ''})"


def printable(text: str) -> str:
    """Return a text on one line that any terminal can show; names of files may be any bytes."""
    return " ".join(text.encode("utf-8", "replace").decode().split())
