"""What is loaded before a verb runs: the standard library and click, nothing heavier."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = """
    numpy scipy pandas statsmodels sklearn matplotlib seaborn duckdb rich h5py threadpoolctl krippendorff
"""
PROBE = "; print(sorted(set({heavy!r}.split()) & set(sys.modules)))"


def _loaded(code: str) -> str:
    program = "import sys; " + code + PROBE.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "code",
    [
        "import crossoracle; dir(crossoracle)",
        "import crossoracle.cli",
        "import crossoracle.__main__",
        "from crossoracle.cli import run; run(['--help'])",
        "from crossoracle.cli import run; run(['--version'])",
        "from crossoracle.cli import run; run(['agree', '--help'])",
        "from crossoracle.cli import run; run(['agree', '--no-such-option'])",
    ],
)
def test_nothing_heavier_than_click(code):
    assert _loaded(code) == "[]"


def test_the_front_door_opens_what_is_asked_for():
    assert _loaded("from crossoracle import Interval") == "[]"
