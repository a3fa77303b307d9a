"""Which moments of a video matter, and whether the oracles agree on it.

>>> from crossoracle import Study
>>> study = Study("study/")                         # doctest: +SKIP
>>> study.agree(seed=7).estimates                   # doctest: +SKIP

Nothing is loaded before it is asked for: a name brings only the module that it lives in.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crossoracle.agreement.catalogue import COEFFICIENTS
    from crossoracle.agreement.ratings import Ratings
    from crossoracle.agreement.run import agree
    from crossoracle.config import Study
    from crossoracle.errors import CrossoracleError
    from crossoracle.figures.catalogue import FIGURES
    from crossoracle.results import Differences, Estimate, Estimates, Interval
    from crossoracle.tables.catalogue import TABLES
    from crossoracle.tables.reading import connect, read
    from crossoracle.tables.writing import write

__version__ = "0.1.0"

__all__ = [
    "COEFFICIENTS",
    "FIGURES",
    "TABLES",
    "CrossoracleError",
    "Differences",
    "Estimate",
    "Estimates",
    "Interval",
    "Ratings",
    "Study",
    "__version__",
    "agree",
    "connect",
    "read",
    "write",
]

_LIVES_IN = {
    "COEFFICIENTS": "agreement.catalogue",
    "CrossoracleError": "errors",
    "Differences": "results",
    "Estimate": "results",
    "Estimates": "results",
    "FIGURES": "figures.catalogue",
    "Interval": "results",
    "Ratings": "agreement.ratings",
    "Study": "config",
    "TABLES": "tables.catalogue",
    "agree": "agreement.run",
    "connect": "tables.reading",
    "read": "tables.reading",
    "write": "tables.writing",
}


def __getattr__(name: str) -> Any:
    if name not in _LIVES_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LIVES_IN[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
