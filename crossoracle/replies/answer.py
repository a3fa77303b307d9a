"""From text to the answer in it: thoughts, fences and prose are passed over, broken is told from cut.

Valid JSON is taken as it is. What breaks off is read only as far as it goes, and only for its decision. JSON
that is broken but complete is repaired: a repairer asked to mend a cut reply would close ``[10, 9`` without a
word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from crossoracle.replies.read import Decision

WORDS: dict[str, Decision] = {"YES": "YES", "NO": "NO", "SKIP": "SKIP", "UNCERTAIN": "SKIP"}
KEYS = ("presence", "decision")
"""The keys of a decision: in our schema of scores, and in verifications and published replies."""

THOUGHTS = re.compile(r"<(think|thinking|reasoning)>.*?(</\1>|\Z)", re.DOTALL)
TEXT = re.compile(r'"(?:\\.|[^"\\])*(?:"|\\?\Z)', re.DOTALL)
NUMBER_LAST = re.compile(r"[:,\[]\s*[-+.eE0-9]+\Z")
REFUSAL = re.compile(
    r"(i['’]?m|i am|we['’]?re|we are)?\s*(very |really |so )?(sorry|afraid|unable to|not able to)\b"
    r"|(i|we) (can['’]?t|can ?not|won['’]?t|will not|must decline|do not feel comfortable)\b"
    r"|as an ai\b",
    re.IGNORECASE,
)
MOST_WORD = 40
MOST_TRIES = 500
MOST_REPAIRED = 200_000
"""How long a bare decision may be, how many braces are looked at, how many characters are repaired."""


@dataclass(frozen=True)
class Answer:
    """The answer in a text.

    Parameters
    ----------
    values : dict
        Its fields; empty where there is none.
    fault : {"", "truncated", "unparsed"}
        Why nothing but its decision may be used.
    flags : tuple of str
        What was wrong.
    """

    values: dict[str, Any] = field(default_factory=dict)
    fault: str = ""
    flags: tuple[str, ...] = ()


def find(text: str, *, finish: str = "stop") -> Answer:
    """Return the answer in a text; the decision of two that contradict each other is none."""
    answers = _whole(text)
    if answers:
        found = _one(answers)
        return Answer(found.values, "truncated", (*found.flags, "truncated")) if finish == "length" else found
    said = spoken(text)
    if finish == "length" or _open(said):
        return _cut(said, repair=finish == "stop")
    return _repaired(said) if finish == "stop" else Answer(fault="unparsed")


def spoken(text: str) -> str:
    """Return what a text says after its thoughts; those that never end leave nothing."""
    # chat templates may open the thoughts in the prompt, so that only their end is in the reply
    _, _, behind = text.rpartition("</think>")
    return THOUGHTS.sub("", behind).strip()


def decision_of(values: dict[str, Any]) -> Decision | None:
    """Return the decision of an answer, or None where it is none of the words."""
    value = next((values[key] for key in KEYS if key in values), None)
    if isinstance(value, bool):
        return "YES" if value else "NO"
    return word(value) if isinstance(value, str) else None


def word(text: str) -> Decision | None:
    """Return the decision that a text is, and nothing else."""
    return None if len(text) > MOST_WORD else WORDS.get(text.strip(" \t\r\n\"'`*.!").upper())


def refuses(text: str) -> bool:
    """Return whether a text without an answer is a plain refusal."""
    return bool(REFUSAL.match(text.lstrip(" \t\r\n\"'*")))


def _whole(text: str) -> list[dict[str, Any]]:
    """Return the answers that are valid JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return list(_embedded(spoken(text)))
    if _answers(value):
        return [value]
    return list(_embedded(text))


def _embedded(text: str) -> Iterator[dict[str, Any]]:
    decode, at = json.JSONDecoder().raw_decode, 0
    for _ in range(MOST_TRIES):
        start = text.find("{", at)
        if start < 0:
            return
        at = start + 1
        try:
            value, end = decode(text, start)
        except (ValueError, RecursionError):
            continue
        if _answers(value):
            yield value
            at = end


def _answers(value: object) -> bool:
    return isinstance(value, dict) and any(key in value for key in KEYS)


def _one(answers: list[dict[str, Any]]) -> Answer:
    """Return the answer of several: a form that was repeated first does not count, a contradiction does."""
    readable = [values for values in answers if decision_of(values)] or answers[-1:]
    if len({decision_of(values) for values in readable}) > 1:
        return Answer(fault="unparsed", flags=("several answers",))
    rated: list[Any] = []
    for values in readable:
        if values.get("segments") and values not in rated:
            rated.append(values)
    last = (rated or readable)[-1]
    return Answer(last, "unparsed", ("several answers",)) if len(rated) > 1 else Answer(last)


def _open(text: str) -> bool:
    """Return whether more brackets are opened than closed outside of quoted text."""
    bare = TEXT.sub("", _from_brace(text))
    return any(bare.count(left) > bare.count(right) for left, right in ("{}", "[]"))


def _from_brace(text: str) -> str:
    start = text.find("{")
    if text.startswith('"') or start < 0:  # the first brace may have been put into the model's mouth
        return "{" + text if text.startswith('"') else text
    return text[start:]


def _cut(text: str, *, repair: bool) -> Answer:
    """Return what comes before the cut; a number that ends there may be a part of one."""
    from pydantic_core import from_json

    try:
        values = from_json(_from_brace(text), allow_partial=True)
    except ValueError:
        values = {}
    if not _answers(values) and repair:
        values = _mended(text)
    if not _answers(values):
        return Answer(fault="truncated", flags=("truncated",))
    if NUMBER_LAST.search(text):
        last = next(reversed(values))
        values = {name: value for name, value in values.items() if name != last or name in KEYS}
    return Answer(values, "truncated", ("truncated",))


def _repaired(text: str) -> Answer:
    values = _mended(text)
    return Answer(values, "", ("repaired",)) if _answers(values) else Answer(fault="unparsed")


def _mended(text: str) -> Any:
    start = _from_brace(text)
    if not start.startswith("{") or len(start) > MOST_REPAIRED:
        return None
    from json_repair import loads

    try:
        values = loads(start, skip_json_loads=True)
    except Exception:  # nothing that a model writes may stop a run, and the repairer promises nothing
        return None
    if isinstance(values, list):
        found = [value for value in values if _answers(value)]
        return found[0] if len(found) == 1 else None
    return values
