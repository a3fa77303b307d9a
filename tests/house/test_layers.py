"""The floors of the house: import-linter reads the contracts in pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


def test_contracts_are_kept():
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_stands_on_a_floor():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = {room.strip() for layer in contracts[0]["layers"] for room in layer.split("|")}
    rooms = {
        f"crossoracle.{path.stem}"
        for path in (ROOT / "crossoracle").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"crossoracle.__init__"}
    assert rooms == floors
