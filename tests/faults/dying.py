"""``crossoracle run`` that dies at one moment: ``python -m tests.faults.dying STUDY STEP MOMENT``.

Moments of a step: "before" it does anything; "staged", when its first files are written beside their places;
"moved", right after the first of them was renamed; "after" it is done, before that is written down.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from typing import Any

from crossoracle import workflow
from crossoracle.cli import run

MOMENTS = ("before", "staged", "moved", "after")


def die() -> None:
    """Go as a power cut goes: nothing of this process runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def doomed(step: workflow.Step, moment: str) -> workflow.Step:
    """Return a step in which the process dies."""

    def do(home: workflow.Home, tell: Any, watching: Any) -> Any:
        if moment == "before":
            die()
        if moment in ("staged", "moved"):
            _die_at_a_move(moment)
        found = step.do(home, tell, watching)
        die()
        return found

    return replace(step, do=do)


def _die_at_a_move(moment: str) -> None:
    real = os.replace

    def move(*names: Any) -> None:
        if moment == "moved":
            real(*names)
        die()

    os.replace = move


if __name__ == "__main__":
    study, name, when = sys.argv[1:]
    workflow.STEPS = tuple(doomed(step, when) if step.name == name else step for step in workflow.STEPS)
    sys.exit(run(["run", study]))
