"""The command line: one verb per step, in the order in which the data flow.

Each verb parses, calls one method of `Study` and prints. Text for people goes to stderr, data and paths to
stdout. Exit 0: done. 1: done, and the answer is no (nothing comparable). 2: wrong input, told in one line.
130: stopped from the keyboard. 141: nobody read stdout to the end. 70: a defect of crossoracle.
"""

from __future__ import annotations

from crossoracle.cli.program import cli, main, run

__all__ = ["cli", "main", "run"]
