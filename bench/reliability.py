"""The page docs/reliability.md, written from what was recorded: ``python -m bench.reliability``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.measuring import RESULTS
from crossoracle.atomic import replace_text

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
HEAD = """\
# Reliability

What was broken on purpose, and what was lost by it. Every number below was written by the command beside it
into `bench/results/`; this page is made from those files (`python -m bench.reliability`).

## Promises

- **What was paid for is kept.** A question is written into `ledger.sqlite` before it is put, its reply
  before anybody reads it, both with `synchronous = FULL`. A process that dies loses the calls that were
  under way, at most `in_flight` of each oracle; they are counted as possibly paid, and put again only
  with `--resend`.
- **No table is half-written.** Files are written beside their places, and renamed when they are complete.
  A process that dies in between leaves hidden files (`.NAME.….tmp`), which nothing reads; delete them at
  leisure. If it dies between two renames, a table can be newer than its sidecar: it is then validated
  anew when it is read, and its step is done again by `run`.
- **Results of several tables appear together** unless the process dies at that very moment; `run` then
  makes them again. It is not a transaction across files.
- **One process at a time.** A second `run` of a study, and a second writer of a ledger, are refused and
  told who is at work. Imports into one study wait for each other, where the system can lock a directory;
  where it cannot, who is overtaken is refused, and nothing of the other is lost.
- **On a network file system** the ledger uses a rollback journal instead of a write-ahead log, and says
  so. Durability is then that of the server, and the lock of a ledger as good as its locks are. Keep a
  ledger on a disk of the machine where you can.
- **Damage is named.** A damaged file is one line with its path and what to do, exit code 2. SQLite keeps
  no checksums: bytes that change within a stored reply, and leave it readable, are not noticed.
"""
FAULTS = """\
## Faults

| fault | how often | lost | how to repeat it |
|---|---|---|---|"""
TESTED = """\
| disk full: a file-size limit, and a real disk of 512 KiB | 6 places | 0 | `tests/faults/test_disk.py` |
| a directory that cannot be written, something in the way | 4 places | 0 | `tests/faults/test_disk.py` |
| table, sidecar, `run.json` or `study.toml` cut off | 5 ways | 0 | `tests/faults/test_disk.py` |
| two processes on one study, four imports at once | 6 ways | 0 | `tests/faults/test_two_at_once.py` |
| a page of the ledger overwritten | 8 places | what stood there | `tests/faults/test_ledger.py` |
| the clock goes back a day, and on a year | during a run | 0 | `tests/faults/test_ledger.py` |
| the provider is down for an hour (simulated time) | 2 ways | 0 | `tests/faults/test_ledger.py` |
| hostile names, paths, prompts, videos, keys in `study.toml` | 30 ways | 0 | `tests/faults/test_hostile.py` |
"""
FUZZ = """\
## Fuzzing

Damaged and invented input for everything that reads what others wrote; only errors of crossoracle, in
words, are allowed. What once broke a reader is a case of `tests/fuzz`, which feeds each reader a few
dozen inputs. Taken are inputs that were read as valid. Prompts are fed without brackets that are nested
by the thousand: the parser of templates gives up on those with an error of its own. `make fuzz` repeats
it.

| reader | inputs | taken | crashes | slowest, s |
|---|---:|---:|---:|---:|"""
HOW = "`python -m bench.sidecars`"
LOAD = """\
## Load

| what | rate | how to repeat it |
|---|---:|---|"""


def text() -> str:
    """Return the page, with as much as was recorded."""
    faults = [FAULTS, *_torture(_read("torture")), *_faults(_read("faults")), TESTED]
    fuzzed = [FUZZ, *_fuzzed(_read("fuzz")), ""]
    load = [LOAD, *_load(_read("runner"), _read("sidecars"), _read("scaling")), ""]
    return "\n".join([HEAD, *faults, *fuzzed, *load])


def write() -> Path:
    """Write the page, and return its path."""
    return replace_text(PAGE, text())


def _read(name: str) -> dict[str, Any] | None:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _torture(record: dict[str, Any] | None) -> Iterator[str]:
    if record:
        calls, most = f"{record['calls']:,}", record["most_lost_in_a_kill"]
        lost = f"0 of {calls} replies; at most {most} calls under way in a kill"
        yield f"| `kill -9` of a run of {calls} calls | {record['kills']} kills | {lost} | `make torture` |"


def _faults(record: dict[str, Any] | None) -> Iterator[str]:
    if record:
        stages, mixed = record["stages"], record["mixed"]
        what = (
            f"`kill -9` of `run` at {stages['moments']} moments of {stages['steps']} steps, and at any time"
        )
        kills = f"{stages['kills']} + {stages['random_kills']} kills"
        equal = f"0; {stages['tables_equal']} tables equal those of an undisturbed run"
        yield f"| {what} | {kills} | {equal} | `make torture` |"
        what = f"{mixed['share']:.0%} of calls fail, in eight ways"
        often = f"{mixed['requests']:,} requests for {mixed['videos']:,} videos"
        lost = (
            f"{mixed['lost']}; {mixed['possibly_paid']} possibly paid without a reply, {mixed['runs']} runs"
        )
        yield f"| {what} | {often} | {lost} | `make torture` |"


def _fuzzed(record: dict[str, Any] | None) -> Iterator[str]:
    if record:
        for name, one in record["readers"].items():
            crashes, slowest = int(one["crash"] is not None), one["slowest_s"] or 0
            yield f"| {name} | {one['inputs']:,} | {one['taken']:,} | {crashes} | {slowest:.2f} |"
        taken = sum(one["taken"] for one in record["readers"].values())
        yield f"| **all** | **{record['inputs']:,}** | {taken:,} | **{record['crashes']}** | |"
        spent = record["processor_seconds"]
        yield f"\n{spent / 60:.0f} minutes of one processor, {record['date']}."


def _load(
    runner: dict[str, Any] | None, sidecars: dict[str, Any] | None, scaling: dict[str, Any] | None
) -> Iterator[str]:
    if runner:
        rate = runner["calls"] / runner["runs"][f"runner {runner['calls']}"]["loop_s"]
        yield f"| calls to a server that takes 20 ms, 64 under way | {rate:,.0f} a second | `make bench` |"
    if sidecars:
        for files, found in sidecars["files"].items():
            way = found["ways"]["archives"]
            rate = sum(way["rows"].values()) / way["seconds"]
            what = f"rows imported from archives of {int(files):,} label files"
            yield f"| {what} | {rate:,.0f} a second | {HOW} |"
    if scaling:
        job = scaling["sizes"]["1"]["narrow"]
        rate = 4 * job["segments"] / job["seconds"]
        what = "scores agreed on, with 9,999 resamples of them all"
        yield f"| {what} | {rate:,.0f} a second | `make bench-scaling` |"


if __name__ == "__main__":
    print(write())
