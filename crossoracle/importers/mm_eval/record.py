"""One record: what a recognizer said of a video under a condition, or why it said nothing."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, ValidationError

from crossoracle.importers.mm.documents import LITTER_PREFIXES
from crossoracle.importers.mm.findings import Findings
from crossoracle.importers.mm.part import Part
from crossoracle.importers.mm.sidecar import Document, told

COPIES = ("results_shard_", "summary_shard_", "paired_")
"""How files begin that repeat the records, or sum them up."""

SEPARATOR = "__"
"""Between the video and the condition in the name of a file; a video's name may hold it, too."""

Probability = Annotated[float, Field(ge=0, le=1.001)]  # rounding may pass 1


class Record(Part):
    """One record; ``top1_correct`` is false where the frames could not be chosen, too."""

    video_id: str
    video_path: str | None = None
    condition: str
    recognizer: str
    ground_truth_id: int | None = None
    selector_failed: bool = False
    selector_failure_reason: str | None = None
    shuffle_segments: bool = False
    protocol_resolved: str | None = None
    top5_label_ids: list[int] | None = None
    top5_labels: list[str] | None = None
    top5_probs: list[Probability] | None = None
    top1_correct: bool | None = None
    top5_correct: bool | None = None

    @property
    def failure(self) -> str | None:
        """Why there is no prediction; None where there is one."""
        if self.selector_failed:
            return self.selector_failure_reason or "the frames could not be chosen"
        return None if self.top5_label_ids else "the record holds no prediction"

    @property
    def p_true(self) -> float | None:
        """The probability of the true class; None where it is not among the five that are recorded."""
        if self.top5_probs is None or self.top5_label_ids is None:
            return None
        among = dict(zip(self.top5_label_ids, self.top5_probs, strict=False))
        found = among.get(self.ground_truth_id) if self.ground_truth_id is not None else None
        return None if found is None else min(found, 1.0)

    @property
    def disagrees(self) -> bool:
        """Whether the verdict is another one than the classes give."""
        if self.failure or self.ground_truth_id is None or not self.top5_label_ids:
            return False
        return self.top1_correct is not (self.top5_label_ids[0] == self.ground_truth_id)


def parsed(document: Document, findings: Findings) -> Record | None:
    """Return the record that a document is, or None where it is none; what it is then is taken down."""
    file = document.name.rpartition("/")[2]
    stem = file.removesuffix(".json")
    if file.startswith((*COPIES, *LITTER_PREFIXES)) and SEPARATOR not in stem:
        findings.add("copies", document.name)
        return None
    values: Any = document.content
    try:
        record = (Record.model_validate_json if isinstance(values, bytes) else Record.model_validate)(values)
    except ValidationError as error:
        findings.add(*_otherwise(document, error))
        return None
    wrong = _fault(record)
    if wrong:
        findings.add("malformed", document.name, wrong)
        return None
    video, separator, condition = stem.rpartition(SEPARATOR)
    if separator and (video, condition) != (record.video_id, record.condition):
        findings.add("misnamed", document.name, f"{record.video_id} under {record.condition} in the record")
    return record


def _fault(record: Record) -> str:
    """Return what keeps a record from being a row; empty where there is nothing of that kind."""
    if not record.video_id.strip() or not record.recognizer.strip() or not record.condition.strip():
        return "found an empty video_id, condition or recognizer"
    if record.failure:
        return ""
    if record.top1_correct is None:
        return "found a prediction without top1_correct"
    classes = len(record.top5_label_ids or ())
    for name, values in (("top5_probs", record.top5_probs), ("top5_labels", record.top5_labels)):
        if values is not None and len(values) != classes:
            return f"found {len(values)} {name} for {classes} top5_label_ids"
    return ""


def _otherwise(document: Document, error: ValidationError) -> tuple[str, str, str]:
    """Return the kind of a document that is no record, its name, and why."""
    values: Any = document.content
    if isinstance(values, bytes):
        try:
            values = json.loads(values)
        except (ValueError, RecursionError):
            return "malformed", document.name, "no JSON"
    keys = values.keys() if isinstance(values, dict) else ()
    if "mss_result" in keys or "segments" in keys:
        return "labels", document.name, ""
    if {"condition", "top1_correct", "selector_failed"} & set(keys):
        return "malformed", document.name, told(error)
    return "passed", document.name, ""
