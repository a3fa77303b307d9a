"""An SDK is imported by the first question, not by its adapter, and never by the catalogue."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("openai", "google.genai", "anthropic", "genai_prices", "httpx2", "cv2", "numpy.linalg", "torch")


def _loaded(code: str) -> set[str]:
    report = f"import sys\n{code}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", ["openai", "gemini", "anthropic"])
def test_an_adapter_imports_its_sdk_late(name: str) -> None:
    code = (
        "from crossoracle.oracles.catalogue import adapter\n"
        f"made = adapter({name!r}).load()(model='m')\n"
        "made.wire(); made.capabilities; repr(made)"
    )
    assert not _loaded(code) & {"openai", "google.genai", "anthropic", "genai_prices", "httpx2", "cv2"}


def test_the_catalogue_imports_nothing_heavy() -> None:
    assert not _loaded("import crossoracle.oracles.catalogue") & set(HEAVY) - {"numpy.linalg"}


def test_presets_make_adapters() -> None:
    code = (
        "from crossoracle.oracles.catalogue import PRESETS, adapter\n"
        "for preset in PRESETS:\n"
        "    adapter(preset.adapter).load()(**preset.settings)"
    )
    assert _loaded(code) <= {"numpy.linalg"}
