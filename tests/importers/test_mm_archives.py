"""Archives of label files: read without being unpacked, and refused where they are hostile."""

from __future__ import annotations

import gzip
import io
import json
import resource
import tarfile
from pathlib import Path

import pytest

from crossoracle.errors import TableError
from crossoracle.importers.mm import archive
from crossoracle.importers.run import import_


def content(video_id):
    segment = {"index": 0, "start_s": 0, "end_s": 1, "weight": 0.5, "label": "important"}
    result = {"precheck_passed": True, "precheck_responses": []}
    return json.dumps(
        {"video_id": video_id, "video_path": "d/x.mp4", "segments": [segment], "mss_result": result}
    ).encode()


def file(name, data=None):
    member = tarfile.TarInfo(name)
    data = content(Path(name).stem) if data is None else data
    member.size = len(data)
    return member, data


def special(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


@pytest.fixture
def packed(tmp_path):
    """Write members into an archive and return its path."""

    def write(*members, name="sidecars-000.tar.gz"):
        path = tmp_path / name
        with tarfile.open(path, "w" if name.endswith(".tar") else "w:gz") as tar:
            for member, data in members:
                tar.addfile(member, io.BytesIO(data))
        return path

    return write


@pytest.fixture
def imported(tmp_path):
    def do(*paths):
        return import_("mm", paths, tmp_path / "study", oracle="qwen")

    return do


@pytest.mark.parametrize("name", ["sidecars-000.tar.gz", "sidecars-000.tgz", "sidecars-000.tar"])
def test_an_archive_is_read_where_it_is(packed, imported, tmp_path, name):
    members = [
        special("run", tarfile.DIRTYPE),
        file("run/a.json"),
        file("./b.json"),
        file("run/cache/c.json"),
    ]
    path = packed(*members, file("run/config.json"), file("notes.txt"), name=name)
    before = set(tmp_path.rglob("*"))
    done = imported(path)
    assert done.counts["prechecks"].new == 2
    assert done.notes[0].startswith("passed over, no label files: 3 files (")
    assert {p for p in set(tmp_path.rglob("*")) - before if "study" not in p.parts} == set()


def test_long_names_are_honest(packed, imported):
    assert imported(packed(file("d/" + "x" * 150 + ".json"))).counts["prechecks"].new == 1


HOSTILE = {
    "absolute": (file("/tmp/a.json"), r"found the absolute path /tmp/a\.json"),
    "drive": (file("C:\\a.json"), "found the absolute path C:"),
    "parent": (file("run/../../a.json"), r"found the path run/\.\./\.\./a\.json with \.\."),
    "parent of Windows": (file("run\\..\\a.json"), r"with \.\."),
    "symbolic link": (
        special("a.json", tarfile.SYMTYPE, "/etc/passwd"),
        r"found a link or device \(a\.json\)",
    ),
    "hard link": (special("a.json", tarfile.LNKTYPE, "b.json"), r"found a link or device \(a\.json\)"),
    "device": (special("a.json", tarfile.CHRTYPE), r"found a link or device \(a\.json\)"),
    "pipe": (special("a.json", tarfile.FIFOTYPE), r"found a link or device \(a\.json\)"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_no_honest_archive_holds_stops_the_import(kind, packed, imported, tmp_path):
    member, message = HOSTILE[kind]
    with pytest.raises(TableError, match=message) as caught:
        imported(packed(file("ok.json"), member))
    assert "\n" not in str(caught.value)
    assert "sidecars-000.tar.gz: found" in str(caught.value)
    assert not (tmp_path / "study").exists()


def test_a_file_of_absurd_size_is_not_read(packed, imported, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 10_000)
    with pytest.raises(
        TableError, match=r"found a\.json of 10,001 bytes, expected label files of at most 10,000"
    ):
        imported(packed(file("a.json", b" " * 10_001)))


def test_a_claimed_size_is_not_believed(imported, tmp_path):
    member = tarfile.TarInfo("a.json")
    member.size = 2**40
    path = tmp_path / "liar.tar"
    path.write_bytes(member.tobuf() + b"{}" * 256)
    with pytest.raises(TableError, match=r"found a\.json of 1,099,511,627,776 bytes"):
        imported(path)


def bomb(path, header, size):
    """Write an archive of a header that claims to be followed by a long name, and zeros for it."""
    with gzip.open(path, "wb", compresslevel=9) as stream:
        stream.write(header)
        for _ in range(size // 2**20):
            stream.write(bytes(2**20))
    return path


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
def test_a_bomb_in_a_header_does_not_fill_memory(kind, imported, tmp_path):
    member = tarfile.TarInfo("x")
    member.type, member.size = kind, 2**40
    path = bomb(tmp_path / "bomb.tar.gz", member.tobuf(tarfile.GNU_FORMAT), 2**28)
    assert path.stat().st_size < 2**20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(
        TableError, match=r"bomb\.tar\.gz: found .* bytes unpacked of .*, expected an archive"
    ):
        imported(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**28 / 2**10


def test_many_files_that_are_nearly_nothing_are_a_bomb(packed, imported, monkeypatch):
    monkeypatch.setattr(archive, "ALLOWANCE", 2**20)
    members = [file(f"{i}.json", b" " * 100_000) for i in range(60)]
    path = packed(*members)
    assert path.stat().st_size * archive.MOST_RATIO < 60 * 100_000 - 2**20
    with pytest.raises(TableError, match="bytes unpacked of"):
        imported(path)


def test_a_damaged_archive_is_read_as_far_as_it_goes(packed, imported, tmp_path):
    whole = packed(*(file(f"{i}.json", content(f"v{i}")) for i in range(400)))
    raw = gzip.decompress(whole.read_bytes())
    cases = {
        "cut.tar.gz": whole.read_bytes()[: whole.stat().st_size // 2],
        "cut between files.tar": raw[: 1024 * 20],
        "cut within a file.tar": raw[: 1024 * 20 + 700],
        "header.tar": raw[: 1024 * 30] + b"x" * 512 + raw[1024 * 30 + 512 :],
    }
    for name, data in cases.items():
        (tmp_path / name).write_bytes(data)
        done = import_("mm", tmp_path / name, tmp_path / f"study of {name}", oracle="qwen")
        assert 0 < done.counts["prechecks"].new < 400
        assert "damaged behind" in done.notes[0]
        assert f"{name}: damaged behind {done.counts['prechecks'].new} files" in done.notes[0]


def test_what_is_no_archive_is_named(imported, tmp_path):
    path = tmp_path / "sidecars-000.tar.gz"
    path.write_bytes(b"no archive at all")
    with pytest.raises(TableError, match=r"found no label file .*damaged behind 0 files"):
        imported(path)
