"""The conditions of the published records by the names that they have here."""

from __future__ import annotations

import re
from contextlib import suppress

from crossoracle.errors import InputError
from crossoracle.sampling.catalogue import parse
from crossoracle.sampling.condition import Condition

SHUFFLED = "--shuffled"

NAMES = {
    "full": "full",
    "vlm-selected": "led@0",
    "lowest-evidence": "bottom",
    "uniform": "uniform",
    "random": "random",
    "motion": "motion",
    "vlm-weighted": "graded-kept",
}
SHARES = {
    "vlm-fastforward-a": "led",
    "lowest-evidence-fastforward-a": "inverted",
    "vlm-score-threshold-t": "threshold",
    "id-vlm-f": "budget",
    "id-anti-vlm-f": "anti",
    "id-random-f": "random",
    "id-temporal-f": "temporal",
    "id-motion-f": "motion",
}
"""How names begin that end in a number of hundredths, and what they are called here."""

HUNDREDTHS = re.compile(r"(.+-[aft])(\d{1,3})")


def condition(name: str, shuffled: bool = False) -> Condition | None:
    """Return the condition that a record names, or None where there is none like it.

    Parameters
    ----------
    name : str
        As the record has it, with or without ``--shuffled`` at its end.
    shuffled : bool
        Whether the record says elsewhere that the segments were shuffled.

    Examples
    --------
    >>> str(condition("vlm-fastforward-a25")), str(condition("id-motion-f05--shuffled"))
    ('led@0.25', 'motion@0.05+shuffled')
    >>> condition("vlm-anchored") is None
    True
    """
    plain = name.removesuffix(SHUFFLED)
    found = NAMES.get(plain)
    share = HUNDREDTHS.fullmatch(plain)
    if found is None and share is not None and share[1] in SHARES:
        found = f"{SHARES[share[1]]}@{int(share[2]) / 100}"
    with suppress(InputError):  # a share that is out of range
        return None if found is None else parse(found + ("+shuffled" if shuffled or plain != name else ""))
    return None
