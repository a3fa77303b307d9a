"""What the verbs hand back, for those who want to name its type: each stands in the room it comes from."""

from __future__ import annotations

from crossoracle.agreement.summary import Agreed, Basis
from crossoracle.precheck.summary import Flow

__all__ = ["Agreed", "Basis", "Flow"]
