"""The bars of a run: rate, cost and end on a terminal, and nothing at all elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from crossoracle.oracles.asking.spending import Spent
from crossoracle.terminal.asking import asking


def _shown(*, terminal: bool, cost_usd: float | None) -> str:
    screen = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    with asking({"gpt-5.5": 3}, screen) as tell:
        tell("gpt-5.5", Spent(1, 1, 0, 10, 10, cost_usd))
        tell("gpt-5.5", Spent(1, 1, 0, 10, 10, 0.25))
    return screen.file.getvalue()


def test_on_a_terminal():
    shown = _shown(terminal=True, cost_usd=0.5)
    assert "gpt-5.5" in shown
    assert "2/3" in shown
    assert "$0.75" in shown
    assert "price unknown" in _shown(terminal=True, cost_usd=None)


def test_elsewhere():
    assert _shown(terminal=False, cost_usd=0.5).strip() == ""
