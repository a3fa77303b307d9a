"""A cluster of two nodes on this machine, and a study that is scored on it while a worker and a node die.

``python -m tests.oracles.ray.driving STUDY VIDEOS`` prints what came of it as JSON, in a process of
its own, since Ray talks to itself by the address of the machine.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

from crossoracle import Study
from crossoracle.oracles import catalogue
from crossoracle.oracles.oracle import AdapterSpec
from tests.nodes import two_nodes, wait
from tests.oracles.ray.slow import GATE

SPEC = AdapterSpec("slow", "for tests", "tests.oracles.ray.slow:Slow", paid=False)


def answered(study: Path) -> int:
    file = study / "ledger.sqlite"
    if not file.is_file():
        return 0
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM calls WHERE state = 'answered'").fetchone()[0]
    except sqlite3.Error:
        return 0  # not yet a ledger


def main(study: Path, videos: Path) -> None:
    told: dict[str, object] = {}
    with two_nodes() as nodes:

        def disturb() -> None:
            wait(lambda: answered(study) >= 6)
            told["workers"] = nodes.kill_a_worker()
            began = answered(study)
            wait(lambda: answered(study) >= began + 6)
            nodes.lose_one()
            told["answered when the node died"] = answered(study)
            Path(os.environ[GATE]).touch()

        disturbing = threading.Thread(target=disturb)
        disturbing.start()
        try:
            (asking,) = Study(study, videos=videos).score(engine="ray", oracles=("slow",)).oracles
        finally:
            disturbing.join()
        Study(study, videos=videos).score(engine="ray", oracles=("mistyped",))
    told |= {"daemons": nodes.daemons, "outcomes": dict(asking.outcomes), "stopped": asking.stopped}
    print(json.dumps(told))


if __name__ == "__main__":
    catalogue.ADAPTERS = (*catalogue.ADAPTERS, SPEC)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
