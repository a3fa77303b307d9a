"""What the tests of the runner share: scripted adapters, and oracles over a ledger of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crossoracle.oracles.asking.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


@pytest.fixture
def reopened(tmp_path: Path) -> Callable[[], Ledger]:
    """Open the ledger once more, as another process would."""
    return lambda: Ledger(tmp_path / "ledger.sqlite")
