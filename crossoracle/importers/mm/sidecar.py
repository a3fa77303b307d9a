"""One label file as it was laid out, raw, canonical or as a row of Parquet; all else is told apart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from crossoracle.importers.mm.findings import Findings


@dataclass(frozen=True)
class Document:
    """What may be a label file: JSON text, or the row of a Parquet file."""

    name: str
    content: bytes | dict[str, Any]


class Part(BaseModel):
    """A part of a label file; what is not listed is left behind."""

    model_config = ConfigDict(coerce_numbers_to_str=True, allow_inf_nan=False)


class Segment(Part):
    """A segment with its weight; phase and reason stand in canonical files only."""

    index: int
    start_s: float
    end_s: float
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


def parsed(document: Document, findings: Findings) -> Sidecar | None:
    """Return the label file that a document is, or None where it is none; what it is then is counted."""
    content = document.content
    try:
        if isinstance(content, bytes):
            sidecar = Sidecar.model_validate_json(content)
        else:
            sidecar = Sidecar.model_validate(content)
    except ValidationError as error:
        kind, why = _otherwise(content, error)
        findings.add(kind, document.name, why)
        return None
    sidecar.segments.sort(key=lambda segment: segment.index)
    fault = _fault(sidecar)
    if fault:
        findings.add("malformed", document.name, fault)
        return None
    return sidecar


def _fault(sidecar: Sidecar) -> str:
    """Return what no score table could hold; empty where there is nothing of that kind."""
    if not sidecar.video_id:
        return "found an empty video_id"
    if not sidecar.segments:
        return "found no segments"
    for number, segment in enumerate(sidecar.segments):
        if segment.index != number:
            return f"found segment {segment.index} where segment {number} was expected"
        if not 0 <= segment.start_s < segment.end_s:
            return f"found segment {number} from {segment.start_s:g} to {segment.end_s:g} s"
    return ""


def _otherwise(content: bytes | dict[str, Any], error: ValidationError) -> tuple[str, str]:
    """Return the kind of a document that is no label file, and why."""
    values: Any = content
    if isinstance(content, bytes):
        try:
            values = json.loads(content)
        except (ValueError, RecursionError):
            return "malformed", "no JSON"
    if not isinstance(values, dict):
        return "passed", ""
    segments = values.get("segments")
    if isinstance(segments, list) and segments and "mean_flow_magnitude" in str(segments[0]):
        return "motion", ""
    if {"condition", "ground_truth"} <= values.keys():
        return "records", ""
    return ("malformed", _told(error)) if values.keys() & {"segments", "mss_result"} else ("passed", "")


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
