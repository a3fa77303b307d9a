"""What docs/oracles.md shows of requests and replies is what is asked, and is read as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.oracle import Question
from crossoracle.replies import (
    SCORE_SCHEMA,
    VERIFY_SCHEMA,
    ScoreReply,
    VerifyReply,
    read_score,
    read_verify,
)
from crossoracle.tables.catalogue import PRECHECKS

PAGE = (Path(__file__).parents[2] / "docs" / "oracles.md").read_text(encoding="utf-8")
SCHEMAS = {"score": SCORE_SCHEMA, "verify": VERIFY_SCHEMA}


def _shown(title: str) -> Any:
    """Return the block of JSON below a line that ends with a title."""
    found = re.findall(rf"{re.escape(title)}:\n\n```json\n(.*?)\n```", PAGE, re.DOTALL)
    assert len(found) == 1, title
    return json.loads(found[0])


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schemas_are_those_that_are_sent(kind):
    assert json.dumps(_shown(f"The schema of a reply to `{kind}`")) == json.dumps(SCHEMAS[kind])


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_requests_are_those_that_are_made(kind):
    frames = (Frame(0.125, 0, "x", lambda: b"x"), Frame(0.625, 1, "y", lambda: b"y"))
    clip = Clip("d", "v", "opening a jar", ((0.0, 0.5), (0.5, 1.0)), frames)
    asked = Question(kind, clip, "(the prompt)", "digest", SCHEMAS[kind])
    adapter = OpenAI(model="gpt-5.5-2026-04-23", reasoning_effort="none")
    request = adapter.request(asked, logprobs=True, structured=True)
    for part in request["messages"][0]["content"]:
        if part["type"] == "image_url":
            part["image_url"]["url"] = "data:image/jpeg;base64,(the frame)"
    request["response_format"]["json_schema"]["schema"] = "(the schema)"
    assert _shown(f"A request for `{kind}`") == request


def test_the_replies_fit_and_are_read_as_the_page_says():
    score, verify = (json.dumps(_shown(f"A reply to `{kind}`")) for kind in SCHEMAS)
    ScoreReply.model_validate_json(score)
    VerifyReply.model_validate_json(verify)
    found = read_score(score, 2)
    assert (found.outcome, found.confidence, found.scores, found.kept) == (
        "yes",
        0.9,
        (0.15, 0.85),
        (False, True),
    )
    assert found.flags == ()
    assert "scores 0.15 and 0.85" in PAGE
    checked = read_verify(verify)
    assert (checked.outcome, checked.confidence, checked.flags) == ("no", 0.8, ())


def test_every_outcome_is_explained():
    table = PAGE.partition("## What came of a call")[2].partition("\n## ")[0]
    first = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", first)) == set(PRECHECKS["outcome"].choices)
