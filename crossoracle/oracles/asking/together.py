"""Several questions at the same time: all of them, or none that still runs when one has failed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def together(asked: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Return what each came to, in order.

    At the first exception the others are cancelled and awaited, so that nothing begins once the caller is
    gone; a call that is under way is shielded, and its reply stored (`Underway.carried`).

    Raises
    ------
    Exception
        The first that was raised.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in asked]
    except BaseExceptionGroup as raised:
        first = raised.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise first
