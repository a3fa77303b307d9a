"""The grammar: whatever a model would rather write, what it writes is a reply in the schema."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossoracle.errors import CrossoracleError
from crossoracle.oracles.adapters.constrained import Constraint, exact
from crossoracle.oracles.adapters.decision import measured, opening
from crossoracle.replies import read_score, read_verify
from tests.oracles.local import tiny

pytestmark = [pytest.mark.local, pytest.mark.usefixtures("torch")]


@pytest.fixture(scope="module")
def words(torch):
    return tiny.tokenizer(tiny.QWEN)


@pytest.fixture(scope="module")
def grammar(words):
    import llguidance.hf

    return llguidance.hf.from_tokenizer(words)


def walked(torch, words, grammar, schema, rng, most=6000):
    """Write a reply of tokens drawn from those allowed, and return its text."""
    begun, _ = opening(schema)
    tokens = words.encode(begun, add_special_tokens=False)
    constraint = Constraint(grammar, schema, tokens)
    while not constraint.finished and len(tokens) < most:
        scores = constraint.process(None, torch.zeros(1, len(words) + 7))
        open_to = torch.isfinite(scores[0]).nonzero()[:, 0].numpy()
        assert open_to.max() < len(words)
        tokens.append(int(rng.choice(open_to)))
        constraint.stop(torch.tensor([tokens]), scores)
    return words.decode(tokens, skip_special_tokens=True)


@pytest.mark.parametrize("n_segments", [1, 2, 7, 40])
@pytest.mark.parametrize("seed", range(5))
def test_any_walk_ends_in_a_reply_that_is_read(torch, words, grammar, n_segments, seed):
    schema = exact("score", n_segments)
    text = walked(torch, words, grammar, schema, np.random.default_rng(seed), most=100_000)
    reply = json.loads(text)
    read = read_score(text, n_segments)
    assert read.outcome == reply["presence"].lower()
    assert [one["segment"] for one in reply["segments"]] == list(range(n_segments))
    assert all(0 <= one["importance"] <= 100 for one in reply["segments"])
    assert len(reply["important"]) <= n_segments
    assert all(0 <= number < n_segments for number in reply["important"])
    assert not set(read.flags) - {"disagrees"}
    assert text.startswith('{"presence": "')


@pytest.mark.parametrize("seed", range(5))
def test_verifications_too(torch, words, grammar, seed):
    text = walked(torch, words, grammar, exact("verify", 3), np.random.default_rng(seed))
    reply = json.loads(text)
    assert read_verify(text).outcome == reply["decision"].lower()
    assert 0 <= reply["confidence"] <= 100


def test_a_beginning_that_does_not_fit_is_refused(words, grammar):
    schema = exact("verify", 1)
    with pytest.raises(CrossoracleError, match=r"constrained reply: .+"):
        Constraint(grammar, schema, words.encode("hello", add_special_tokens=False))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), min_size=3))
def test_probabilities_of_spellings_are_products_along_them(torch, seed, spellings):
    """Against one pass for every prefix; no proper prefix of a spelling is left out, none is passed twice."""
    rng = np.random.default_rng(seed)
    memory = {}
    passes = []

    def after(path):
        return memory.setdefault(path, torch.tensor(rng.normal(size=5)))

    def forward(path):
        passes.append(path)
        return torch.stack([after(path[:length]) for length in range(len(path) + 1)])

    named = {str(k): tuple(tokens) for k, tokens in enumerate(spellings)}
    found = measured(forward, named)
    for label, tokens in named.items():
        slow = sum(float(after(tokens[:i]).log_softmax(-1)[token]) for i, token in enumerate(tokens))
        assert found[label] == pytest.approx(slow, abs=1e-5)
    assert not [one for one in passes for other in passes if one is not other and other[: len(one)] == one]
