"""Sets of oracles as the flow table writes them: joined, whatever their names hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crossoracle.precheck.counting import TOGETHER


def oracles_of(sets: Iterable[str]) -> list[str]:
    """Return the sorted names that joined sets are made of; a name may itself hold the separator."""
    names: list[str] = []
    for found in sorted(sets, key=len):
        if not members(found, names):
            names.append(found)
    return sorted(names)


def members(joined: str, names: Sequence[str]) -> tuple[str, ...]:
    """Split a joined set into its names; empty where it is not made of them."""
    if joined in names:
        return (joined,)
    for name in names:
        rest = (
            members(joined.removeprefix(name + TOGETHER), names) if joined.startswith(name + TOGETHER) else ()
        )
        if rest:
            return (name, *rest)
    return ()
