"""A reply in, what it says out: never an exception, never a score that the reply does not hold.

The rules, in order:

1. A reply that the provider stopped, an empty one, and a plain refusal without an answer are "refused".
2. Where no decision can be read: "truncated" if the reply breaks off, or the provider says so; else
   "unparsed".
3. NO and SKIP are "no" and "skip", whatever else is wrong.
4. YES is "yes". Of a reply to "score" that holds only if at least one score can be used: all of its JSON must
   be there, and no segment may have two different scores. Otherwise it is "truncated" or "unparsed", with the
   decision beside it and nothing of the segments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crossoracle.replies.answer import Answer, decision_of, find, refuses, spoken, word
from crossoracle.replies.read import Decision, Outcome, ScoreRead, VerifyRead
from crossoracle.replies.segments import TOP, number, said_of, words

MOST_QUOTED = 200
OUTCOMES: dict[Decision, Outcome] = {"YES": "yes", "NO": "no", "SKIP": "skip"}
OF_FAULT: dict[str, Outcome] = {"truncated": "truncated", "unparsed": "unparsed"}
SEQUENCES = ("scores", "kept", "phases", "reasons")
PUBLISHED = ("action_summary", "rationale", "minimum_sufficient_set")
"""Keys that only published replies have; their confidence is a fraction."""


def read_score(text: str | None, n_segments: int, *, finish: str = "stop") -> ScoreRead:
    """Read a reply to "score", in our style or the published one.

    Parameters
    ----------
    text : str, optional
        What the model wrote.
    n_segments : int
        How many segments it was shown.
    finish : {"stop", "length", "refused", "empty"}
        Why it stopped.

    Returns
    -------
    ScoreRead
        Its sequences have `n_segments` items whatever the text is.
    """
    found, answer = _read(text, finish, fraction=lambda values: "presence" not in values)
    silent: dict[str, Any] = dict.fromkeys(SEQUENCES, (None,) * n_segments)
    if found.decision != "YES":
        return ScoreRead(**(vars(found) | silent))
    if answer.fault:
        why = "the reply breaks off" if answer.fault == "truncated" else "its answers contradict each other"
        told = _told(OF_FAULT[answer.fault], found.flags, why)
        return ScoreRead(**(vars(found) | silent | told))
    said = said_of(answer.values, n_segments)
    flags = tuple(dict.fromkeys((*found.flags, *said.flags)))
    if said.conflict or (n_segments and all(score is None for score in said.scores)):
        told = _told("unparsed", flags, said.conflict or f"no score can be used ({', '.join(flags)})")
        return ScoreRead(**(vars(found) | silent | told))
    rated = {name: tuple(getattr(said, name)) for name in SEQUENCES}
    return ScoreRead(**(vars(found) | rated | {"flags": flags, "detail": ", ".join(flags) or None}))


def read_verify(text: str | None, *, finish: str = "stop") -> VerifyRead:
    """Read a reply to "verify"; its decision counts even where what follows is cut off.

    Parameters
    ----------
    text, finish
        As for `read_score`.
    """
    return _read(text, finish, fraction=lambda values: any(key in values for key in PUBLISHED))[0]


def _read(
    text: str | None, finish: str, *, fraction: Callable[[Mapping[str, Any]], bool]
) -> tuple[VerifyRead, Answer]:
    text = text or ""
    answer = Answer()
    if finish in ("refused", "empty"):
        return VerifyRead("refused", detail=_quoted(text) or "no answer"), answer
    said = spoken(text)
    if not said:
        outcome: Outcome = "truncated" if finish == "length" or text.strip() else "refused"
        return VerifyRead(outcome, detail="nothing but thoughts" if text.strip() else "empty"), answer
    if plain := word(said):
        return VerifyRead(OUTCOMES[plain], plain), Answer({"decision": plain})
    answer = find(text, finish=finish)
    decision = decision_of(answer.values)
    if decision is None:
        return _undecided(said, answer), answer
    confidence, flags = _confidence(answer.values, fraction=fraction(answer.values))
    flags = (*answer.flags, *flags)
    evidence = words(answer.values.get("evidence")) or words(answer.values.get("action_summary"))
    detail = ", ".join(flags) or None
    return VerifyRead(OUTCOMES[decision], decision, confidence, evidence, flags, detail), answer


def _told(outcome: Outcome, flags: tuple[str, ...], why: str) -> dict[str, Any]:
    return {"outcome": outcome, "flags": flags, "detail": f"YES, but {why}"}


def _undecided(said: str, answer: Answer) -> VerifyRead:
    if not answer.values and not answer.flags and refuses(said):
        return VerifyRead("refused", detail=_quoted(said))
    outcome = OF_FAULT.get(answer.fault, "unparsed")
    return VerifyRead(outcome, flags=answer.flags, detail=f"no decision in: {_quoted(said)}")


def _confidence(values: dict[str, Any], *, fraction: bool) -> tuple[float | None, tuple[str, ...]]:
    """Return the confidence as a fraction: of 100, unless it says or shows that it is one already.

    1 could be either. It is taken for certainty: models slip into fractions, and none is asked about what it
    does not believe, so that 1 of 100 would hardly ever be said. "1%" is 0.01.
    """
    said = values.get("confidence")
    shown = said.rstrip() if isinstance(said, str) else ""
    percent = shown.endswith("%")
    value, text = number(shown[:-1] if percent else said)
    if value is None:
        return None, ()
    flags = ("numbers as text",) if text else ()
    if not (fraction or percent) and 0 < value <= 1:
        return value, (*flags, "confidence as fraction")
    share = value / TOP if percent or not fraction else value
    return min(max(share, 0.0), 1.0), flags if 0 <= share <= 1 else (*flags, "confidence clipped")


def _quoted(text: str) -> str | None:
    """Return the beginning of a text on one line."""
    line = " ".join((words(text) or "").split())
    return (line if len(line) <= MOST_QUOTED else line[:MOST_QUOTED] + "...") or None
