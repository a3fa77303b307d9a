"""Every contrast by name, and those that are written out: "led@0 - motion"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crossoracle.analysis import contrasts
from crossoracle.analysis.contrast import Comparison, Contrast, pair
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.sampling.catalogue import parse

CONTRASTS: dict[str, Contrast] = {contrast.name: contrast for contrast in contrasts.CONTRASTS}
MINUS = " - "


def canonical(condition: str) -> str:
    """Return a condition as the catalogue writes it; one that came from elsewhere stays as it is.

    Examples
    --------
    >>> canonical("led@0.30"), canonical("vlm-selected")
    ('led@0.3', 'vlm-selected')
    """
    try:
        return str(parse(condition))
    except UnknownNameError:
        return condition


def find(names: Sequence[str], conditions: Sequence[str]) -> list[Contrast]:
    """Return contrasts by name, or from two conditions with " - " between them; all of them by default.

    Parameters
    ----------
    conditions : sequence of str
        Those that there are predictions of; a contrast that is written out may only speak of them.

    Raises
    ------
    UnknownNameError
        There is no such contrast, or no prediction under such a condition; the message names the nearest.
    InputError
        A condition would be taken from itself.
    """
    if not names:
        return list(CONTRASTS.values())
    found: dict[str, Contrast] = {}
    for name in names:
        one = _written(name, conditions) if MINUS in name else CONTRASTS.get(name)
        if one is None:
            raise UnknownNameError("contrast", name, [*CONTRASTS, "A - B"])
        found[one.name] = one
    return list(found.values())


def _written(text: str, conditions: Sequence[str]) -> Contrast:
    a, b = (canonical(side.strip()) for side in text.split(MINUS, 1))
    for side in (a, b):
        if side not in conditions:
            raise UnknownNameError(f"condition of the predictions in --contrast {text!r}:", side, conditions)
    if a == b:
        raise InputError(f"--contrast {text!r}: found the same condition twice, expected two")
    name = f"{a}{MINUS}{b}"
    return Contrast(name, name, name, "As it was asked for.", pair(name, a, b))


def comparisons(wanted: Sequence[Contrast], conditions: Sequence[str]) -> Iterator[Comparison]:
    """Yield what the conditions allow; a pair that two contrasts ask for is compared once, by the first."""
    seen: set[tuple[frozenset[str], ...]] = set()
    for one in (comparison for contrast in wanted for comparison in contrast.among(conditions)):
        sides = frozenset({frozenset(one.plus), frozenset(one.minus)})
        key = (frozenset({*one.best, "areas"} if one.areas else one.best), *sorted(sides, key=sorted))
        if key not in seen:
            seen.add(key)
            yield one
