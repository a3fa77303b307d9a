from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from crossoracle.replies import (
    SCORE_SCHEMA,
    VERIFY_SCHEMA,
    ScoreReply,
    VerifyReply,
    read_score,
    read_verify,
    score_schema,
    verify_schema,
)

STRICT = {"type", "properties", "required", "additionalProperties", "items", "enum", "description"}
"""The keywords that the strict modes of all providers know."""


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for child in (*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])):
        yield from nodes(child)


@pytest.mark.parametrize("schema", [SCORE_SCHEMA, VERIFY_SCHEMA], ids=["score", "verify"])
def test_plain_schemas_fit_every_strict_mode(schema):
    for node in nodes(schema):
        assert node.keys() <= STRICT
        if node["type"] == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])


def test_the_decision_comes_first():
    assert next(iter(SCORE_SCHEMA["properties"])) == "presence"
    assert next(iter(VERIFY_SCHEMA["properties"])) == "decision"


def test_ranges_are_added_for_a_clip_and_not_to_the_plain_schema():
    bounded = score_schema(4)
    segments = bounded["properties"]["segments"]
    assert (segments["minItems"], segments["maxItems"]) == (4, 4)
    assert segments["items"]["properties"]["segment"]["maximum"] == 3
    assert segments["items"]["properties"]["importance"]["maximum"] == 100
    assert bounded["properties"]["important"]["items"] == {"type": "integer", "minimum": 0, "maximum": 3}
    assert verify_schema()["properties"]["confidence"]["maximum"] == 100
    assert all("maximum" not in node for node in (*nodes(SCORE_SCHEMA), *nodes(VERIFY_SCHEMA)))


def test_a_reply_of_the_models_is_read_without_a_flag():
    segment = {"segment": 0, "importance": 70, "phase": "grasp", "reason": "the hand closes"}
    opening = {"presence": "YES", "confidence": 80, "evidence": "a cup is lifted"}
    reply = ScoreReply.model_validate(opening | {"segments": [segment], "important": [0]})
    read = read_score(reply.model_dump_json(), 1)
    assert (read.outcome, read.confidence, read.scores, read.kept) == ("yes", 0.8, (0.7,), (True,))
    assert read.flags == ()
    verdict = VerifyReply(decision="NO", confidence=60, evidence="an empty table")
    assert read_verify(verdict.model_dump_json()).flags == ()


def test_the_models_are_strict():
    with pytest.raises(ValidationError):
        VerifyReply.model_validate({"decision": "YES", "confidence": "80", "evidence": ""})
    with pytest.raises(ValidationError):
        VerifyReply.model_validate({"decision": "YES", "confidence": 80, "evidence": "", "more": 1})


def test_reading_loads_no_model_library():
    code = 'import sys; from crossoracle.replies import read_score; read_score(\'{"presence": "NO"}\', 3); '
    heavy = "print([name for name in ('pydantic', 'json_repair', 'duckdb') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code + heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
