"""A long video takes no more memory than the frames that were asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.video.filming import film, texture

N, SIZE = 1000, (480, 640)  # 0.9 MB a picture

PROGRAM = """
import resource, sys, tracemalloc
from collections import deque
import numpy as np
from crossoracle.video.decode import frames_at, shown
path, many = sys.argv[1], [i / 25 for i in range({n})]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
frames_at(path, [0.0])
before = peak()
tracemalloc.start()
{work}
print(peak() - before, tracemalloc.get_traced_memory()[1] // 1024)
"""

WORK = {
    "few frames": "kept = frames_at(path, many[::100])",
    "one by one": "deque(shown(path, many), maxlen=1)",
    "all, but small": "kept = frames_at(path, many, long_side=32)",
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    still = [texture(size=SIZE), texture(1, SIZE)]
    pictures = (still[i // 50 % 2] for i in range(N))
    return film(
        tmp_path_factory.mktemp("long") / "long.mp4", N, codec="mpeg4", clock=25, gop=50, pictures=pictures
    )


@pytest.mark.parametrize("work", WORK)
def test_memory_is_that_of_the_frames_asked_for(path, work):
    program = PROGRAM.format(n=N, work=WORK[work])
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    resident, traced = (int(kilobytes) / 1024 for kilobytes in done.stdout.split())
    assert traced < 20  # ten pictures have 9 MB, all of them 880
    assert resident < 50
