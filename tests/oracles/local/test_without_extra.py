"""What a user is told who asks for a local model and has not installed what it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_the_extra_is_named():
    # in a process of its own: transformers remembers for good that it was imported without torch
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from crossoracle.errors import NotInstalledError\n"
        "from crossoracle.oracles.catalogue import adapter\n"
        "try: adapter('transformers').load()\n"
        "except NotInstalledError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "found no module torch; pip install" in done.stdout
    assert "crossoracle[local]" in done.stdout


@pytest.mark.parametrize("name", ["motion", "center", "random", "replay"])
def test_oracles_without_a_model_load_nothing_heavy(name):
    code = (
        f"import sys; from crossoracle.oracles.catalogue import adapter; adapter({name!r}).load(); "
        "print({'torch', 'transformers', 'cv2', 'av', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
