"""Every coefficient by name, in the order in which tables show them.

A coefficient of categories takes the kept flags under its plain name and the levels of the scores under the
same name with the suffix ``_levels``. Each family declares its own beside the formulas.
"""

from __future__ import annotations

from collections.abc import Iterable

from crossoracle.agreement import alpha, concordance, correlation, fleiss, gwet, icc, kappa, overlap
from crossoracle.agreement.coefficient import Coefficient
from crossoracle.errors import UnknownNameError

FAMILIES = (correlation, concordance, kappa, fleiss, gwet, alpha, icc, overlap)
COEFFICIENTS: dict[str, Coefficient] = {c.name: c for family in FAMILIES for c in family.COEFFICIENTS}


def find(names: Iterable[str] = ()) -> list[Coefficient]:
    """Return the named coefficients in catalogue order; the default ones when no name is given.

    Raises
    ------
    UnknownNameError
        Naming the nearest known coefficient.
    """
    wanted = set(names)
    for name in sorted(wanted - COEFFICIENTS.keys()):
        raise UnknownNameError("coefficient", name, COEFFICIENTS)
    return [c for c in COEFFICIENTS.values() if (c.name in wanted if wanted else c.default)]
