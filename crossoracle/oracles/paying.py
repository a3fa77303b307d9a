"""Which oracles cost money: asked by whoever must not spend any unless told to."""

from __future__ import annotations

from crossoracle.oracles.adapters.prices import Used, cost_usd
from crossoracle.oracles.reaching import chosen, reach
from crossoracle.oracles.settings import Settings


def free(settings: Settings, name: str) -> bool:
    """Whether asking an oracle is free for certain.

    It is where its adapter never costs anything, or where its price is known and 0: ``priced_as = "free"``,
    for a server of one's own. An oracle of unknown price may cost something.

    Raises
    ------
    UnknownNameError, InputError
        The oracle, or one of its options, is not known.
    """
    (section,) = chosen(settings, (name,))
    reached = reach(section, settings.directory)
    if not reached.spec.paid:
        return True
    priced_as = getattr(reached.adapter, "priced_as", None)
    return priced_as is not None and cost_usd(Used(1000, 1000), str(priced_as), provider="") == 0
