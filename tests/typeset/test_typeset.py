"""Tables for a paper: what they hold, how it is rounded, and that no name breaks them."""

from __future__ import annotations

import csv
import math
import re
import shutil
import subprocess

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossoracle.analysis import catalogue
from crossoracle.config import Study
from crossoracle.errors import InputError
from crossoracle.figures import titles
from crossoracle.provenance import Provenance, read_sidecar
from crossoracle.report.words import CHANGES
from crossoracle.tables import write
from crossoracle.tables.downstream import HEADLINE
from crossoracle.typeset.rounding import FEWEST, MOST, decimals
from crossoracle.typeset.run import typeset
from crossoracle.typeset.setting import LATEX, escaped, latex, markdown
from crossoracle.typeset.sheet import Cell, Sheet
from tests.report.test_report import tables

NAN = math.nan


def sheet(*cells, name="a / b", head=("Oracles", "kappa"), group="d"):
    return Sheet("s", "Caption.", head, ((group, ((name, cells),)),))


@given(st.floats(-1, 1), st.floats(1e-3, 2))
def test_half_the_width_keeps_two_digits_and_more_would_be_noise(low, width):
    digits = decimals(low, low + width)
    assert FEWEST <= digits <= MOST
    half = (low + width - low) / 2
    if FEWEST < digits < MOST:
        assert 9.999 <= half * 10**digits <= 100.001


@pytest.mark.parametrize(("low", "high"), [(NAN, NAN), (0.5, 0.5), (0.5, math.inf)])
def test_without_an_interval_there_are_two_decimals(low, high):
    assert decimals(low, high) == 2


@pytest.mark.parametrize(
    ("p", "stars"),
    [
        (0.0004, "***"),
        (0.001, "**"),
        (0.009, "**"),
        (0.01, "*"),
        (0.0499, "*"),
        (0.05, ""),
        (NAN, ""),
        (None, ""),
    ],
)
def test_stars(p, stars):
    assert Cell(1, 0, 2, p).stars == stars


def test_nothing_is_minus_zero():
    assert Cell(-0.001, -0.2, 0.2).number == "0.00"


def test_brackets_and_subscripts():
    one = sheet(Cell(-0.612, -0.644, -0.577))
    assert "$-$0.612 [$-$0.644, $-$0.577]" in latex(one)
    assert r"$-0.612_{[-0.644,\,-0.577]}$" in latex(one, "subscript")
    assert "| -0.612 [-0.644, -0.577] |" in markdown(one)


def test_what_is_undefined_is_a_dash_or_empty_and_never_a_number():
    one = sheet(Cell(NAN, NAN, NAN), None, head=("Oracles", "a", "b"))
    assert r"a / b & -- & -- \\" in latex(one)
    assert "nan" not in latex(one) + markdown(one)


def test_stars_are_explained_only_where_there_are_some():
    assert "Holm" not in latex(sheet(Cell(1, 0, 2)))
    assert "Holm" in latex(sheet(Cell(1, 0, 2, 0.01)))
    assert "Holm" in markdown(sheet(Cell(1, 0, 2, 0.01)))


@given(st.text(alphabet=st.sampled_from([*LATEX, "a", " ", "|", "*"]), max_size=12))
def test_every_special_sign_is_escaped(text):
    left = escaped(text)
    for told in sorted(set(LATEX.values()), key=len, reverse=True):
        left = left.replace(told, "")
    assert not set(left) & set(LATEX)


def test_a_name_cannot_add_a_cell():
    row = next(line for line in markdown(sheet(Cell(1, 0, 2), name="a|b")).splitlines() if "a\\|b" in line)
    assert row.replace("\\|", "").count("|") == 4


@pytest.fixture
def home(tmp_path):
    place = tables(tmp_path / "study", videos=30)
    Study(place).agree(replicates=99)
    return place


def test_the_tables_of_a_study(home, tmp_path):
    files = typeset(home / "results", tmp_path / "tables")
    names = {file.name for file in files}
    assert names == {
        f"agreement-{of}.{kind}" for of in ("pairs", "together") for kind in ("tex", "md", "csv")
    }
    with open(tmp_path / "tables" / "agreement-pairs.csv") as file:
        rows = list(csv.DictReader(file))
    found = Study(home).agree(replicates=99).estimates
    (known,) = found.select(statistic="cohen_kappa", oracle_a="a", oracle_b="c", dataset="all", label=None)
    same = [
        r for r in rows if (r["group"], r["row"], r["column"]) == ("All datasets", "a / c", "Cohen's kappa")
    ]
    assert float(same[0]["value"]) == pytest.approx(known.value, abs=1e-12)
    text = (tmp_path / "tables" / "agreement-pairs.tex").read_text()
    assert "29 videos that every oracle recognised" in text
    assert read_sidecar(files[0])["verb"] == "draw"


def differences(place, *changes):
    """Write a table of differences, a row for each of the changes of a row that is whole."""
    key = {"dataset": "d", "recognizer": "vit/b", "run": None, "stratum": None, "metric": "top1"}
    numbers = {"value": 0.1234, "low": 0.05, "high": 0.2, "level": 0.95, "p_holm": 0.004, "b": 9, "c": 3}
    unknown = ("simultaneous_low", "simultaneous_high", "p_signflip", "p_mcnemar", "tango_low", "tango_high")
    numbers |= {"interval": "expanded"} | dict.fromkeys(unknown)
    counts = {"n_videos": 50, "n_clusters": 50, "n_left_out": 0, "family": "f", "reason": None}
    named = {"contrast": "full_gap", "condition_a": "led@0", "condition_b": "full"}
    rows = [{**key, **named, **numbers, **counts, **one} for one in changes]
    place.mkdir(exist_ok=True)
    write("differences", pd.DataFrame(rows), place / "differences.parquet", provenance=Provenance("test"))


def test_differences_have_a_column_per_oracle_and_are_percentage_points(tmp_path):
    differences(tmp_path, *({"oracle": oracle} for oracle in ("a", "b")))
    files = typeset(tmp_path, tmp_path / "tables")
    assert [one.name for one in files] == [f"differences-vit-b.{kind}" for kind in ("tex", "md", "csv")]
    text = files[0].read_text()
    assert r"Contrast & a & b \\" in text
    assert r"full\_gap (led@0 - full) & +12.3$^{**}$ [+5.0, +20.0]" in text


def test_differences_are_of_one_run_which_the_caption_names(home, tmp_path):
    runs = {"0": 0.1, "1": 0.3, "2": 0.5}
    differences(tmp_path / "r", *({"oracle": "a", "run": run, "value": value} for run, value in runs.items()))
    first = typeset(tmp_path / "r", tmp_path / "tables")[0].read_text()
    assert "+10.0" in first
    assert "+50.0" not in first
    assert "points, of run 0, paired" in first
    rows = duckdb.read_parquet(str(home / "results" / "estimates.parquet")).df()
    of_pairs = rows["oracle_a"].notna()
    rows.loc[of_pairs, ["run_a", "run_b"]] = "1"
    write("estimates", rows, tmp_path / "r" / "estimates.parquet", provenance=Provenance("test"))
    told = {file.name: file.read_text() for file in typeset(tmp_path / "r", tmp_path / "tables")}
    assert "+30.0" in told["differences-vit-b.tex"]
    assert "of run 1" in told["differences-vit-b.tex"]


def test_without_a_coefficient_of_the_table_there_is_no_table_of_names(tmp_path):
    place = tables(tmp_path / "study", videos=6)
    Study(place).agree(replicates=9, coefficients=["pearson_within"])
    assert typeset(place / "results", tmp_path / "tables") == []
    Study(place).agree(replicates=9, coefficients=["cohen_kappa"])
    assert {file.stem for file in typeset(place / "results", tmp_path / "tables")} == {"agreement-pairs"}


def test_names_that_differ_in_signs_or_are_long_have_files_and_labels_of_their_own(tmp_path):
    names = ("vit/b", "vit:b", "v" * 300, "v" * 299 + "%")
    differences(tmp_path, *({"oracle": "a", "recognizer": name} for name in names))
    files = typeset(tmp_path, tmp_path / "tables")
    assert len({file for file in files if file.is_file()}) == 3 * len(names)
    labels = [re.search(r"label\{(.*)\}", f.read_text()).group(1) for f in files if f.suffix == ".tex"]
    assert len(set(labels)) == len(names)
    assert not any(set(label) & set(LATEX) - {"_"} for label in labels)


def test_the_headline_contrasts_are_the_same_everywhere_and_in_one_order():
    assert tuple(titles.CONTRASTS) == tuple(CHANGES) == HEADLINE
    assert [name for name in catalogue.CONTRASTS if name in HEADLINE] == list(HEADLINE)


@pytest.mark.parametrize("name", ["[x]", "*x", "a--b", "``a''", "two\n\nlines", "\\input{x}", "%", "a\x00b"])
def test_no_name_means_something_to_latex(name):
    text = escaped(name)
    assert not text.startswith(("[", "*"))
    assert not re.search(r"--|''|``|\n|(?<!\\)%|\\input|\x00", text)


def test_no_name_means_something_to_markdown():
    text = markdown(sheet(Cell(1, 0, 2), name="<script>alert(1)</script> **b** [l](u) _i_ `c` &lt;"))
    for sign in "<>*[]_`&":
        assert not re.search(rf"(?<!\\)\{sign}", text.split("|---")[1].split("| 1.0")[0])


def test_signs_that_pdflatex_lacks_are_told_of():
    assert "LuaLaTeX" in latex(sheet(Cell(1, 0, 2), name="\N{CLAPPER BOARD}"))
    assert "LuaLaTeX" not in latex(sheet(Cell(1, 0, 2), name="caf\N{LATIN SMALL LETTER E WITH ACUTE}"))


def test_an_unknown_way_to_show_intervals(home, tmp_path):
    with pytest.raises(InputError, match="brackets, subscript"):
        typeset(home / "results", tmp_path, intervals="round")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex on the path")
def test_latex_takes_it(home, tmp_path):
    files = typeset(home / "results", tmp_path, intervals="subscript")
    body = "\n".join(file.read_text() for file in files if file.suffix == ".tex")
    lines = (
        r"\documentclass{article}",
        r"\usepackage{booktabs}",
        r"\begin{document}",
        body,
        r"\end{document}",
    )
    (tmp_path / "paper.tex").write_text("\n".join(lines))
    words = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paper.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
