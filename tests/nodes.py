"""A cluster of two nodes of Ray on this machine, of which one can be made to die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

STORE = 80_000_000  # bytes, the least that Ray takes
PATIENCE_S = 40


class Nodes:
    """Both nodes; ``daemons`` are the processes that must be gone when the cluster is."""

    def __init__(self) -> None:
        head = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self._second: Any = self._cluster.add_node(num_cpus=1, object_store_memory=STORE)
        kinds = [each.all_processes for each in self._cluster.list_all_nodes()]
        self.daemons = [one.process.pid for each in kinds for ones in each.values() for one in ones]
        self._raylets = {one.process.pid for each in kinds for one in each["raylet"]}
        ray.init(address=self._cluster.address, log_to_driver=False)

    def workers(self) -> list[int]:
        """Return the processes that hold a model."""
        found = []
        for place in Path("/proc").iterdir():
            try:
                title = (place / "cmdline").read_bytes()
                parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if title.startswith(b"ray::Worker") and int(parent) in self._raylets:
                found.append(int(place.name))
        return found

    def kill_a_worker(self) -> int:
        """Kill one of both workers when they are there, and return how many there were."""
        wait(lambda: len(self.workers()) == 2)
        there = self.workers()
        os.kill(there[0], signal.SIGKILL)
        return len(there)

    def lose_one(self) -> None:
        """Let the second node die."""
        self._cluster.remove_node(self._second, allow_graceful=False)

    def close(self) -> None:
        """End everything."""
        ray.shutdown()
        self._cluster.shutdown()


@contextmanager
def two_nodes() -> Iterator[Nodes]:
    """Give a cluster, for as long as the block lasts."""
    nodes = Nodes()
    try:
        yield nodes
    finally:
        nodes.close()


def wait(until: Callable[[], bool]) -> None:
    """Wait until something holds, but not for ever."""
    end = time.monotonic() + PATIENCE_S
    while not until() and time.monotonic() < end:
        time.sleep(0.005)
