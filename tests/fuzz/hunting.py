"""One hunt: so many inputs of one target, from one seed."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.targets import Target


@dataclass
class Hunt:
    """What a hunt came to: inputs fed, those that were taken, and the slowest of them in seconds."""

    inputs: int = 0
    taken: int = 0
    slowest_s: float = 0.0


def hunt(target: Target, examples: int, number: int = 0) -> Hunt:
    """Feed a target; the same number draws the same inputs. What it should not raise is raised."""
    outcome = Hunt()

    @seed(number)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.inputs())
    def feed(one: Any) -> None:
        began = time.perf_counter()
        outcome.inputs += 1
        outcome.taken += target.try_(one)
        outcome.slowest_s = max(outcome.slowest_s, time.perf_counter() - began)

    logging.disable()  # thousands of notes about ignored columns help nobody
    try:
        feed()
    finally:
        logging.disable(logging.NOTSET)
    return outcome
