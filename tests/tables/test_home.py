"""A file is no study, and the message says what to do with it."""

from __future__ import annotations

import re

import pytest

from crossoracle.errors import StudyError
from crossoracle.tables.home import Home


@pytest.mark.parametrize("given", [{}, {"scores": "other.csv"}])
def test_a_file_in_place_of_a_study_goes_by_an_option(tmp_path, given):
    path = tmp_path / "ratings.csv"
    path.write_text("dataset\n")
    message = (
        f"{path}: found a file, expected the directory of a study; give a table of scores as --scores FILE"
    )
    with pytest.raises(StudyError, match=re.escape(message)):
        Home(path, **given)
