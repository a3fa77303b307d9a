"""Whatever a server sends as a reply, it is read: it may have no answer, but it is no exception."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crossoracle.oracles.adapters.envelope import opened, sealed
from tests.oracles.remote.provider import DIALECTS, Dialect, score_question

QUESTION = score_question()
TOKENS = [('{"presence": "', {}), ("YES", {"YES": -0.2, "NO": -2.0}), ('"}', {})]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def _mutated(draw: st.DrawFn, node: Any) -> Any:
    """Return a reply in which something, somewhere, is something else."""
    if isinstance(node, dict | list) and node and draw(st.integers(0, 5)):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from(keys))
        changed = node.copy()
        changed[key] = _mutated(draw, node[key])
        return changed
    return draw(ANYTHING)


@st.composite
def replies(draw: st.DrawFn) -> tuple[Dialect, Any]:
    dialect = draw(st.sampled_from(DIALECTS))
    body = dialect.reply('{"presence": "YES"}', dialect.stop, TOKENS)
    return dialect, _mutated(draw, body)


@settings(deadline=None)  # the first one loads the price list
@given(replies())
def test_a_mutated_reply_is_read(reply: tuple[Dialect, Any]) -> None:
    dialect, body = reply
    for media in ("frames", "video")[: 1 if dialect.name == "anthropic" else 2]:
        options = {} if dialect.name == "anthropic" else {"media": media}
        adapter = dialect.adapter(model="m", **options)
        answer = adapter.read(sealed(json.dumps(body), {}), QUESTION)
        assert answer.finish in ("stop", "length", "refused", "empty")
        assert answer.text is None or isinstance(answer.text, str)
        assert answer.detail is None or isinstance(answer.detail, str)
        assert answer.p_yes is None or 0.0 <= answer.p_yes <= 1.0
        for tokens in (answer.input_tokens, answer.output_tokens):
            assert tokens is None or isinstance(tokens, int)


@given(st.dictionaries(st.text(max_size=5), ANYTHING), st.text(max_size=20))
def test_what_is_sealed_is_opened_again(body: dict[str, Any], date: str) -> None:
    text = json.dumps(body)
    raw = sealed(text, {"Date": date, "Authorization": "secret"}, tier="batch")
    envelope = opened(raw)
    assert text in raw
    assert json.dumps(envelope.body) == text
    assert (envelope.headers, envelope.tier) == ({"date": date}, "batch")


@given(st.text())
def test_anything_stored_can_be_opened(raw: str) -> None:
    assert opened(raw).answered_at is None
