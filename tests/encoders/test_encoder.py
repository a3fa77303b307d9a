"""Encoders by name: what is missing is named."""

from __future__ import annotations

import pytest

from crossoracle.encoders import encoder as room
from crossoracle.errors import NotInstalledError


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (ModuleNotFoundError("No module named 'torchvision'", name="torchvision"), "torchvision is not inst"),
        (None, "could not import AutoImageProcessor"),
    ],
)
def test_what_is_not_installed_is_named(monkeypatch, cause, told):
    def missing(name):
        raise ModuleNotFoundError("could not import AutoImageProcessor") from cause

    monkeypatch.setattr(room, "import_module", missing)
    with pytest.raises(NotInstalledError, match=rf"model some/clip: {told}.*; pip install 'cross"):
        room.encoder("some/clip")
