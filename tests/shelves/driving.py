"""A cluster of two nodes on this machine, and a study that is compared on it while one of them dies.

``python -m tests.shelves.driving STUDY OUT`` does it in a process of its own, since Ray talks to itself by
the address of the machine, and prints what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import ray
from ray.cluster_utils import Cluster

from crossoracle import Study
from crossoracle.agreement import shelving
from tests.shelves.shelved import HOW

STORE = 80_000_000  # bytes, the least that Ray takes


def main(study: Path, out: Path) -> None:
    shelving.VIDEOS = 100
    head = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    node = cluster.add_node(num_cpus=1, object_store_memory=STORE)
    kinds = [each.all_processes for each in cluster.list_all_nodes()]
    daemons = [one.process.pid for each in kinds for ones in each.values() for one in ones]
    ray.init(address=cluster.address, log_to_driver=False)
    nodes = {"before": len(ray.nodes())}

    def disturb(what: str, share: float) -> None:
        if what == "resampling" and 0 < share < 1 and "after" not in nodes:
            nodes["after"] = 1
            cluster.remove_node(node, allow_graceful=False)

    try:
        found = Study(study).agree(out=out, engine="ray", progress=disturb, differences=True, **HOW)
        alive = sum(each["Alive"] for each in ray.nodes())
    finally:
        ray.shutdown()
        cluster.shutdown()
    told = {"daemons": daemons, "nodes": nodes["before"], "alive": alive, "notes": found.notes}
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
