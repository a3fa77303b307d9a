"""The name of a condition says all of it: it is read, and printed back the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.sampling import CONDITIONS, Condition, parse

CANONICAL = [
    "full",
    "led@0",
    "led@0.25",
    "led@1",
    "inverted@0",
    "inverted@0.05",
    "bottom",
    "threshold@0.5",
    "budget@0.3",
    "anti@0.3",
    "graded",
    "graded-kept",
    "uniform",
    "random",
    "random#0",
    "random#17",
    "motion",
    "motion-quantile",
    "uniform@0.2",
    "random@0.3",
    "random@0.3#2",
    "motion@0.3",
    "temporal@0.3",
    "full+shuffled",
    "led@0.25+shuffled",
    "random@0.3#2+shuffled",
    "led@0.0000001",
]


@st.composite
def conditions(draw):
    form = draw(st.sampled_from(list(CONDITIONS.values())))
    parameter = draw(st.floats(0, 1)) if form.takes_parameter else None
    seed = draw(st.none() | st.integers(0, 10**18 - 1)) if form.seeded else None
    return Condition(form, parameter, seed, draw(st.booleans()))


@given(conditions())
def test_what_is_printed_is_read_as_the_same(condition):
    assert parse(str(condition)) == condition
    assert str(parse(str(condition))) == str(condition)


@pytest.mark.parametrize("name", CANONICAL)
def test_canonical_names_are_printed_back(name):
    assert str(parse(name)) == name


def test_every_form_has_a_canonical_name_here():
    assert {parse(name).form.name for name in CANONICAL} == set(CONDITIONS)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("led@0.250", "led@0.25"),
        ("led@.5", "led@0.5"),
        ("led@1.0", "led@1"),
        ("led@5e-1", "led@0.5"),
        ("random#007", "random#7"),
        ("led@00.5+shuffled", "led@0.5+shuffled"),
    ],
)
def test_other_ways_of_writing_are_read(written, canonical):
    assert str(parse(written)) == canonical


def test_minus_zero_is_zero():
    assert str(Condition(CONDITIONS["led@a"], -0.0)) == "led@0"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("lead@0.3", "led@a"),
        ("led", "led@a"),
        ("led@", "led@a"),
        ("led@x", "led@a"),
        ("led@-0.5", "led@a"),
        ("Full", "full"),
        ("bottom@0.3", "bottom"),
        ("bottoms", "bottom"),
        ("budjet@0.2", "budget@f"),
        ("treshold@0.5", "threshold@t"),
        ("random#x", "random#s"),
        ("full#3", "full"),
        ("temporal", "temporal@f"),
        ("full+shufled", r"full\+shuffled"),
    ],
)
def test_unknown_names_suggest_the_nearest(name, nearest):
    with pytest.raises(UnknownNameError, match=f"did you mean '{nearest}'"):
        parse(name)


@pytest.mark.parametrize("name", ["", "+shuffled", "full+shuffled+shuffled", "led@0.2 ", "led@nan", "led@٣"])
def test_what_is_no_name_is_unknown(name):
    with pytest.raises(UnknownNameError, match="unknown condition"):
        parse(name)


@pytest.mark.parametrize("name", ["led@1.5", "threshold@2", "budget@1e400", "random@1.01#3"])
def test_parameters_out_of_range_are_refused(name):
    with pytest.raises(InputError, match="expected a number between 0 and 1, both included"):
        parse(name)


@pytest.mark.parametrize(
    ("form", "given", "expected"),
    [
        ("led@a", {}, "expected a parameter"),
        ("full", {"parameter": 0.5}, "expected no parameter"),
        ("led@a", {"parameter": float("nan")}, "both included"),
        ("full", {"seed": 3}, "as nothing is drawn"),
        ("random#s", {"seed": -3}, "at least 0"),
    ],
)
def test_conditions_that_make_no_sense_are_refused(form, given, expected):
    with pytest.raises(InputError, match=expected):
        Condition(CONDITIONS[form], **given)


def test_forms_are_explained():
    for name, form in CONDITIONS.items():
        assert name == form.name
        assert form.meaning.endswith(".")
        assert form.full_when
        assert form.nothing


def test_conditions_that_need_no_oracle_are_known():
    free = {name for name, form in CONDITIONS.items() if not _condition(form).needs_oracle}
    assert free == {"full", "uniform@f", "random@f", "motion@f", "motion-quantile", "temporal@f"}


def _condition(form):
    return Condition(form, 0.5 if form.takes_parameter else None)
