"""A cluster of two nodes on this machine, and videos that are predicted on it while a worker and a node die.

``python -m tests.recognizers.ray.driving STUDY`` does it in a process of its own, since Ray talks to itself
by the address of the machine, and prints what came of it as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import ray
from ray.cluster_utils import Cluster

from crossoracle import Study
from crossoracle.errors import InputError
from crossoracle.recognizers import catalogue
from crossoracle.recognizers.recognizer import RecognizerSpec
from tests.oracles.ray.driving import STORE, wait, workers

SPEC = RecognizerSpec("slow", "for tests", "tests.recognizers.ray.slow:Slow")
HOW = {"conditions": ("full", "led@0"), "batch": 2}
KILLED, GONE = 6, 16  # videos after which a worker is killed, and after which a node is gone


def main(study: Path) -> None:
    head = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    node = cluster.add_node(num_cpus=1, object_store_memory=STORE)
    kinds = [each.all_processes for each in cluster.list_all_nodes()]
    daemons = [one.process.pid for each in kinds for ones in each.values() for one in ones]
    raylets = {one.process.pid for each in kinds for one in each["raylet"]}
    ray.init(address=cluster.address, log_to_driver=False)
    told: dict[str, object] = {"daemons": daemons}
    seen = 0

    def disturb(what: str, share: float) -> None:
        nonlocal seen
        seen += 1
        if seen == KILLED:
            wait(lambda: len(workers(raylets)) == 2)
            told["workers"] = len(workers(raylets))
            os.kill(workers(raylets)[0], signal.SIGKILL)
        if seen == GONE:
            cluster.remove_node(node, allow_graceful=False)

    try:
        found = Study(study).predict(engine="ray", progress=disturb, recognizers=("tiny",), **HOW)
        told["rows"], told["videos"] = found.new, seen
        try:
            Study(study).predict(engine="ray", recognizers=("small",), **HOW)
        except InputError as error:
            told["refused"] = str(error)
    finally:
        ray.shutdown()
        cluster.shutdown()
    print(json.dumps(told))


if __name__ == "__main__":
    catalogue.FAMILIES = (*catalogue.FAMILIES, SPEC)
    main(Path(sys.argv[1]))
