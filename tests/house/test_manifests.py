"""What the catalogues that others may add to have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from crossoracle.errors import InputError, NotInstalledError, UnknownNameError
from crossoracle.manifests import Manifest, every, find

GROUP = "crossoracle.tests"


@dataclass(frozen=True)
class Lamp(Manifest[type]):
    """Something with a name."""

    noun: ClassVar[str] = "lamp"

    watts: int = 40


ONE = Lamp("one", "the first", "collections:OrderedDict", 60)


def test_what_it_stands_for_is_loaded_late():
    assert (ONE.watts, ONE.extra, ONE.load().__name__) == (60, None, "OrderedDict")


@pytest.mark.parametrize(
    ("extra", "advice"), [(None, "pip install 'no_such_module'"), ("local", r"crossoracle\[local\]")]
)
def test_what_is_missing_is_named_with_what_brings_it(extra, advice):
    with pytest.raises(NotInstalledError, match=f"lamp two: found no module no_such_module; .*{advice}"):
        Lamp("two", "the second", "no_such_module.part:Two", extra=extra).load()


def test_an_extra_is_only_given_by_name():
    with pytest.raises(TypeError):
        Lamp("two", "the second", "a:b", 40, "local")


def test_found_by_name_in_the_order_of_the_catalogue():
    other = Lamp("other", "the other", "a:b")
    known = every(GROUP, (other, ONE))
    assert list(known) == ["other", "one"]
    assert find("lamp", "one", known) is ONE
    with pytest.raises(UnknownNameError, match="unknown lamp 'othr': did you mean 'other'"):
        find("lamp", "othr", known)


def test_two_of_one_name_are_refused():
    with pytest.raises(
        InputError, match=r"lamp 'one': found two \(collections:OrderedDict and a:b\), expected"
    ):
        every(GROUP, (ONE, Lamp("one", "another", "a:b")))
