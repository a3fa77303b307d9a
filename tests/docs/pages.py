"""The pages that people read, cut into what can be run.

A fenced block of a page is run where its language says so: `bash` as a shell would, `python` as a script, in
the order of the page and in one directory. A block of any language whose title is the name of a file is
written there. A block that cannot be run everywhere says why in its title, for every reader: "needs ...".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUN = ("bash", "python")
FENCE = re.compile(r"^```(\w*)([^\n`]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TITLE = re.compile(r'title="([^"]*)"')
NEEDS = re.compile(r"needs (a key of \w+|a GPU(, or patience: .+)?|the network: pip .+|Ray: pip .+)")
FILE = re.compile(r"[\w./-]+\.\w+")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its title (empty for none), its text, the line it starts at."""

    language: str
    title: str
    text: str
    line: int

    @property
    def needs(self) -> str:
        """What it needs that is not everywhere; empty where it can be run."""
        return self.title if self.title.startswith("needs") else ""

    @property
    def file(self) -> str:
        """The file that it is the content of, or empty."""
        return self.title if FILE.fullmatch(self.title) else ""

    @property
    def commands(self) -> list[list[str]]:
        """The words of every line that calls crossoracle; a backslash continues a line."""
        lines = self.text.replace("\\\n", " ").splitlines() if self.language == "bash" else []
        words = [line.partition(" #")[0].split() for line in lines]
        return [w for w in words if w and w[0] == "crossoracle"]


def pages() -> list[Path]:
    """Return every page but those that are written from declarations or records."""
    written = ("reference/", "benchmark.md", "coverage")
    docs = ROOT / "docs"
    found = sorted(docs.rglob("*.md"))
    return [ROOT / "README.md"] + [
        path for path in found if not path.relative_to(docs).as_posix().startswith(written)
    ]


def name(path: Path) -> str:
    """Return how a page is called: its path in the repository."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(
            found[1],
            (TITLE.search(found[2]) or ["", ""])[1],
            found[3],
            text.count("\n", 0, found.start()) + 2,
        )
        for found in FENCE.finditer(text)
    ]


def named(path: Path) -> list[str]:
    """Return the files of a study that a page speaks of, in backticks: `study/results/estimates.csv`."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return re.findall(r"`((?:study|demo|highlights|pilot)/[\w./-]+\.\w+)`", text)
