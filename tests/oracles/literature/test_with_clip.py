"""The real path: tiny random CLIP and SigLIP, saved and loaded like real ones, behind what is asked."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest

from crossoracle.oracles.adapters.literature.narrative import Narrative
from crossoracle.oracles.adapters.literature.test_time import TestTime
from crossoracle.recognizers import narrative
from tests.oracles.literature.painted import CLASSES, clip, picture
from tests.oracles.putting import ask, describe
from tests.recognizers import tiny

__all__ = ["ask", "describe"]
pytestmark = pytest.mark.local
SHOWN = [None, "red", "red", None, "green", None]


@pytest.fixture(scope="module", params=["clip", "siglip"])
def model(request, torch, tmp_path_factory):
    save = {"clip": tiny.save_clip, "siglip": tiny.save_siglip}[request.param]
    return str(save(tmp_path_factory.mktemp(request.param) / request.param))


@pytest.mark.parametrize("kind", [TestTime, Narrative])
def test_it_is_asked_and_read_like_any_oracle(model, captions, kind, ask, describe):
    shown = clip(SHOWN, "red event")
    oracle = kind(model, {"painted": CLASSES}, captions=captions)
    answer, read = ask(oracle, "score", shown)
    scores = [one["importance"] for one in json.loads(answer.text)["segments"]]
    assert len(scores) == len(SHOWN)
    assert 0 < answer.p_yes < 1
    assert read.outcome == ("yes" if answer.p_yes > 0.5 else "no")
    assert max(scores) == 100
    assert kind is Narrative or min(scores) == 0, "a random model may tell all frames in the same words"
    asyncio.run(oracle.close())
    assert ask(oracle, "score", shown)[0] == answer, "what was let go is loaded again"
    told = describe(oracle, "score", shown)
    assert model not in json.dumps(told)
    assert told["encoder"]["version"]
    asyncio.run(oracle.close())


def test_it_recognizes(model, captions):
    made = narrative.Narrative(model, CLASSES, captions=captions, frames=6)
    frames = made.prepare(np.stack([picture(colour, [8, i]) for i, colour in enumerate(SHOWN)]))
    found = made.predict([frames, frames[::-1]])
    assert found.shape == (2, 3)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    made.close()
