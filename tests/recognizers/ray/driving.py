"""A cluster of two nodes on this machine, and videos that are predicted on it while a worker and a node die.

``python -m tests.recognizers.ray.driving STUDY`` does it in a process of its own, since Ray talks to itself
by the address of the machine, and prints what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from crossoracle import Study
from crossoracle.errors import InputError
from crossoracle.recognizers import catalogue
from crossoracle.recognizers.recognizer import RecognizerSpec
from tests.nodes import two_nodes

SPEC = RecognizerSpec("slow", "for tests", "tests.recognizers.ray.slow:Slow")
HOW = {"conditions": ("full", "led@0"), "batch": 2}
KILLED, GONE = 6, 16  # videos after which a worker is killed, and after which a node is gone


def main(study: Path) -> None:
    told: dict[str, object] = {}
    seen = 0
    with two_nodes() as nodes:

        def disturb(what: str, share: float) -> None:
            nonlocal seen
            seen += 1
            if seen == KILLED:
                told["workers"] = nodes.kill_a_worker()
            if seen == GONE:
                nodes.lose_one()

        found = Study(study).predict(engine="ray", progress=disturb, recognizers=("tiny",), **HOW)
        told["rows"], told["videos"] = found.new, seen
        try:
            Study(study).predict(engine="ray", recognizers=("small",), **HOW)
        except InputError as error:
            told["refused"] = str(error)
    print(json.dumps(told | {"daemons": nodes.daemons}))


if __name__ == "__main__":
    catalogue.FAMILIES = (*catalogue.FAMILIES, SPEC)
    main(Path(sys.argv[1]))
