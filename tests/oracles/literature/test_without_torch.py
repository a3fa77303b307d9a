"""What a user is told who asks for an oracle that learns, and has not installed what it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("name", ["action-sensitivity", "one-step-sampler"])
def test_the_extra_is_named(name):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from crossoracle.errors import NotInstalledError\n"
        "from crossoracle.oracles.catalogue import adapter\n"
        f"try: adapter({name!r}).load()\n"
        "except NotInstalledError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"oracle adapter {name}: found no module torch; pip install" in done.stdout
    assert "crossoracle[local]" in done.stdout
