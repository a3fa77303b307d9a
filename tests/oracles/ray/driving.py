"""A cluster of two nodes on this machine, and a study that is scored on it while a worker and a node die.

``python -m tests.oracles.ray.driving STUDY VIDEOS`` prints what came of it as JSON, in a process of
its own, since Ray talks to itself by the address of the machine.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import ray
from ray.cluster_utils import Cluster

from crossoracle import Study
from crossoracle.oracles import catalogue
from crossoracle.oracles.oracle import AdapterSpec
from tests.oracles.ray.slow import GATE

SPEC = AdapterSpec("slow", "for tests", "tests.oracles.ray.slow:Slow", paid=False)
STORE = 80_000_000  # bytes, the least that Ray takes


def answered(study: Path) -> int:
    file = study / "ledger.sqlite"
    if not file.is_file():
        return 0
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT count(*) FROM calls WHERE state = 'answered'").fetchone()[0]
    except sqlite3.Error:
        return 0  # not yet a ledger


def workers(raylets: set[int]) -> list[int]:
    """Return the processes of these daemons that hold a model."""
    found = []
    for place in Path("/proc").iterdir():
        try:
            title, parent = (
                (place / "cmdline").read_bytes(),
                (place / "stat").read_text().rpartition(")")[2].split()[1],
            )
        except OSError:
            continue
        if title.startswith(b"ray::Worker") and int(parent) in raylets:
            found.append(int(place.name))
    return found


def wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 40
    while not until() and time.monotonic() < end:
        time.sleep(0.005)


def main(study: Path, videos: Path) -> None:
    head = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    node = cluster.add_node(num_cpus=1, object_store_memory=STORE)
    kinds = [each.all_processes for each in cluster.list_all_nodes()]
    daemons = [one.process.pid for each in kinds for ones in each.values() for one in ones]
    raylets = {one.process.pid for each in kinds for one in each["raylet"]}
    ray.init(address=cluster.address, log_to_driver=False)
    told: dict[str, object] = {"daemons": daemons}

    def disturb() -> None:
        wait(lambda: len(workers(raylets)) == 2 and answered(study) >= 6)
        told["workers"] = len(workers(raylets))
        os.kill(workers(raylets)[0], signal.SIGKILL)
        began = answered(study)
        wait(lambda: answered(study) >= began + 6)
        cluster.remove_node(node, allow_graceful=False)
        told["answered when the node died"] = answered(study)
        Path(os.environ[GATE]).touch()

    disturbing = threading.Thread(target=disturb)
    disturbing.start()
    try:
        (asking,) = Study(study, videos=videos).score(engine="ray").oracles
    finally:
        disturbing.join()
        ray.shutdown()
        cluster.shutdown()
    print(json.dumps(told | {"outcomes": dict(asking.outcomes), "stopped": asking.stopped}))


if __name__ == "__main__":
    catalogue.ADAPTERS = (*catalogue.ADAPTERS, SPEC)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
