"""What a user is told who asks for a local model and has not installed what it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crossoracle.errors import NotInstalledError
from crossoracle.oracles.catalogue import adapter


def test_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    for name in ("transformers", "engine"):
        monkeypatch.delitem(sys.modules, f"crossoracle.oracles.{name}", raising=False)
    with pytest.raises(NotInstalledError, match="found no module torch; pip install") as caught:
        adapter("transformers").load()
    assert "crossoracle[local]" in str(caught.value)


@pytest.mark.parametrize("name", ["motion", "center", "random", "replay"])
def test_oracles_without_a_model_load_nothing_heavy(name):
    code = (
        f"import sys; from crossoracle.oracles.catalogue import adapter; adapter({name!r}).load(); "
        "print({'torch', 'transformers', 'cv2', 'av', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
