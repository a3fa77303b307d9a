"""The same work by the closest peers, each in an environment of its own: ``python -m bench.peers``.

One study without missing ratings; each peer computes one coefficient that it knows, with an interval from
videos resampled whole, in a process of its own that begins with reading the data. `crossoracle agree` does
the same coefficient for all pairs. Values have to be the same to 1e-9. Environments are made in a temporary
directory by pip, whose index must have the peers. Results go to results/peers.json and docs/peers.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.measuring import Measured, measure, save, verb

VIDEOS, ORACLES, SEGMENTS = 369, 4, 10
REPLICATES, PATIENCE_S, SAME = 9999, 20.0, 1e-9
PEER = Path(__file__).with_name("peer.py")
PAGE = Path(__file__).parents[1] / "docs" / "peers.md"
BEGINS = "## How fast\n"


@dataclass(frozen=True)
class Peer:
    """A peer: its job in `bench.peer`, what pip installs, the coefficient, and which row is compared."""

    job: str
    packages: tuple[str, ...]
    coefficient: str
    title: str
    pair: bool = True
    same: float = SAME  # some round
    pins: tuple[str, ...] = ()  # what the peer does not say that it cannot do with


PEERS = (
    Peer("numpy", ("numpy",), "cohen_kappa", "a loop in NumPy"),
    Peer("scipy", ("scipy", "scikit-learn"), "cohen_kappa", "scipy.stats.bootstrap, scikit-learn"),
    Peer("arch", ("arch",), "pearson", "arch, NumPy", pins=("pandas<3",)),
    Peer("rliable", ("rliable", "scipy"), "spearman_within", "rliable, SciPy", pins=("pandas<3",)),
    Peer("krippendorff", ("krippendorff",), "alpha_interval", "krippendorff", pair=False),
    Peer("irrcac", ("irrCAC",), "gwet_ac1_all", "irrCAC", pair=False, same=5e-6),
    Peer("pingouin", ("pingouin",), "icc_2_1", "pingouin", pair=False),
)


def main() -> None:
    """Run all sides and write the record and the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer", nargs="+", choices=[one.job for one in PEERS])
    given = parser.parse_args()
    print(compare(given.runs, given.peer))


def compare(runs: int = 3, only: list[str] | None = None) -> Path:
    """Measure every side, one after the other."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        data = write(home)
        rows = [
            side(home, one, data, runs, environment(home / one.job, (*one.packages, *one.pins)))
            for one in PEERS
            if only is None or one.job in only
        ]
    job = f"{VIDEOS} videos x {SEGMENTS} segments x {ORACLES} oracles, B = {REPLICATES:,}, videos resampled"
    path = save("peers", {"job": job, "peers": rows})
    publish(json.loads(path.read_text(encoding="utf-8")))
    return path


def publish(record: dict[str, Any]) -> None:
    """Write the end of docs/peers.md."""
    begin, _, _ = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    PAGE.write_text("\n".join([begin + BEGINS, *section(record)]) + "\n", encoding="utf-8")


def write(home: Path) -> Path:
    """Write the ratings: for the peers as arrays, for crossoracle as a table."""
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(VIDEOS, 1, SEGMENTS)) + rng.normal(scale=0.5, size=(VIDEOS, 1, 1))
    seen = truth + rng.normal(scale=0.8, size=(VIDEOS, ORACLES, SEGMENTS))
    score = np.round(1 / (1 + np.exp(-seen)), 2)
    kept = (score >= 0.5).astype(np.int64)
    np.savez(home / "data.npz", score=score, kept=kept)
    (home / "study").mkdir()
    with (home / "study" / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        names = ("dataset", "video_id", "oracle", "segment", "start_s", "end_s", "score", "kept")
        table.writerow(names)
        for v, g, s in np.ndindex(score.shape):
            place = ("d", f"v{v:03}", f"oracle-{g}", s, s / 2, (s + 1) / 2)
            table.writerow((*place, score[v, g, s], bool(kept[v, g, s])))
    return home / "data.npz"


def environment(place: Path, packages: tuple[str, ...]) -> Path:
    """Make an environment that has a peer, and return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "numpy", *packages]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    return python


def side(home: Path, peer: Peer, data: Path, runs: int, python: Path) -> dict[str, Any]:
    """Measure a peer and crossoracle beside it, in turns of whole processes.

    Raises
    ------
    RuntimeError
        They do not give the same value.
    """
    theirs = measure([str(python), "-P", str(PEER), peer.job, str(data), str(PATIENCE_S), *peer.packages])
    ours = measure(
        verb(
            *("agree", home / "study", "--scores", home / "study" / "scores.csv", "--seed", 7, "--json"),
            *("--coefficient", peer.coefficient, "--replicates", REPLICATES),
        ),
        runs,
    )
    row = ours_of(home / "study", peer)
    if abs(row["value"] - theirs.answer["value"]) > peer.same:
        raise RuntimeError(f"{peer.job}: {peer.coefficient} is {theirs.answer['value']}, ours {row['value']}")
    whole = extrapolated(theirs)
    return {
        **{name: getattr(peer, name) for name in ("job", "title", "coefficient", "pair")},
        "peer": theirs.record() | theirs.answer | {"extrapolated_s": whole},
        "crossoracle": ours.record() | row,
        "ratio": whole / ours.seconds,
    }


def ours_of(study: Path, peer: Peer) -> dict[str, float]:
    """Return what `agree` wrote of the coefficient, of the first pair or of all oracles."""
    with (study / "results" / "estimates.csv").open(encoding="utf-8") as file:
        row = next(
            row
            for row in csv.DictReader(file)
            if row["statistic"] == peer.coefficient
            and (row["oracle_a"], row["oracle_b"]) == (("oracle-0", "oracle-1") if peer.pair else ("", ""))
        )
    return {name: float(row[name]) for name in ("value", "low", "high")}


def extrapolated(theirs: Measured) -> float:
    """Return the seconds of the whole process with all replicates."""
    done, each = theirs.answer["replicates"], theirs.answer["seconds_each"]
    return theirs.seconds + (REPLICATES - done) * each


HEAD = """\
{job}; no rating is missing. Each peer
computes one coefficient with an interval from whole videos, in an environment and a process of its own that
begins with its imports; where {patience:.0f} s were not enough for all replicates, the rest is extrapolated.
`crossoracle agree` is the whole verb, from reading the table to writing results, and does all six pairs where
the peer does one. The values are the same to 1e-9; irrCAC rounds to five digits.

| peer | coefficient | its seconds | replicates it did | crossoracle, seconds | ratio |
|---|---|---:|---:|---:|---:|"""


def section(record: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the page that follow its heading."""
    yield HEAD.format(job=record["job"], patience=PATIENCE_S)
    for row in record["peers"]:
        theirs, ours = row["peer"], row["crossoracle"]
        versions = ", ".join(f"{name} {number}" for name, number in theirs["versions"].items())
        numbers = (
            f"{theirs['extrapolated_s']:,.1f} | {theirs['replicates']:,} | {ours['seconds']:.1f} | "
            f"{row['ratio']:,.1f}"
        )
        yield f"| {row['title']} ({versions}) | `{row['coefficient']}` | {numbers} |"
    machine = record["machine"]
    yield (
        f"\n{record['date']}, {machine['cores']} cores; written by `python -m bench.peers`. What libraries "
        "take for a whole pilot, all coefficients and slices, is in `bench/results/` (`make bench`)."
    )


if __name__ == "__main__":
    main()
