"""What is loaded when: nothing heavy before a frame is decoded."""

from __future__ import annotations

import subprocess
import sys

import pytest

import crossoracle.video

HEAVY = "av cv2 numpy scipy PIL"


def loaded(code: str) -> str:
    program = f"import sys; {code}; print(sorted(set({HEAVY!r}.split()) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import crossoracle.video", []),
        ("from crossoracle.video.segments import cut; cut(1, 0.5)", []),
        ("from crossoracle.video import cut; cut(1, 0.5)", []),
        ("import crossoracle.video.masking, crossoracle.video.encode", ["numpy"]),
        ("import crossoracle.video.motion, crossoracle.video.stored", ["numpy"]),
        (
            "import numpy; from crossoracle.video import jpeg; jpeg(numpy.zeros((8, 8, 3), 'uint8'))",
            ["cv2", "numpy"],
        ),
        ("import crossoracle.video.decode", ["av", "numpy"]),
    ],
)
def test_what_is_loaded(code, expected):
    assert loaded(code) == str(expected)


def test_every_public_name_is_there():
    for name in crossoracle.video.__all__:
        assert getattr(crossoracle.video, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = crossoracle.video.nothing
