"""Agreement on the terminal: the pairs, the oracles together, and what the numbers rest on.

A cell is "value [low, high]".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from rich.table import Table

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.agreement.summary import Agreed
from crossoracle.analysis.diagnostics.summary import Diagnosed
from crossoracle.results import Estimate
from crossoracle.terminal.diagnosing import record, show_diagnostics
from crossoracle.terminal.remarks import remarks
from crossoracle.terminal.screen import MOST, console, hand_over, records, show, table

PAIRS = ("spearman_within", "cohen_kappa", "kappa_quadratic")
TOGETHER = ("alpha_interval", "alpha_ordinal", "fleiss_kappa", "icc_2_1", "spearman_within_all")
MOST_PAIRS = 12  # pairs that are shown before the middle of the list is left out

Where = tuple[str, str | None]
Known = Mapping[tuple[str, str | None, str | None, str, str | None], Estimate]
Cells = Sequence[Estimate | str | None]
READS = {"kept": "kept segments", "levels": "levels of score", "score": "scores"}


def show_agreement(found: Agreed, *, as_json: bool, diagnosed: Diagnosed | None = None) -> None:
    """Show the headline of pairs, the coefficients of all oracles, and what they rest on."""
    screen = console()
    if found.basis.videos:
        for shown in (_pairs(found), _together(found)):
            if shown is not None:
                show(screen, shown)
        names = (*_chosen(found, "pair", PAIRS), *_chosen(found, "all", TOGETHER))
        for line in remarks(found, names):
            screen.print(line)
    else:
        screen.print("Nothing is comparable: no video is recognised by every oracle.", style="bold")
        for line in found.notes:
            screen.print(line)
    if diagnosed is not None:
        show_diagnostics(diagnosed, screen)
    for line in found.told:
        screen.print(line)
    files = (*found.files, *(() if diagnosed is None else diagnosed.files))
    hand_over(files, (lambda: _record(found) | (record(diagnosed) if diagnosed else {})) if as_json else None)


def _pairs(found: Agreed) -> Table | None:
    """Return the table of pairs: a row per pair, a column per coefficient."""
    names = _chosen(found, "pair", PAIRS)
    title = f"Each pair of oracles: value [{found.options.level:.0%} interval]"
    shown = table(title, ["videos", "pair"], [f"{_title(name)}\n({_reads(name)})" for name in names])
    pairs = list(combinations(found.basis.oracles, 2))

    def rows(known: Known, where: Where) -> list[tuple[str, Cells]]:
        return _shortened(
            [(f"{a} / {b}", [known.get((name, a, b, *where)) for name in names]) for a, b in pairs]
        )

    return _filled(shown, found, rows) if names else None


def _together(found: Agreed) -> Table | None:
    """Return the table of all oracles: a row per coefficient."""
    names = _chosen(found, "all", TOGETHER)
    shown = table("All oracles together", ["videos", "coefficient", "of"], ["value"])

    def rows(known: Known, where: Where) -> list[tuple[str, Cells]]:
        return [(_title(name), [_reads(name), known.get((name, None, None, *where))]) for name in names]

    return _filled(shown, found, rows) if names else None


def _filled(shown: Table, found: Agreed, rows: Callable[[Known, Where], list[tuple[str, Cells]]]) -> Table:
    """Fill a table with a section of rows for each dataset, or label."""
    known = {(e.statistic, e.oracle_a, e.oracle_b, e.dataset, e.label): e for e in found.estimates}
    places = _places(found)
    for where in places[:MOST]:
        shown.add_section()
        for i, (name, cells) in enumerate(rows(known, where)):
            shown.add_row("" if i else _called(where), name, *map(_cell, cells))
    shown.caption = "1 is perfect agreement; 0 is no more than chance, or no association at all."
    if len(places) > MOST:
        shown.caption = f"{shown.caption} {len(places) - MOST} more sets of videos in the results."
    return shown


def _chosen(found: Agreed, of: str, first: Sequence[str]) -> list[str]:
    """Return the coefficients to show: those of ``first`` that are defined, or else three others."""
    ours = [e for e in found.estimates if COEFFICIENTS[e.statistic].of == of]
    computed = list(dict.fromkeys(e.statistic for e in ours))
    defined = list(dict.fromkeys(e.statistic for e in ours if e.value == e.value))
    for some in (defined, computed):
        if chosen := [name for name in first if name in some] or some[:3]:
            return chosen
    return []


def _shortened(rows: list[tuple[str, Cells]]) -> list[tuple[str, Cells]]:
    """Return every pair, or those that agree most and least by the first column where there are many."""
    if len(rows) <= MOST_PAIRS:
        return rows
    ranked = sorted((row for row in rows if _value(row) == _value(row)), key=_value, reverse=True)
    most, least = ranked[: MOST_PAIRS // 2], ranked[MOST_PAIRS // 2 :][-MOST_PAIRS // 2 :]
    between = f"... {len(rows) - len(most) - len(least)} more pairs, in the results"
    return [*most, (between, []), *least]


def _value(row: tuple[str, Cells]) -> float:
    first = row[1][0]
    return first.value if isinstance(first, Estimate) else float("nan")


def _title(name: str) -> str:
    return COEFFICIENTS[name].title


def _reads(name: str) -> str:
    return READS[COEFFICIENTS[name].reads]


def _places(found: Agreed) -> list[Where]:
    """Return the sets of videos that there are rows of; a single dataset is all there is, and shown once."""
    places = list(dict.fromkeys((e.dataset, e.label) for e in found.estimates))
    only = found.basis.datasets[0] if len(found.basis.datasets) == 1 else None
    return [where for where in places if where != (only, None)]


def _called(where: Where) -> str:
    dataset, label = where
    if label is not None:
        return f"{dataset}: {label}"
    return "all datasets" if dataset == "all" else dataset


def _cell(e: Estimate | str | None) -> str:
    if not isinstance(e, Estimate):
        return e or ""
    if e.value != e.value:
        return "undefined"
    return f"{e.value:.3f} [no interval]" if e.low != e.low else f"{e.value:.3f} [{e.low:.3f}, {e.high:.3f}]"


def _record(found: Agreed) -> dict[str, Any]:
    return {
        "estimates": records(found.estimates.to_frame()),
        "differences": records(found.differences.to_frame()),
        "tests": records(found.tests.to_frame()),
        "checks": [] if found.checks is None else records(found.checks.to_frame()),
        "unchecked": {} if found.checks is None else found.checks.unchecked,
        "basis": asdict(found.basis),
        "options": asdict(found.options),
        "notes": found.notes,
        "told": found.told,
    }
