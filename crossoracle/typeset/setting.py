"""A sheet as text: LaTeX with booktabs, Markdown, CSV."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from crossoracle.typeset.sheet import Cell, Sheet

if TYPE_CHECKING:
    from jinja2 import Environment

Intervals = Literal["brackets", "subscript"]
HERE = Path(__file__).parent / "templates"
EXPLAINED = "Stars: p adjusted by Holm below 0.05 (*), 0.01 (**), 0.001 (***)."
LATEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "[": "{[}",  # behind the end of a row it would begin an option of it
    "*": "{*}",  # and this would be part of it
}
MARKDOWN = "\\`*_[]<>|&~"
USUAL = 0x17F  # the end of Latin Extended-A: pdfLaTeX knows little beyond it


def latex(sheet: Sheet, intervals: Intervals = "brackets") -> str:
    """Return a table for LaTeX, which needs the package booktabs.

    Parameters
    ----------
    intervals : {"brackets", "subscript"}
        0.61 [0.58, 0.64], or both bounds as a subscript of the number.
    """
    template = _environment().get_template("table.tex.jinja")
    text: str = template.render(sheet=sheet, how=intervals, stars=EXPLAINED, unusual=False)
    if all(ord(sign) <= USUAL for sign in text):
        return text
    return str(template.render(sheet=sheet, how=intervals, stars=EXPLAINED, unusual=True))


def markdown(sheet: Sheet) -> str:
    """Return a table in Markdown."""
    return _environment().get_template("table.md.jinja").render(sheet=sheet, stars=EXPLAINED)


def comma_separated(sheet: Sheet) -> str:
    """Return a table as CSV, one row per cell, unrounded."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("group", "row", "column", "value", "low", "high", "p_holm"))
    for group, lines in sheet.groups:
        for name, cells in lines:
            for column, cell in zip(sheet.head[1:], cells, strict=True):
                if cell is not None:
                    numbers = (cell.value, cell.low, cell.high, cell.p)
                    told = ("" if one is None or one != one else repr(one) for one in numbers)
                    rows.writerow((group, name, column, *told))
    return text.getvalue()


def escaped(text: str) -> str:
    r"""Return text for LaTeX: every sign that means something to it stands for itself.

    Examples
    --------
    >>> print(escaped("led@0 & 50% of a_b"))
    led@0 \& 50\% of a\_b
    """
    printed = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    text = "".join(LATEX.get(sign, sign) for sign in printed)
    for ligature in ("--", "''", "``"):
        text = text.replace(ligature, "{}".join(ligature))
    return text


def _piped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in MARKDOWN else sign for sign in " ".join(text.split()))


def _in_latex(cell: Cell | None, how: Intervals) -> str:
    if cell is None or not cell.defined:
        return "--"
    number = cell.number.replace("-", "$-$")
    stars = f"$^{{{cell.stars}}}$" if cell.stars else ""
    if cell.bounds is None:
        return f"{number}{stars}"
    low, high = cell.bounds
    if how == "subscript":
        return f"${cell.number}_{{[{low},\\,{high}]}}${stars}"
    low, high = (bound.replace("-", "$-$") for bound in (low, high))
    return f"{number}{stars} [{low}, {high}]"


def _in_markdown(cell: Cell | None) -> str:
    if cell is None or not cell.defined:
        return ""
    bounds = "" if cell.bounds is None else f" [{cell.bounds[0]}, {cell.bounds[1]}]"
    return f"{cell.number}{cell.stars.replace('*', chr(92) + '*')}{bounds}"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # the texts are LaTeX and Markdown, whose own escapes are filters
    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
    made.filters |= {"tex": escaped, "md": _piped, "tex_cell": _in_latex, "md_cell": _in_markdown}
    return made
