"""Arms as they are written, and what is wrong with some."""

from __future__ import annotations

import pytest

from crossoracle.analysis.floors.arm import Arm, Member, parse, reference, run_pairs
from crossoracle.errors import InputError, UnknownNameError

KNOWN = {"g": {"0", "1", "2", "10"}, "d": {"0", "1"}, "once": {"0"}, "org/model:7b": {"0", "1"}}


def _names(arms):
    return {arm.name: [member.name for member in arm.members] for arm in arms}


def test_runs_are_named_or_all_in_order_and_an_arm_can_grow():
    found = parse(["greedy=g:2,0", "direct=d", "greedy=once", "all=org/model:7b"], KNOWN)
    assert _names(found) == {
        "greedy": ["g:2", "g:0", "once:0"],
        "direct": ["d:0", "d:1"],
        "all": ["org/model:7b:0", "org/model:7b:1"],
    }
    assert _names(parse(["g=g"], KNOWN)) == {"g": ["g:0", "g:1", "g:2", "g:10"]}
    assert _names(parse(["m=org/model:7b:1"], KNOWN)) == {"m": ["org/model:7b:1"]}


def test_by_default_every_oracle_with_several_runs_is_an_arm():
    assert list(_names(parse([], KNOWN))) == ["d", "g", "org/model:7b"]
    with pytest.raises(InputError, match=r"no oracle with two runs among a, b.*--runs 3"):
        parse([], {"a": {"0"}, "b": {"0"}})


@pytest.mark.parametrize(
    ("written", "error", "told"),
    [
        (["greedy"], InputError, "expected NAME=ORACLE:RUN,RUN"),
        (["=g:0"], InputError, "expected NAME=ORACLE:RUN,RUN"),
        (["x=gg:0"], UnknownNameError, "unknown oracle in --arm x=gg:0: 'gg': did you mean 'g'"),
        (["x=g:0,3"], UnknownNameError, "unknown run of g in --arm x=g:0,3: '3'.*known are 0, 1, 10, 2"),
        (["x=g:0", "y=g:0,1"], InputError, r"found g:0 twice \(in x and y\)"),
        (["x=g:0,0"], InputError, r"found g:0 twice \(in x and x\)"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(written, error, told):
    with pytest.raises(error, match=told) as found:
        parse(written, KNOWN)
    assert "\n" not in str(found.value)


def test_the_reference_is_the_first_arm_and_must_have_been_repeated():
    once, twice = Arm("once", (Member("o", "0"),)), Arm("twice", (Member("t", "0"), Member("t", "1")))
    assert reference([twice, once], None) == twice
    assert reference([once, twice], "twice") == twice
    with pytest.raises(InputError, match=r"arm once has one run \(o:0\); expected at least 2, better 3"):
        reference([once, twice], None)
    with pytest.raises(UnknownNameError, match=r"--floor-of.*did you mean 'twice'"):
        reference([once, twice], "twicee")


def test_a_run_is_never_paired_with_itself():
    assert list(run_pairs((0, 1, 2), (0, 1, 2))) == [(0, 1), (0, 2), (1, 2)]
    assert list(run_pairs((0, 1), (2, 3))) == [(0, 2), (0, 3), (1, 2), (1, 3)]
    assert list(run_pairs((4,), (4,))) == []
