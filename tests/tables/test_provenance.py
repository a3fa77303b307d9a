from __future__ import annotations

import hashlib
import os

import pytest

from crossoracle.provenance import Provenance, digest, read_sidecar, sidecar_path, write_sidecar


def test_a_digest_is_the_sha_256_of_the_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"moments" * 99999)
    assert digest(path) == hashlib.sha256(b"moments" * 99999).hexdigest()


def test_a_sidecar_stands_beside_its_artefact_and_is_read_back(tmp_path):
    figure = tmp_path / "figure.pdf"
    figure.write_bytes(b"pdf")
    written = write_sidecar(figure, Provenance("draw", {}, {"width": 3.5}), facts={"figure": "forest"})
    assert written == sidecar_path(figure) == tmp_path / "figure.pdf.json"
    record = read_sidecar(figure)
    assert (record["sha256"], record["figure"], record["options"]) == (
        digest(figure),
        "forest",
        {"width": 3.5},
    )
    assert record["seed"] is None
    assert sorted(os.listdir(tmp_path)) == ["figure.pdf", "figure.pdf.json"]


@pytest.mark.parametrize("content", [None, "", "{", "[1]", '"x"'])
def test_what_is_no_sidecar_is_none(tmp_path, content):
    if content is not None:
        (tmp_path / "x.json").write_text(content)
    assert read_sidecar(tmp_path / "x") is None
