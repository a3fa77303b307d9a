"""Label files out of a tar archive, one at a time, without anything being written to disk.

An archive may come from anywhere. What an honest one never holds (absolute paths, "..", links, devices, files
of absurd size, or next to nothing that unpacks to very much) stops the import.
"""

from __future__ import annotations

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from crossoracle.errors import TableError
from crossoracle.importers.mm.findings import Findings, printable

SUFFIXES = (".tar", ".tar.gz", ".tgz")
MOST_BYTES = 32 * 2**20
"""How large one label file may be; real ones have some kilobytes."""
MOST_RATIO, ALLOWANCE = 200, 64 * 2**20
"""How much an archive may unpack to, per byte, and in any case; real ones unpack to ten times their size."""
ABSOLUTE, SEPARATOR = re.compile(r"[\\/]|[A-Za-z]:"), re.compile(r"[\\/]")
"""Paths of any system count, whichever this one is."""
BLOCK, CHUNK = 512, 2**15


def is_archive(name: str) -> bool:
    """Return whether a name is that of an archive."""
    return name.lower().endswith(SUFFIXES)


def members(path: Path, findings: Findings) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every file in an archive.

    One that is damaged is read as far as it goes, and then counted as malformed.

    Raises
    ------
    TableError
        The archive holds what no honest one holds.
    """
    with _unpacked(path) as stream:
        unpacked, count = _Counted(stream, path), 0
        try:
            with tarfile.open(fileobj=cast(IO[bytes], unpacked), mode="r|", bufsize=CHUNK) as tar:
                while (member := tar.next()) is not None:
                    _refuse(path, member)
                    unpacked.since = 0
                    content = tar.extractfile(member) if member.isreg() else None
                    if content is not None:
                        yield member.name, content.read()
                        count += 1
                    cast(Any, tar).members.clear()  # or they would pile up
                _ends(tar, unpacked)
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            findings.add("malformed", str(path), f"damaged behind {count} files, read up to there ({error})")


class _Counted:
    """A stream that counts what comes out of it, and stops when that is absurd."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self.stream, self.path = stream, path
        self.most = ALLOWANCE + MOST_RATIO * path.stat().st_size
        self.total = self.since = 0
        self.tail = b""

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.total += len(data)
        self.since += len(data)
        self.tail = (self.tail + data)[-BLOCK:]
        # headers that claim to be long would be held in memory, whatever follows them
        if self.since > 2 * (MOST_BYTES + CHUNK) or self.total > self.most:
            found = f"{self.total:,} bytes unpacked of {self.path.stat().st_size:,}"
            raise _refused(self.path, found, "an archive that unpacks to some ten times its size")
        return data


def _unpacked(path: Path) -> IO[bytes]:
    return open(path, "rb") if path.name.lower().endswith(".tar") else cast(IO[bytes], gzip.open(path))


def _refuse(path: Path, member: tarfile.TarInfo) -> None:
    name = member.name
    if ABSOLUTE.match(name):
        raise _refused(path, f"the absolute path {name}", "paths inside the archive")
    if ".." in SEPARATOR.split(name):
        raise _refused(path, f"the path {name} with ..", "paths inside the archive")
    if not member.isreg() and not member.isdir():
        raise _refused(path, f"a link or device ({name})", "plain files")
    if not 0 <= member.size <= MOST_BYTES:
        raise _refused(path, f"{name} of {member.size:,} bytes", f"label files of at most {MOST_BYTES:,}")


def _refused(path: Path, found: str, expected: str) -> TableError:
    return TableError(
        f"{path}: found {printable(found)}, expected {expected}; nothing was imported: get the archive anew "
        "from where you trust it"
    )


def _ends(tar: tarfile.TarFile, unpacked: _Counted) -> None:
    """Look for the blocks of zeros at the end; tarfile takes a damaged header for the end, too."""
    rest = cast(IO[bytes], tar.fileobj)
    while chunk := rest.read(CHUNK):
        if chunk.strip(b"\0"):
            raise tarfile.ReadError("damaged header")
    if len(unpacked.tail) < BLOCK or unpacked.tail.strip(b"\0"):
        raise tarfile.ReadError("no end")
