"""What the runner adds to a call: 64 under way to a server that takes 20 ms, against a loop of the bare SDK.

``python -m bench.runner``. Processor seconds are those of the loop alone, without imports: on a machine that
is shared they count, not seconds. Memory is flat when the peak of all calls is that of a fifth of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.measuring import measure, save, side
from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.oracles.asking.asked import Asked
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.asking.running import Job, run_all
from crossoracle.oracles.asking.spending import Spent
from crossoracle.oracles.asking.underway import Underway
from crossoracle.oracles.oracle import Question, Scored
from crossoracle.replies import SCORE_SCHEMA
from tests.oracles.runner.labelling import clip, prompt_for
from tests.oracles.runner.server import serving

CALLS, IN_FLIGHT, DELAY_S = 10_000, 64, 0.02
BUDGET_MS = 2.0
SIDES = ("bare", "adapter", "runner")


def compare() -> dict[str, Any]:
    """Measure all sides, and record what the runner adds."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as directory, serving(Path(directory) / "log", DELAY_S) as server:
        for name in SIDES:
            for calls in (CALLS // 5, CALLS):
                run = measure(side("bench.runner", name, "--url", server.url, "--calls", calls))
                found[f"{name} {calls}"] = run.record() | run.answer
    per_call = {name: found[f"{name} {CALLS}"]["loop_processor_s"] / CALLS * 1000 for name in SIDES}
    record = {
        "job": f"{CALLS:,} calls, {IN_FLIGHT} under way, a server that takes {DELAY_S * 1000:g} ms",
        "sdk": f"openai {version('openai')}",
        "calls": CALLS,
        "budget_ms": BUDGET_MS,
        "processor_ms_per_call": per_call,
        "added_ms": per_call["runner"] - per_call["bare"],
        "runs": found,
    }
    save("runner", record)
    return record


async def bare(url: str, calls: int) -> None:
    """Ask in a loop, with nothing but the SDK."""
    from openai import AsyncOpenAI

    adapter = OpenAI(model="gpt-4o", base_url=url, logprobs=False)
    text, digest = prompt_for("score", clip("v"))
    body = adapter.request(
        Question("score", clip("v"), text, digest, SCORE_SCHEMA), logprobs=False, structured=True
    )
    left = iter(range(calls))
    async with AsyncOpenAI(api_key="none", base_url=url, max_retries=0) as client:

        async def work() -> None:
            for _ in left:
                await client.chat.completions.with_raw_response.create(**body)

        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))


async def adapter_alone(url: str, calls: int) -> None:
    """Ask in a loop by the adapter, without ledger, limits and reading."""
    adapter = OpenAI(model="gpt-4o", base_url=url, logprobs=False)
    left = iter(range(calls))

    async def work() -> None:
        for number in left:
            shown = clip(f"v{number}")
            await adapter.ask(Question("score", shown, *prompt_for("score", shown), SCORE_SCHEMA))

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    await adapter.close()


async def runner(url: str, calls: int) -> None:
    """Ask as `score` does: every call in the ledger, every reply read."""
    adapter, underway = OpenAI(model="gpt-4o", base_url=url, logprobs=False), Underway()
    taken = 0
    with tempfile.TemporaryDirectory() as directory, Ledger(Path(directory) / "ledger.sqlite") as ledger:
        asked = Asked("o", adapter, prompt_for, ledger, Limits(in_flight=IN_FLIGHT), underway=underway)

        async def job(number: int) -> Scored:
            return await asked.score(clip(f"v{number}"))

        def jobs() -> Iterator[Job[Scored]]:
            yield from (partial(job, number) for number in range(calls))

        def take(oracle: str, found: Scored, spent: Spent) -> None:
            nonlocal taken
            taken += found.read.outcome in ("yes", "no")

        await run_all({"o": jobs()}, take, underway=underway, width=2 * IN_FLIGHT)
        if ledger.totals()["o"].answered != calls or taken != calls:
            raise RuntimeError(f"{taken} of {calls} calls were answered")
    await adapter.close()


def main() -> None:
    """Do one side and print what it took, or compare all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--url")
    parser.add_argument("--calls", type=int, default=CALLS)
    given = parser.parse_args()
    if given.side is None:
        print(json.dumps(compare()["processor_ms_per_call"]))
        return
    sides: tuple[Callable[[str, int], Awaitable[None]], ...] = (bare, adapter_alone, runner)
    does = dict(zip(SIDES, sides, strict=True))
    loop = does[given.side]
    asyncio.run(loop(given.url, 10))  # the SDK is loaded when it is first asked
    seconds, processor = time.perf_counter(), time.process_time()
    asyncio.run(loop(given.url, given.calls))
    took = {"loop_s": time.perf_counter() - seconds, "loop_processor_s": time.process_time() - processor}
    print(json.dumps(took))


if __name__ == "__main__":
    main()
