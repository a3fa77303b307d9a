"""One label file as it was laid out, raw, canonical or as a row of Parquet; all else is told apart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from crossoracle.importers.mm.findings import Findings
from crossoracle.importers.mm.motion import Cache, is_cache
from crossoracle.importers.mm.part import Part, Span, fault


@dataclass(frozen=True)
class Document:
    """What may be a label file: JSON text, or the row of a Parquet file."""

    name: str
    content: bytes | dict[str, Any]


class Segment(Span):
    """A segment with its weight; phase and reason stand in canonical files only."""

    label: str | None = None
    weight: float | None = None
    phase: str | None = None
    reason: str | None = None


class Response(Part):
    """What the oracle answered when it was asked whether the action is there."""

    decision: str | None = None
    confidence: float | None = None
    evidence: str | None = None
    raw_output: str | None = None
    logit_yes: float | None = None


class Search(Part):
    """One removal search; "direct_scoring" where there was none."""

    terminated_reason: str | None = None


class Result(Part):
    """What came of it. ``precheck_vote_yes`` is P(YES), not a vote."""

    precheck_passed: bool
    precheck_vote_yes: float | None = None
    precheck_responses: list[Response] | None = None
    total_oracle_calls: int | None = None
    kept_indices: list[int] | None = None
    mss_runs: list[Search] | None = None


class Sidecar(Part):
    """One label file."""

    video_id: str
    video_path: str | None = None
    action_label: str | None = None
    segments: list[Segment]
    mss_result: Result
    metadata: dict[str, Any] | None = None
    elapsed_s: float | None = None
    class_id: int | None = None
    raw_class_name: str | None = None
    template: str | None = None
    placeholders: str | None = None

    @property
    def responses(self) -> list[Response]:
        """The replies, first to last; more than one where it was asked again."""
        return self.mss_result.precheck_responses or []

    @property
    def searched(self) -> bool:
        """Whether the weights come from removal searches rather than from a reply."""
        reasons = [run.terminated_reason for run in self.mss_result.mss_runs or []]
        return any(reason != "direct_scoring" for reason in reasons)


def parsed(document: Document, findings: Findings) -> Sidecar | Cache | None:
    """Return the label file or motion cache that a document is, or None: what it is then is counted."""
    content = document.content
    read: Sidecar | Cache | None
    try:
        if isinstance(content, bytes):
            read = Sidecar.model_validate_json(content)
        else:
            read = Sidecar.model_validate(content)
    except ValidationError as error:
        read = _otherwise(document, error, findings)
    if read is None:
        return None
    read.segments.sort(key=lambda segment: segment.index)
    short = read.video_id.strip()
    if short != read.video_id:
        findings.add("spaces", document.name, repr(read.video_id))
        read.video_id = short
    wrong = fault(read.video_id, read.segments)
    if wrong:
        findings.add("malformed", document.name, wrong)
        return None
    return read


def _otherwise(document: Document, error: ValidationError, findings: Findings) -> Cache | None:
    """Return the motion cache that a document is, or count what else it is."""
    values: Any = document.content
    if isinstance(values, bytes):
        try:
            values = json.loads(values)
        except (ValueError, RecursionError):
            findings.add("malformed", document.name, "no JSON")
            return None
    if is_cache(values):
        try:
            return Cache.model_validate(values)
        except ValidationError as wrong:
            findings.add("malformed", document.name, told(wrong))
            return None
    if isinstance(values, dict) and {"condition", "ground_truth"} <= values.keys():
        findings.add("records", document.name)
    elif isinstance(values, dict) and values.keys() & {"segments", "mss_result"}:
        findings.add("malformed", document.name, told(error))
    else:
        findings.add("passed", document.name)
    return None


def told(error: ValidationError) -> str:
    """Return the first thing that is wrong: the field, and what is the matter with it."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
