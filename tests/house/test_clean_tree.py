"""The repository speaks of the product alone: no path, host or index of the machine it was written on."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("home", "root", "Users", "work", "opt", "mnt")  # at the top of somebody's file system
SOURCES = ("index", "url"), ("find", "links")  # options of an installer that name a host
MACHINE = re.compile(
    rf"(?<![\w.:/])/(?:{'|'.join(ROOMS)})/|file:/{{2}}|(?:{'|'.join(map('-'.join, SOURCES))})\b"
)


def _files() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: the list of files is git's")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="ignore")


def test_no_path_of_a_machine():
    here = {f"{place}/" for place in (ROOT.parent, Path.home()) if len(place.parts) > 1}
    found = {
        path.relative_to(ROOT).as_posix(): line.strip()[:80]
        for path in _files()
        for line in _text(path).splitlines()
        if MACHINE.search(line) or any(place in line for place in here)
    }
    assert not found


def test_no_host_name():
    host = socket.gethostname()
    if len(host) < 6:
        pytest.skip("the host's name is too short to look for")
    assert not [path for path in _files() if host in _text(path)]


def test_files_are_small():
    assert not [path for path in _files() if path.stat().st_size > 400 * 1024]


def test_constraints_name_versions_only():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.!+-]+|#.*", line) for line in lines)
