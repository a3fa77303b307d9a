"""The corridor: every table of a study, declared once; reading, writing, validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crossoracle.tables.merging import Upserted
    from crossoracle.tables.reading import connect, read
    from crossoracle.tables.writing import Batch, upsert, write

EDGE_S = 1.001e-3
"""By how much borders of segments may miss each other, in seconds: 1 ms, and a little more for rounding."""

_HOMES = {
    "Batch": "writing",
    "Upserted": "merging",
    "connect": "reading",
    "read": "reading",
    "upsert": "writing",
    "write": "writing",
}

__all__ = ["EDGE_S", "Batch", "Upserted", "connect", "read", "upsert", "write"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
