"""What is noticed on the way, counted: one line each at the end, with the first names."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from crossoracle.tables.wording import several

FIRST = 5

TEXTS = {
    "malformed": ("file", "left out, cannot be read"),
    "passed": ("file", "passed over, no label files"),
    "motion": ("file", "motion caches, not needed for agreement"),
    "records": ("file", "recognizer records, no label files"),
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

UNNAMED = ("motion", "records", "failed")
"""Kinds of which only the number is of interest."""


@dataclass
class Findings:
    """Counts of what was noticed, and the first few names of each kind."""

    counts: Counter[str] = field(default_factory=Counter)
    names: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: str, name: str, why: str = "") -> None:
        """Count one more of a kind; why goes with the name."""
        self.counts[kind] += 1
        if len(self.names[kind]) < FIRST:
            self.names[kind].append(printable(f"{name}: {why}" if why else name))

    def update(self, other: Findings) -> None:
        """Add what was counted elsewhere."""
        self.counts.update(other.counts)
        for kind, names in other.names.items():
            self.names[kind] = [*self.names[kind], *names][:FIRST]

    def notes(self) -> list[str]:
        """Return one line for each kind that was found."""
        return [self._note(kind) for kind in TEXTS if self.counts[kind]]

    def _note(self, kind: str) -> str:
        noun, text = TEXTS[kind]
        line = f"{text}: {several(self.counts[kind], noun)}"
        if kind in UNNAMED:
            return line
        more = "; ..." if self.counts[kind] > FIRST else ""
        return f"{line} ({'; '.join(self.names[kind])}{more})"


def printable(text: str) -> str:
    """Return a text on one line that any terminal can show; names of files may be any bytes."""
    return " ".join(text.encode("utf-8", "replace").decode().split())
