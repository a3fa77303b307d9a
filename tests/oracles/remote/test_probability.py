"""P(YES) at the decision: golden cases, and laws that hold for any tokens."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle.oracles.adapters.probability import LABELS, Decision, Position, decided


def _positions(*tokens: str | tuple[str, dict[str, float]]) -> list[Position]:
    """Return positions from tokens, or tokens with the probabilities of what might have stood there."""
    found = []
    for token in tokens:
        word, tops = token if isinstance(token, tuple) else (token, {token: 1.0})
        others = tuple((text, math.log(p)) for text, p in tops.items())
        found.append(Position(word, math.log(tops.get(word, 1e-9)), others))
    return found


def _decided(*tokens: str | tuple[str, dict[str, float]], text: str | None = None) -> Decision | None:
    positions = _positions(*tokens)
    return decided("".join(p.token for p in positions) if text is None else text, positions)


def _is(found: Decision | None, yes: float, no: float, skip: float, mass: float) -> None:
    assert found is not None
    assert (found.yes, found.no, found.skip, found.mass) == pytest.approx((yes, no, skip, mass))


def test_the_value_of_the_decision_and_no_other_word() -> None:
    tops = {"YES": 0.6, "NO": 0.3, "maybe": 0.1}
    found = _decided('{"presence":', ' "', ("YES", tops), '", "evidence": "', ("NO", {"NO": 0.9}), '"}')
    _is(found, 0.6 / 0.9, 0.3 / 0.9, 0.0, 0.9)


@pytest.mark.parametrize(
    "names", [("YES", "NO", "SKIP"), (' "YES', ' "NO', '"SKIP'), ("Yes", " no", 'Skip"')]
)
def test_quotes_spaces_and_case_do_not_matter(names: tuple[str, str, str]) -> None:
    yes, no, skip = names
    before = ('{"decision":',) if '"' in yes else ('{"decision": "',)
    found = _decided(*before, (yes, {yes: 0.5, no: 0.25, skip: 0.125}), '"}')
    _is(found, 0.5 / 0.875, 0.25 / 0.875, 0.125 / 0.875, 0.875)


def test_spellings_of_a_label_add_up() -> None:
    tops = {"YES": 0.4, " YES": 0.1, "Yes": 0.1, "yes.": 0.1, "NO": 0.2}
    _is(_decided('{"decision": "', ("YES", tops), '"}'), 0.7 / 0.9, 0.2 / 0.9, 0.0, 0.9)


@pytest.mark.parametrize("word", ["now", "NOT", "None", "YESTERDAY", "SKIPPED", "nO1", "NO_", "NOé"])
def test_a_word_that_contains_a_label_is_none(word: str) -> None:
    _is(_decided('{"decision": "', ("YES", {"YES": 0.5, word: 0.5}), '"}'), 1.0, 0.0, 0.0, 0.5)


def test_words_of_several_tokens_count_by_their_first() -> None:
    found = _decided('{"decision": "', ("Y", {"Y": 0.5, "N": 0.3, "SK": 0.1, "X": 0.1}), "ES", '"}')
    _is(found, 0.5 / 0.9, 0.3 / 0.9, 0.1 / 0.9, 0.9)


def test_a_beginning_that_the_reply_went_on_with_otherwise_is_no_label() -> None:
    found = _decided('{"decision": "', ("N", {"N": 0.5, "YES": 0.4}), "EVER", '"}')
    _is(found, 1.0, 0.0, 0.0, 0.4)


def test_a_beginning_counts_only_where_the_token_ends() -> None:
    _is(_decided('{"decision": "', ("YES", {"YES": 0.5, 'N"': 0.4}), '"}'), 1.0, 0.0, 0.0, 0.5)


@pytest.mark.parametrize("tokens", [("YES",), (" Yes", "."), ("**", "YES", "**"), ("YES", "\n")])
def test_a_reply_of_one_word(tokens: tuple[str, ...]) -> None:
    found = _decided(*[(t, {t: 0.7, "No": 0.2}) if "es" in t.lower() else t for t in tokens])
    _is(found, 0.7 / 0.9, 0.2 / 0.9, 0.0, 0.9)


@pytest.mark.parametrize(
    "text", ["Maybe", "YES it is", "", '{"decision": true}', '{"other": "YES"}', "YES NO"]
)
def test_a_reply_without_a_decision_has_none(text: str) -> None:
    assert _decided((text, {text or " ": 0.9, "YES": 0.1})) is None


def test_thoughts_before_the_reply_are_passed_over() -> None:
    thought = '{"decision": "NO"} would be wrong. '
    text = '{"decision": "YES"}'
    found = _decided(thought, '{"decision": "', ("YES", {"YES": 0.8, "NO": 0.2}), '"}', text=text)
    _is(found, 0.8, 0.2, 0.0, 1.0)


def test_tokens_after_the_reply_do_not_matter() -> None:
    _is(_decided(("YES", {"YES": 0.8, "NO": 0.1}), "<|end|>", text="YES"), 8 / 9, 1 / 9, 0.0, 0.9)


def test_the_chosen_token_counts_once_also_beyond_the_alternatives() -> None:
    listed = Position("YES", math.log(0.1), (("YES", math.log(0.1)), ("NO", math.log(0.9))))
    beyond = Position("YES", math.log(0.1), (("NO", math.log(0.9)),))
    for position in (listed, beyond):
        _is(decided("YES", [position]), 0.1, 0.9, 0.0, 1.0)


def test_no_positions_no_decision() -> None:
    assert decided('{"decision": "YES"}', []) is None
    assert decided(None, []) is None


def test_floors_of_servers_for_minus_infinity_are_zero() -> None:
    _is(decided("YES", [Position("YES", 0.0, (("NO", -9999.0), ("SKIP", -math.inf)))]), 1.0, 0.0, 0.0, 1.0)


LOGPROBS = st.floats(max_value=0.5) | st.just(math.nan)
TOKENS = st.one_of(
    st.sampled_from([*LABELS, " YES", '"NO', "Sk", "Y", "now", '{"decision": "', '"}', "", "<eos>"]),
    st.text(max_size=6),
)
POSITIONS = st.lists(
    st.builds(Position, TOKENS, LOGPROBS, st.lists(st.tuples(TOKENS, LOGPROBS), max_size=6).map(tuple)),
    max_size=8,
)


@given(POSITIONS, st.one_of(st.none(), st.text(max_size=20)))
def test_whatever_the_tokens_it_is_a_distribution_or_none(
    positions: list[Position], text: str | None
) -> None:
    joined = "".join(position.token for position in positions)
    for reply in (joined, text):
        found = decided(reply, positions)
        if found is not None:
            assert found.yes + found.no + found.skip == pytest.approx(1.0)
            assert min(found.yes, found.no, found.skip) >= 0.0
            assert 0.0 < found.mass <= 1.0


@given(
    st.sampled_from(LABELS),
    st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4),
    st.permutations(range(4)),
    st.text("abcxyz ,.", max_size=10),
)
def test_it_is_the_share_of_the_labels_wherever_the_reply_is_split(
    chosen: str, weights: list[float], order: list[int], rest: str
) -> None:
    total = sum(weights)
    words = [*LABELS, "other"]
    tops = {words[i]: weights[i] / total for i in order}
    whole = _decided('{"presence": "', (chosen, tops), '", "evidence": "' + rest + '"}')
    split = _decided("{", '"pre', 'sence"', ': "', (chosen, tops), '", ', '"evidence": "' + rest, '"}')
    mass = sum(tops[label] for label in LABELS)
    _is(whole, *(tops[label] / mass for label in LABELS), mass)
    assert split == whole


@given(st.floats(0.05, 0.9), st.floats(0.05, 0.9))
def test_more_for_yes_is_never_less_for_yes(low: float, high: float) -> None:
    low, high = sorted((low, high))
    less, more = (_decided(("YES", {"YES": p / 2, "NO": 0.3})) for p in (low, high))
    assert less is not None
    assert more is not None
    assert less.yes <= more.yes


def test_a_decision_within_thoughts_is_none() -> None:
    thought = ('<think>maybe {"decision": "', ("YES", {"YES": 0.9, "NO": 0.1}), '"} or not</think>')
    found = _decided(*thought, '{"decision": "', ("NO", {"NO": 0.95, "YES": 0.05}), '"}')
    _is(found, 0.05, 0.95, 0.0, 1.0)


def test_of_several_answers_the_last_counts_as_for_the_reader() -> None:
    form = ('Form: {"decision": "', ("NO", {"NO": 0.99, "YES": 0.01}), '"}\n')
    found = _decided(*form, '{"decision": "', ("YES", {"YES": 0.8, "NO": 0.2}), '"}')
    _is(found, 0.8, 0.2, 0.0, 1.0)
