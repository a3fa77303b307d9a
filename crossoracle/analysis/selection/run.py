"""A population in, estimates of every set of videos out, for every set of oracles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crossoracle.agreement.catalogue import COEFFICIENTS, find
from crossoracle.agreement.coefficient import Coefficient
from crossoracle.agreement.progress import Tell, say_nothing
from crossoracle.agreement.ratings import Ratings
from crossoracle.agreement.run import Options, agree
from crossoracle.analysis.selection.checks import Balance, Weighting, balance, weighting
from crossoracle.analysis.selection.covariates import Design, design
from crossoracle.analysis.selection.filling import CASES, Case, filled, with_category
from crossoracle.analysis.selection.population import Mask, Oracles, Population, restricted, subsets
from crossoracle.analysis.selection.reweighted import reweighted
from crossoracle.analysis.selection.tipping import Tipping, tipping
from crossoracle.analysis.selection.weighting import Propensity
from crossoracle.errors import InputError
from crossoracle.results import NAN, Estimate, Rows
from crossoracle.stats.resampling import Weights, cluster_weights

HEADLINES = ("spearman_within", "spearman_within_all", "cohen_kappa", "light_kappa")
WORK, FEWER = 3e11, 999  # products of the refits above which ipw uses FEWER replicates


class Weightings(Rows[Weighting]):
    """Rows of the selection_weighting table."""

    KIND = Weighting


class Balances(Rows[Balance]):
    """Rows of the selection_balance table."""

    KIND = Balance


class Tippings(Rows[Tipping]):
    """Rows of the selection_tipping table."""

    KIND = Tipping


@dataclass(frozen=True)
class Asked:
    """What `select` is asked for: as for `agree`, and thresholds of the tipping point."""

    coefficients: tuple[str, ...] = ()
    replicates: int = 9999
    level: float = 0.95
    seed: int = 0
    thresholds: tuple[float, ...] = (0.0,)
    threads: int | None = None


@dataclass(frozen=True)
class Selection:
    """What `select` found: estimates by set of oracles, and what the weighted ones rest on."""

    estimates: pd.DataFrame
    weighting: pd.DataFrame
    balance: pd.DataFrame
    tipping: pd.DataFrame
    oracles: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by the names they are written under."""
        return {
            "selection": self.estimates,
            "selection_weighting": self.weighting,
            "selection_balance": self.balance,
            "selection_tipping": self.tipping,
        }


@dataclass
class _Found:
    estimates: list[dict[str, object]] = field(default_factory=list)
    weighting: list[Weighting] = field(default_factory=list)
    balance: list[Balance] = field(default_factory=list)
    tipping: list[Tipping] = field(default_factory=list)

    def add(self, oracles: str, estimates: Sequence[Estimate], videos: str, effective: float = NAN) -> None:
        """Add rows of estimates, under the name of the videos that they are of."""
        for e in estimates:
            own = e.n_videos if np.isnan(effective) else effective
            row = asdict(replace(e, videos=videos))
            self.estimates.append({"oracles": oracles} | row | {"effective": float(own)})


def select(population: Population, asked: Asked | None = None, progress: Tell | None = None) -> Selection:
    """Estimate agreement on every set of videos, for every set of oracles.

    Parameters
    ----------
    population : Population
    asked : Asked
    progress : callable
        Told what is being done, and which share of it is done.

    Returns
    -------
    Selection
        One set of weights of all clusters serves every row, so that whether a video passes is resampled too,
        and rows can be compared.

    Raises
    ------
    UnknownNameError, InputError
        For a coefficient that the catalogue does not know; with fewer than two oracles.
    """
    asked, tell = asked or Asked(), progress or say_nothing
    wanted = find(asked.coefficients or HEADLINES)
    r, found = population.ratings, _Found()
    if len(r.oracles) < 2:
        raise InputError(f"found {len(r.oracles)} oracle: agreement needs at least two")
    work = _Work(population, asked, wanted, _weights(r, asked), design(population))
    every = subsets(len(r.oracles))
    with threadpool_limits(limits=1):
        for i, oracles in enumerate(reversed(every)):  # all of them first
            tell(f"selecting by {population.named(oracles)}", i / len(every))
            work.add(found, oracles)
    return Selection(
        pd.DataFrame(found.estimates),
        Weightings(tuple(found.weighting)).to_frame(),
        Balances(tuple(found.balance)).to_frame(),
        Tippings(tuple(found.tipping)).to_frame(),
        r.oracles,
        population.notes,
    )


def _weights(ratings: Ratings, asked: Asked) -> Weights:
    return cluster_weights(ratings.clusters, asked.replicates, asked.seed)


@dataclass(frozen=True)
class _Work:
    """What is the same for all sets of oracles."""

    population: Population
    asked: Asked
    wanted: list[Coefficient]
    weights: Weights
    design: Design

    def add(self, found: _Found, oracles: Oracles) -> None:
        """Add all rows of one set of oracles."""
        name, joint = self.population.named(oracles), self.population.joint(oracles)
        everyone = len(oracles) == len(self.population.ratings.oracles)
        own = restricted(self.population.ratings, oracles, np.ones_like(joint))
        found.add(name, self._agree(self._on(oracles, joint)), "joint")
        if everyone:
            found.add(name, self._pairwise(), "pairwise")
            found.add(name, self._agree(own), "all")
            found.add(name, list(self._category()), "category")
        for case in CASES:
            found.add(name, list(self._bound(own, ~joint, case)), case)
        self._weighted(found, oracles, joint, name)
        found.tipping += tipping(own, joint, self.wanted, self.asked.thresholds, name)

    def _on(self, oracles: Oracles, videos: Mask) -> Ratings:
        return restricted(self.population.ratings, oracles, videos)

    def _agree(self, ratings: Ratings, wanted: Sequence[Coefficient] | None = None) -> list[Estimate]:
        """Return the estimates of some ratings, from the weights of the population."""
        names = tuple(c.name for c in (self.wanted if wanted is None else wanted))
        options = Options(
            coefficients=names, level=self.asked.level, weights=self.weights, threads=self.asked.threads
        )
        return list(agree(ratings, options).estimates) if names else []

    def _pairwise(self) -> list[Estimate]:
        """Return every pair on the videos that both passed; statistics of all read passed videos only."""
        r, passes = self.population.ratings, self.population.passes
        barred = np.repeat(~passes, r.length, axis=0).T
        score, kept = np.where(barred, np.nan, r.score), np.where(barred, -1, r.kept).astype(np.int8)
        return self._agree(replace(r, score=score, kept=kept))

    def _category(self) -> Iterator[Estimate]:
        """Yield statistics of categories with "not passed" as one more; others have no such form."""
        for c in self.wanted:
            twin = c if c.name.endswith("_levels") else COEFFICIENTS.get(f"{c.name}_levels")
            if twin is None:
                continue
            p = self.population
            coded = with_category(p.ratings, p.passes, "levels" if twin is c else "kept")
            yield from (replace(e, statistic=c.name) for e in self._agree(coded, [twin]))

    def _bound(self, own: Ratings, left_out: Mask, case: Case) -> Iterator[Estimate]:
        """Yield the worst or the best case: of a pair, one against the other; of all, half against half."""
        everyone = range(len(own.oracles))
        of_pair = [c for c in self.wanted if c.of == "pair"]
        for pair in combinations(everyone, 2) if of_pair else ():
            two = restricted(own, pair, np.ones_like(left_out))
            yield from self._agree(filled(two, left_out, case), of_pair)
        yield from self._agree(filled(own, left_out, case), [c for c in self.wanted if c.of == "all"])

    def _weighted(self, found: _Found, oracles: Oracles, joint: Mask, name: str) -> None:
        """Add what inverse-probability weighting finds, and what that rests on."""
        r = self.population.ratings
        model = Propensity.of(r, self.design, joint)
        rows = balance(model, name)
        known = weighting(model, rows, name)
        found.weighting.append(known)
        found.balance += rows
        k = self.design.columns.shape[1]
        most = self.asked.replicates
        fewer = most * r.videos * k * k > WORK
        own = self._on(oracles, joint)
        if not joint.any():
            found.add(name, self._agree(own), "ipw", 0.0)
            return
        replicates = min(most, FEWER) if fewer else most
        level, threads = self.asked.level, self.asked.threads
        made = reweighted(own, model, self.wanted, self.weights, replicates, level=level, threads=threads)
        found.add(name, made, "ipw", known.effective)
