"""Whether a file lies on a disk of this machine: SQLite's write-ahead log needs memory that is shared."""

from __future__ import annotations

from pathlib import Path

MOUNTS = Path("/proc/self/mounts")
NETWORK = frozenset(
    [
        "9p",
        "afs",
        "afpfs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "gpfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs3",
        "nfs4",
        "orangefs",
        "smb2",
        "smb3",
        "smbfs",
        "virtiofs",
    ]
)
FUSE = frozenset(["ceph", "cephfs", "gcsfuse", "glusterfs", "juicefs", "rclone", "s3fs", "sshfs"])


def network_file_system(path: str | Path, mounts: Path = MOUNTS) -> str | None:
    """Return the name of the network file system that a path lies on; None where it is local, or not known.

    Parameters
    ----------
    path : path
        A file, which need not be there yet.
    mounts : path
        The list of what is mounted where, as Linux writes it; other systems have none.
    """
    found = str(Path(path).absolute().resolve())
    if found.startswith(("\\\\", "//")):
        return "smb"
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    places = [(_plain(fields[1]), fields[2]) for line in lines if len(fields := line.split()) > 2]
    above = [(place, kind) for place, kind in places if _below(found, place)]
    # of two on the same place the later one hides the earlier
    kind = max(enumerate(above), key=lambda item: (len(item[1][0]), item[0]))[1][1] if above else None
    return kind if kind and (kind in NETWORK or kind.removeprefix("fuse.") in FUSE) else None


def _below(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")


def _plain(place: str) -> str:
    """Return a name without the octal escapes that the list of mounts has for spaces."""
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        place = place.replace(code, letter)
    return place
