"""A cluster of two nodes on this machine, and a study that is compared on it while one of them dies.

``python -m tests.shelves.driving STUDY OUT`` does it in a process of its own, since Ray talks to itself by
the address of the machine, and prints what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import ray

from crossoracle import Study
from crossoracle.agreement import shelving
from tests.nodes import two_nodes
from tests.shelves.shelved import HOW


def main(study: Path, out: Path) -> None:
    shelving.VIDEOS = 100
    with two_nodes() as nodes:
        before, lost = len(ray.nodes()), []

        def disturb(what: str, share: float) -> None:
            if what == "resampling" and 0 < share < 1 and not lost:
                lost.append(share)
                nodes.lose_one()

        found = Study(study).agree(out=out, engine="ray", progress=disturb, differences=True, **HOW)
        alive = sum(each["Alive"] for each in ray.nodes())
    print(json.dumps({"daemons": nodes.daemons, "nodes": before, "alive": alive, "notes": found.notes}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
