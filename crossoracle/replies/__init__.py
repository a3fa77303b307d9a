"""The one reader of an oracle's reply, live or imported: text in, decision, scores and what was wrong out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crossoracle.replies.read import Outcome, ScoreRead, VerifyRead
    from crossoracle.replies.reading import read_score, read_verify
    from crossoracle.replies.schema import (
        SCORE_SCHEMA,
        VERIFY_SCHEMA,
        ScoreReply,
        SegmentReply,
        VerifyReply,
        score_schema,
        verify_schema,
    )

_HOMES = {
    "SCORE_SCHEMA": "schema",
    "VERIFY_SCHEMA": "schema",
    "Outcome": "read",
    "ScoreRead": "read",
    "ScoreReply": "schema",
    "SegmentReply": "schema",
    "VerifyRead": "read",
    "VerifyReply": "schema",
    "read_score": "reading",
    "read_verify": "reading",
    "score_schema": "schema",
    "verify_schema": "schema",
}

__all__ = [
    "SCORE_SCHEMA",
    "VERIFY_SCHEMA",
    "Outcome",
    "ScoreRead",
    "ScoreReply",
    "SegmentReply",
    "VerifyRead",
    "VerifyReply",
    "read_score",
    "read_verify",
    "score_schema",
    "verify_schema",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
