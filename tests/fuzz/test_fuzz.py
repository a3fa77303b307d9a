"""Whatever stands in a file: rows, or an error of crossoracle; at length by ``make fuzz``."""

from __future__ import annotations

from typing import Any

import pytest

from crossoracle.importers.catalogue import BUILT_IN
from tests.fuzz.hunting import hunt
from tests.fuzz.targets import TARGETS, Target

EXAMPLES = 12
FOUND = [(target, given) for target in TARGETS for given in target.found]


@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_nothing_but_errors_in_words(target: Target) -> None:
    came = hunt(target, EXAMPLES)
    assert came.inputs >= EXAMPLES
    assert came.taken > 0, "every input was refused: nothing behind the first check was reached"


@pytest.mark.parametrize(("target", "given"), FOUND, ids=[f"{t.name}-{i}" for i, (t, _) in enumerate(FOUND)])
def test_what_once_broke_a_reader(target: Target, given: Any) -> None:
    target.try_(given)


def test_a_reader_that_breaks_is_noticed() -> None:
    def broken(text: str) -> None:
        if "7" in text:
            raise IndexError("list index out of range")

    (conditions,) = (target for target in TARGETS if target.name == "conditions")
    with pytest.raises(IndexError):
        hunt(Target("broken", conditions.inputs, broken), 2000)
    with pytest.raises(ValueError, match="without words"):
        hunt(Target("silent", conditions.inputs, _silent), 5)


def _silent(text: str) -> None:
    from crossoracle.errors import InputError

    raise InputError("")


def test_every_importer_is_under_fire() -> None:
    hunted = {target.name.split()[1] for target in TARGETS if target.name.startswith("import ")}
    assert hunted == {importer.name for importer in BUILT_IN}
