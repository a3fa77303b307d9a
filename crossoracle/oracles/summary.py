"""What a run of score came to: outcomes by oracle, what it took, what is left, greedy against direct."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from crossoracle.oracles.asking.entries import Total
from crossoracle.oracles.asking.post import waiting_in
from crossoracle.oracles.asking.spending import Spent
from crossoracle.oracles.engaging import GREEDY
from crossoracle.oracles.strategy import Labelled
from crossoracle.tables.wording import several

MOST_TOLD = 3
UNREAD = ("unparsed", "truncated")


@dataclass
class Asking:
    """What one oracle came to.

    Parameters
    ----------
    oracle, strategy : str
        Who, and how it was asked.
    jobs, outcomes : int, Counter
        Videos times runs that it was to be asked about; how often each outcome came up.
    spent : Spent
        What it took; replies that were in the ledger count too, and are not fresh.
    disagree : int
        Videos whose important set has a segment that scores lower than one outside it.
    details, unread : list of str
        Why videos count as errors, and what replies that could not be read were like: the first few.
    stopped : str, optional
        Why it did not come to the end.
    waiting : Counter
        Videos that were left out because their question waits in a batch, by batch.
    possibly_paid, lost : int
        Calls, over all runs, without a reply and perhaps paid for; their questions that are not put again.
    """

    oracle: str
    strategy: str
    jobs: int
    outcomes: Counter[str] = field(default_factory=Counter)
    spent: Spent = field(default_factory=Spent)
    disagree: int = 0
    details: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    stopped: str | None = None
    waiting: Counter[str] = field(default_factory=Counter)
    possibly_paid: int = 0
    lost: int = 0

    @property
    def done(self) -> int:
        """How many videos were asked about."""
        return self.outcomes.total()

    @property
    def useless(self) -> bool:
        """Whether there were replies, and not one could be read whole."""
        return self.done > 0 and sum(self.outcomes[name] for name in UNREAD) == self.done

    def add(self, found: Labelled) -> None:
        """Count a video; one whose question waits in a batch has no outcome yet."""
        outcome, detail = found.precheck["outcome"], found.precheck.get("detail")
        batch = waiting_in(detail)
        if batch is not None:
            self.waiting[batch] += 1
            return
        self.outcomes[outcome] += 1
        self.disagree += outcome == "yes" and "disagrees" in (detail or "")
        told = f"{found.precheck['dataset']}/{found.precheck['video_id']}: {detail}"
        if outcome == "error" and len(self.details) < MOST_TOLD:
            self.details.append(told)
        if outcome in UNREAD and len(self.unread) < MOST_TOLD:
            self.unread.append(told)

    def finish(self, spent: Spent, stopped: str | None, total: Total | None) -> None:
        """Add what is known at the end; `total` is what the ledger says."""
        self.spent, self.stopped = spent, stopped
        if total is not None:
            self.possibly_paid, self.lost = total.possibly_paid, total.lost


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

    def __repr__(self) -> str:
        counts = several(len(self.oracles), "oracle"), several(sum(one.done for one in self.oracles), "video")
        return f"Scoring({counts[0]}, {counts[1]} asked about; {several(len(self.files), 'file')})"

    @property
    def complete(self) -> bool:
        """Whether every video was asked about, and answered, and some answer of each oracle could be read."""
        return all(
            one.done == one.jobs and not one.outcomes["error"] and not one.useless for one in self.oracles
        )


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
