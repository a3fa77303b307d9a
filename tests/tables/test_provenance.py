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


@pytest.fixture
def reads(monkeypatch):
    """Return the paths that are read to be digested, as they are."""
    seen, really = [], hashlib.file_digest
    monkeypatch.setattr(
        hashlib, "file_digest", lambda file, kind: seen.append(file.name) or really(file, kind)
    )
    return seen


def aged(path, seconds=60):
    """Let a file be so old; the time of its last change of state cannot be set, so the clock goes on."""
    state = os.stat(path)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns - seconds * 10**9))


def test_a_file_that_stays_is_read_once(tmp_path, reads, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"one")
    monkeypatch.setattr("crossoracle.provenance.time.time_ns", lambda: os.stat(path).st_ctime_ns + 10**10)
    assert digest(path) == digest(str(path)) == hashlib.sha256(b"one").hexdigest()
    assert reads == [str(path)]
    path.write_bytes(b"two")  # as long as before
    aged(path)
    assert digest(path) == hashlib.sha256(b"two").hexdigest()
    os.replace(path, tmp_path / "y")
    with pytest.raises(FileNotFoundError):
        digest(path)


def test_a_file_that_has_just_changed_is_read_again(tmp_path, reads):
    """Two writings within one tick of a coarse clock look the same."""
    path = tmp_path / "x"
    for content in (b"one", b"two"):
        path.write_bytes(content)
        os.utime(path, ns=(0, 0))  # whatever the file says of its age: it was changed just now
        assert digest(path) == digest(path) == hashlib.sha256(content).hexdigest()
    assert len(reads) == 4
