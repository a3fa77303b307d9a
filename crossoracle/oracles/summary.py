"""What a run of score came to: outcomes by oracle, what it took, what is left, greedy against direct."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from crossoracle.oracles.asking.spending import Spent
from crossoracle.oracles.engaging import GREEDY
from crossoracle.oracles.strategy import Labelled

MOST_TOLD = 3


@dataclass
class Asking:
    """What one oracle came to.

    Parameters
    ----------
    oracle, strategy : str
        Who, and how it was asked.
    jobs : int
        Videos times runs that it was to be asked about.
    outcomes : Counter
        How often each outcome came up.
    spent : Spent
        What it took; replies that were in the ledger count too, and are not fresh.
    disagree : int
        Videos whose important set has a segment that scores lower than one outside it.
    details : list of str
        Why videos count as errors: the first few reasons.
    stopped : str, optional
        Why it did not come to the end.
    lost : int
        Questions in the ledger whose process died before the reply came: they may have been paid for.
    """

    oracle: str
    strategy: str
    jobs: int
    outcomes: Counter[str] = field(default_factory=Counter)
    spent: Spent = field(default_factory=Spent)
    disagree: int = 0
    details: list[str] = field(default_factory=list)
    stopped: str | None = None
    lost: int = 0

    @property
    def done(self) -> int:
        """How many videos were asked about."""
        return self.outcomes.total()

    def add(self, found: Labelled) -> None:
        """Count a video."""
        outcome, detail = found.precheck["outcome"], found.precheck.get("detail")
        self.outcomes[outcome] += 1
        self.disagree += outcome == "yes" and "disagrees" in (detail or "")
        if outcome == "error" and len(self.details) < MOST_TOLD:
            self.details.append(f"{found.precheck['dataset']}/{found.precheck['video_id']}: {detail}")

    def finish(self, spent: Spent, stopped: str | None, lost: int) -> None:
        """Add what is known at the end."""
        self.spent, self.stopped, self.lost = spent, stopped, lost


@dataclass(frozen=True)
class Ratio:
    """Calls per video of greedy removal and of direct scoring, on the videos that both recognised.

    Parameters
    ----------
    oracle : str
        Which.
    videos : int
        How many these are.
    direct, greedy : float
        Calls per video.
    """

    oracle: str
    videos: int
    direct: float
    greedy: float

    @property
    def ratio(self) -> float:
        """How many times as many calls greedy removal takes."""
        return self.greedy / self.direct


@dataclass(frozen=True)
class Scoring:
    """What `Study.score` came to.

    Parameters
    ----------
    oracles : tuple of Asking
        One per oracle.
    interrupted : bool
        Whether somebody stopped it.
    ratios : tuple of Ratio
        Greedy against direct, where the study has both of an oracle.
    files : tuple of path
        The tables that were written.
    notes : tuple of str
        What is worth knowing about the ledger.
    """

    oracles: tuple[Asking, ...]
    interrupted: bool
    ratios: tuple[Ratio, ...]
    files: tuple[Path, ...]
    notes: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every video was asked about, and every question was answered."""
        return all(one.done == one.jobs and not one.outcomes["error"] for one in self.oracles)


def ratios(prechecks: Path) -> tuple[Ratio, ...]:
    """Compare the calls of greedy removal with those of direct scoring, oracle by oracle."""
    from crossoracle.tables import connect, read
    from crossoracle.tables.sql import literal

    with connect() as con:
        rows = read(con, "prechecks", prechecks).filter("outcome = 'yes' AND calls > 0")
        direct, greedy = rows.set_alias("d"), rows.set_alias("g")
        same = "d.dataset = g.dataset AND d.video_id = g.video_id AND d.run = g.run"
        both = direct.join(greedy, f"{same} AND g.oracle = d.oracle || {literal(GREEDY)}")
        found = both.aggregate("d.oracle AS o, count(*), avg(d.calls), avg(g.calls)", "d.oracle").order("o")
        return tuple(Ratio(*row) for row in found.fetchall())
