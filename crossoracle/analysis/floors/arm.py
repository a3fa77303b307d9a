"""An arm: a group of runs that repeat one thing, such as four runs of greedy removal by one oracle.

It is written ``NAME=ORACLE:RUN,RUN,...``; without runs it has all that the oracle has. Written again under
the same name, it grows. A run belongs to one arm only, since no arm is to be compared with itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from crossoracle.errors import InputError, UnknownNameError

FEWEST, ADVISED = 2, 3  # runs that a floor needs, and that it should have
Runs = Mapping[str, set[str]]  # of every oracle


@dataclass(frozen=True)
class Member:
    """One run of one oracle."""

    oracle: str
    run: str

    @property
    def name(self) -> str:
        """What it is called in tables: the oracle and the run."""
        return f"{self.oracle}:{self.run}"


@dataclass(frozen=True)
class Arm:
    """A group of runs under one name."""

    name: str
    members: tuple[Member, ...]

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(member.name for member in self.members)})"


def parse(written: Sequence[str], known: Runs) -> tuple[Arm, ...]:
    """Return the arms that are written; by default every oracle with several runs is one.

    Raises
    ------
    UnknownNameError
        An arm speaks of an oracle or a run that there is not; the message names those there are.
    InputError
        An arm is not written as one, a run stands twice, or there is nothing that was repeated.
    """
    if not written:
        return _repeated(known)
    found: dict[str, list[Member]] = {}
    owner: dict[Member, str] = {}
    for text in written:
        name, members = _arm(text, known)
        for member in members:
            if member in owner:
                raise InputError(
                    f"--arm {text}: found {member.name} twice (in {owner[member]} and {name}); "
                    "expected each run in one arm"
                )
            owner[member] = name
        found.setdefault(name, []).extend(members)
    return tuple(Arm(name, tuple(members)) for name, members in found.items())


def _arm(text: str, known: Runs) -> tuple[str, list[Member]]:
    name, equals, rest = (part.strip() for part in text.partition("="))
    if not (name and equals and rest):
        raise InputError(f"--arm {text}: expected NAME=ORACLE:RUN,RUN such as greedy=qwen-greedy:0,1,2")
    oracle, runs = _split(rest, known)
    if oracle not in known:
        raise UnknownNameError(f"oracle in --arm {text}:", oracle, known)
    for run in runs:
        if run not in known[oracle]:
            raise UnknownNameError(f"run of {oracle} in --arm {text}:", run, known[oracle])
    return name, [Member(oracle, run) for run in runs or _in_order(known[oracle])]


def _split(text: str, known: Runs) -> tuple[str, list[str]]:
    """Return the oracle and its runs; an oracle's own name may hold a colon."""
    oracle, colon, runs = text.rpartition(":")
    if text in known or not colon:
        return text, []
    return oracle, [run.strip() for run in runs.split(",") if run.strip()]


def _in_order(runs: set[str]) -> list[str]:
    """Return runs in order: numbers by size, before names."""
    return sorted(runs, key=lambda run: (not run.isdecimal(), int(run) if run.isdecimal() else 0, run))


def _repeated(known: Runs) -> tuple[Arm, ...]:
    names = sorted(oracle for oracle, runs in known.items() if len(runs) >= FEWEST)
    if not names:
        raise InputError(
            f"found no oracle with two runs among {', '.join(sorted(known)) or 'none'}; expected repeated "
            f"runs: crossoracle score STUDY --runs {ADVISED}"
        )
    return tuple(Arm(name, tuple(Member(name, run) for run in _in_order(known[name]))) for name in names)


def reference(arms: Sequence[Arm], name: str | None) -> Arm:
    """Return the arm whose floor the others are read against: the named one, or the first.

    Raises
    ------
    UnknownNameError
        There is no such arm.
    InputError
        It has one run, so that nothing was repeated.
    """
    by_name = {arm.name: arm for arm in arms}
    if name is not None and name not in by_name:
        raise UnknownNameError("arm in --floor-of", name, by_name)
    arm = by_name[name] if name is not None else arms[0]
    if len(arm.members) < FEWEST:
        raise InputError(
            f"arm {arm.name} has one run ({arm.members[0].name}); expected at least {FEWEST}, better "
            f"{ADVISED}, to know how much it differs from itself: crossoracle score STUDY "
            f"--oracle {arm.members[0].oracle} --runs {ADVISED}, or another --floor-of"
        )
    return arm


def run_pairs(a: Sequence[int], b: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of runs of two arms, or of one arm with itself: never a run with itself."""
    yield from combinations(a, 2) if tuple(a) == tuple(b) else product(a, b)
