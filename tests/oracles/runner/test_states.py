"""A question goes from state to state only as the table in `crossoracle.oracles.asking.states` says."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossoracle.oracles.asking import states
from crossoracle.oracles.asking.entries import TABLES, Context
from crossoracle.oracles.asking.ledger import answer_rows, put_row

CONTEXT = Context("o", "0", "d", "v", "score", "direct", 0)


@dataclass(frozen=True)
class Question:
    """What the ledger should know of a question."""

    state: str | None = None
    batch: str | None = None
    attempts: int = 0
    possibly_paid: int = 0
    raw: str | None = None


Model = Callable[[Question], Question]


def _put(state: str, batch: str | None) -> Model:
    def model(now: Question) -> Question:
        if now.state in ("answered", "batched"):
            return now
        given_up = now.state == "sent"
        return replace(
            now,
            state=state,
            batch=batch,
            attempts=now.attempts + 1,
            possibly_paid=now.possibly_paid + given_up,
        )

    return model


def _over(*, possibly_paid: bool) -> Model:
    """A call has failed, or (lost all the same) its process has died."""

    def model(now: Question) -> Question:
        if now.state != "sent":
            return now
        lost = "lost" if possibly_paid else "failed"
        return replace(now, state=lost, possibly_paid=now.possibly_paid + possibly_paid)

    return model


def _answered(raw: str) -> Model:
    def model(now: Question) -> Question:
        if now.state in (None, "answered"):
            return now
        return replace(
            now, state="answered", raw=raw, possibly_paid=now.possibly_paid - (now.state == "lost")
        )

    return model


def _of_batch(batch: str, moves: dict[str, tuple[str, int]]) -> Model:
    def model(now: Question) -> Question:
        if now.batch != batch or now.state not in moves:
            return now
        state, change = moves[now.state]
        return replace(now, state=state, possibly_paid=now.possibly_paid + change)

    return model


def _adopted(batch: str) -> Model:
    def model(now: Question) -> Question:
        if now.state is None:
            return Question("batched", batch, 1)
        return replace(now, state="batched", batch=batch) if now.state == "failed" else now

    return model


def _sql(statement: str, *values: object) -> list[tuple[str, tuple[object, ...]]]:
    return [(statement, values)]


EVENTS: dict[str, tuple[list[tuple[str, tuple[object, ...]]], Model]] = {
    "call": (_sql(states.PUT, *put_row("k", "sent", CONTEXT)), _put("sent", None)),
    "fails": (_sql(states.FAILED, False, 1.0, "no", 500, "k"), _over(possibly_paid=False)),
    "breaks": (_sql(states.FAILED, True, 1.0, "no", 504, "k"), _over(possibly_paid=True)),
    "dies": (_sql(states.DIED), _over(possibly_paid=True)),
    "answer": (list(answer_rows("k", "first", 1.0)), _answered("first")),
    "late answer": (list(answer_rows("k", "late", 0.0)), _answered("late")),
}
for _batch in ("b1", "b2"):
    EVENTS |= {
        f"into {_batch}": (
            _sql(states.PUT, *put_row("k", "batched", CONTEXT, batch=_batch)),
            _put("batched", _batch),
        ),
        f"{_batch} left it out": (
            _sql(states.LEFT_OUT, _batch, "k", "no", None),
            _of_batch(_batch, {"batched": ("failed", 0), "lost": ("failed", -1)}),
        ),
        f"{_batch} refused": (
            _sql(states.REFUSED, _batch, "no", 400),
            _of_batch(_batch, {"batched": ("failed", 0)}),
        ),
        f"{_batch} vanished": (
            _sql(states.MISSED, _batch, "gone"),
            _of_batch(_batch, {"batched": ("lost", 1)}),
        ),
        f"{_batch} found": (_sql(states.FOUND, _batch), _of_batch(_batch, {"lost": ("batched", -1)})),
        f"{_batch} adopted": (_sql(states.ADOPTED, _batch, "k", "o"), _adopted(_batch)),
    }


class Told:
    """A database that hears events, beside the model of what should become of them."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.executescript(TABLES)

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def begin(self) -> None:
        self.connection.execute("DELETE FROM calls")
        self.connection.execute("DELETE FROM replies")
        self.model = Question()

    def hear(self, event: str) -> None:
        operations, model = EVENTS[event]
        for statement, values in operations:
            self.connection.execute(statement, values)
        before, self.model = self.model, model(self.model)
        rows = self.connection.execute(
            "SELECT state, batch, attempts, possibly_paid, raw FROM calls LEFT JOIN replies USING (key)"
        ).fetchall()
        found = Question(*rows[0]) if rows else Question()
        assert found == self.model, (event, before)
        assert 0 <= found.possibly_paid <= found.attempts
        assert found.possibly_paid or found.state != "lost", "what is lost is counted"
        assert (found.raw is None) == (found.state != "answered")
        assert before.state != "answered" or found == before, "answered is final"
        assert before.state != "batched" or found.attempts == before.attempts, "never put beside its batch"


def _documented() -> set[tuple[str | None, str]]:
    """Return the moves that the docstring tells of."""
    moves: set[tuple[str | None, str]] = set()
    for before, after in re.findall(r"^    (.*?) -> (\w+)", states.__doc__ or "", re.MULTILINE):
        moves |= {(None if one == "none" else one, after) for one in before.split(", ")}
    return moves


def test_every_short_story() -> None:
    found = set()
    with Told() as told:
        for story in product(EVENTS, repeat=3):
            told.begin()
            for event in story:
                before = told.model
                if before.state is None and "answer" in event:
                    break  # nobody answers what was never put
                told.hear(event)
                if told.model != before:
                    found.add((before.state, told.model.state))
    assert found == _documented()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=25))
def test_any_long_story(story: list[str]) -> None:
    with Told() as told:
        told.begin()
        told.hear("call")
        for event in story:
            told.hear(event)


@pytest.mark.parametrize("state", ["sent", "failed"])
def test_what_costs_nothing_is_never_lost(state: str) -> None:
    with Told() as told:
        told.begin()
        connection = told.connection
        connection.execute(states.PUT, put_row("k", "sent", CONTEXT, paid=False))
        if state == "failed":
            connection.execute(states.FAILED, (True, 1.0, "late", None, "k"))
        connection.execute(states.DIED)
        assert connection.execute("SELECT state, possibly_paid FROM calls").fetchall() == [("failed", 0)]
