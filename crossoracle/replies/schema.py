"""What models are asked to answer, as pydantic models and as JSON Schemas.

The plain schemas keep to what the strict modes of all providers take: every property required, no further
ones, no ranges. Those with ranges are for grammars that can hold a model to them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_CHARACTERS = {"evidence": 300, "phase": 40, "reason": 200}
"""How long texts may be where a grammar can see to it: a model may otherwise write until it is cut off."""

Says = Literal["YES", "NO", "SKIP"]
Percent = Annotated[int, Field(description="0 to 100")]


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SegmentReply(_Reply):
    """What is said of one segment; segments count from 0."""

    segment: Annotated[int, Field(description="The number of the segment, from 0")]
    importance: Annotated[int, Field(description="How much evidence it carries, 0 to 100")]
    phase: Annotated[str, Field(description="The part of the action that it shows")]
    reason: Annotated[str, Field(description="Why, in a few words")]


class ScoreReply(_Reply):
    """A reply to "score": presence comes first, so that it is decided before anything is argued."""

    presence: Says
    confidence: Percent
    evidence: Annotated[str, Field(description="One sentence on what decides presence")]
    segments: list[SegmentReply]
    important: Annotated[list[int], Field(description="The numbers of the segments that suffice together")]


class VerifyReply(_Reply):
    """A reply to "verify": the decision comes first, where its probability can be read."""

    decision: Says
    confidence: Percent
    evidence: Annotated[str, Field(description="One short sentence on what can be seen")]


def score_schema(n_segments: int) -> dict[str, Any]:
    """Return `SCORE_SCHEMA` with ranges: one item per segment, numbers and texts within their bounds.

    Parameters
    ----------
    n_segments : int
        How many segments the clip has.
    """
    schema = _bounded(_plain(ScoreReply))
    number = {"minimum": 0, "maximum": n_segments - 1}
    segments, important = (schema["properties"][name] for name in ("segments", "important"))
    segments |= {"minItems": n_segments, "maxItems": n_segments}
    segments["items"] = _bounded(segments["items"])
    segments["items"]["properties"]["segment"] |= number
    important["items"] |= number
    important["maxItems"] = n_segments
    return schema


def verify_schema() -> dict[str, Any]:
    """Return `VERIFY_SCHEMA` with ranges."""
    return _bounded(_plain(VerifyReply))


def _plain(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a model without titles and references: some providers take neither."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def inlined(node: Any) -> Any:
        if isinstance(node, list):
            return [inlined(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return inlined(definitions[node["$ref"].rpartition("/")[2]])
        # a property may be called "title", a keyword is a text
        unwanted = {name for name in ("title", "description") if isinstance(node.get(name), str)}
        if node.get("type") != "object":
            unwanted -= {"description"}
        return {name: inlined(value) for name, value in node.items() if name not in unwanted}

    plain: dict[str, Any] = inlined(schema)
    return plain


def _bounded(schema: dict[str, Any]) -> dict[str, Any]:
    for name, node in schema["properties"].items():
        if name in ("confidence", "importance"):
            node |= {"minimum": 0, "maximum": 100}
        if name in MOST_CHARACTERS:
            node["maxLength"] = MOST_CHARACTERS[name]
    return schema


SCORE_SCHEMA = _plain(ScoreReply)
VERIFY_SCHEMA = _plain(VerifyReply)
