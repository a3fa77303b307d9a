"""The batches of one oracle at its provider, and in the ledger: submitted, found again, waited for, fetched.

What is in a batch is written down before it is uploaded (`Batchbook.intend`), under a mark that its provider
keeps beside it. Whatever happens in between, the batch is looked for by its mark, and found or not.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from crossoracle.oracles.adapters.batch import (
    Batch,
    Fetched,
    Part,
    every,
    fetch,
    keys_of,
    parts,
    poll,
    start,
    upload,
)
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.asking.batches import Batchbook
from crossoracle.oracles.asking.entries import Batched, Context
from crossoracle.oracles.asking.limits import Gate
from crossoracle.oracles.oracle import CallFailed, Question
from crossoracle.tables.wording import several

log = logging.getLogger("crossoracle")
Result = TypeVar("Result")

EVERY_S = 60.0  # how often to ask whether a batch is done: nobody calls back, so there is no event to await
OUTAGES = 60  # so often in a row nobody answers, until it is left for another run
LISTED_S = 600.0  # for so long after its beginning a provider may not yet list a batch
HANDED_OVER_S = 172_800.0  # for so long after its beginning a batch may have answers, and not yet a file
MARK = "batch"  # the name of a batch's own mark among its metadata
GONE = (404, 410)


@dataclass
class Desk:
    """Where the batches of an oracle are handed in and fetched.

    Parameters
    ----------
    adapter : Remote
        The model.
    book : Batchbook
        What the ledger knows of them.
    gate : Gate
        What every call goes through.
    others : frozenset of str
        Oracles that look after batches of their own, perhaps with another key.
    """

    adapter: Remote
    book: Batchbook
    gate: Gate
    others: frozenset[str] = frozenset()
    silent: int = 0

    async def submit(self, questions: Mapping[str, Question], contexts: Mapping[str, Context]) -> None:
        """Submit questions as one batch, or several where they are too large for one.

        Raises
        ------
        CallFailed
            A batch was refused, and its questions have failed; or perhaps it was taken, and they wait.
        """
        async with aclosing(parts(self.adapter, questions, through=self.through)) as files:
            async for part in files:
                mark = await self.book.intend({key: contexts[key] for key in part.keys})
                batch = await self._started(part, mark)
                await self.book.begun(mark, batch.name)
                size = several(len(part.keys), "question")
                log.warning("%s: batch %s has %s", self.book.oracle, batch.name, size)

    async def match(self, *, strangers: bool, vanished: bool = False) -> None:
        """Look for the batches that the ledger is not sure of, among those of the account.

        Parameters
        ----------
        strangers : bool
            Whether to take over those of this oracle, too, that the ledger does not know.
        vanished : bool
            Whether to look, too, for those that the provider did not know.

        Raises
        ------
        CallFailed
            The provider did not list them.
        """
        known = self.book.all()
        unsure = {one.mark for one in known.values() if one.state == "intended"}
        lost = vanished and any(one.state == "vanished" and one.questions for one in known.values())
        if not (strangers or unsure or lost):
            return
        names, met = {one.name for one in known.values()}, set[str]()
        for batch in await every(self.adapter, self.book.study(), through=self.through):
            mark = batch.metadata.get(MARK, batch.name)
            if mark in known and mark not in met and known[mark].state in ("intended", "vanished"):
                await self.book.begun(mark, batch.name)
                met.add(mark)
            elif strangers and self._stranger(batch, names):
                keys = await keys_of(self.adapter, batch, through=self.through)
                await self.book.adopt(batch.name, batch.name, keys or ())
        for mark in unsure - met:
            await self._vanished(known[mark])

    def _stranger(self, batch: Batch, names: set[str | None]) -> bool:
        """Whether a batch is this oracle's, and the ledger does not know it."""
        ours = batch.metadata.get("oracle") == self.book.oracle
        return ours and batch.name not in names and batch.state != "failed"

    async def fetched(self, wait: Callable[[Batched], bool]) -> None:
        """Fetch the batches that are done, and wait for those of the others for which that is wanted.

        Raises
        ------
        CallFailed
            The provider does not answer; what waits goes on waiting.
        """
        while True:
            named = [one for one in self.book.unsettled() if one.name is not None]
            left = [one for one in named if not await self._settled(one, patient=wait(one))]
            if not any(wait(one) for one in left):
                return
            await asyncio.sleep(EVERY_S)

    async def through(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """Make a call when its turn has come, and again where that may help."""
        return await self.gate.through(call, 0)

    async def _started(self, part: Part, mark: str) -> Batch:
        """Upload a file and start its batch; where nobody knows whether it was started, look."""
        marks, tried = {**self.book.marks(), MARK: mark}, False

        async def begin() -> Batch:
            nonlocal tried
            there = await every(self.adapter, marks) if tried else []
            tried = True
            return there[0] if there else await start(self.adapter, source, marks)

        try:
            source = await upload(self.adapter, part.file, through=self.through)
            return await self.through(begin)
        except CallFailed as failure:
            if not failure.possibly_paid:
                await self.book.refused(mark, failure)
                raise
            there = await every(self.adapter, marks, through=self.through)
            if not there:  # not yet, perhaps: the next run looks again
                raise
            return there[0]

    async def _settled(self, one: Batched, *, patient: bool) -> bool:
        """Fetch a batch if it is done; return whether there is nothing more to wait for."""
        name = str(one.name)
        try:
            batch = await poll(self.adapter, name, through=self.through)
            if batch.state == "working" or self._on_their_way(one, batch):
                self.silent = 0
                return False
            found = await fetch(self.adapter, batch, through=self.through)
        except CallFailed as failure:
            if failure.status in GONE:
                return await self._vanished(one)
            self.silent += 1
            if not (patient and failure.transient and self.silent <= OUTAGES):
                raise
            log.warning("%s: batch %s: %s; asked again later", self.book.oracle, name, failure)
            return False
        self.silent = 0
        await self.book.done(one.mark, found.answers, self._missing(name, batch, found))
        return True

    def _on_their_way(self, one: Batched, batch: Batch) -> bool:
        """Whether a batch is done and has answers, and its provider has not put them into a file yet."""
        fresh = one.begun_at is None or time.time() - one.begun_at < HANDED_OVER_S
        return bool(batch.state == "done" and batch.completed and not batch.files and fresh)

    def _missing(self, name: str, batch: Batch, found: Fetched) -> CallFailed:
        """Return what happened to the questions of a batch that it brought nothing for."""
        if found.accounts_for(batch.completed):
            said = f"its batch did not come to it ({batch.detail or 'no reason given'})"
            return CallFailed(said, transient=True)
        told = "%s: batch %s has answers that cannot be read (%s); what is missing may have been paid for"
        log.warning(told, self.book.oracle, name, several(found.unread, "line"))
        said = "its batch has an answer that cannot be read; possibly paid (use --resend)"
        return CallFailed(said, transient=False, possibly_paid=True)

    async def _vanished(self, one: Batched) -> bool:
        """Give up a batch that the provider does not know, unless it may yet; return whether that was done.

        With another key than that of the oracle that began it, one may see other batches.
        """
        name = one.name or one.mark
        if one.oracle != self.book.oracle and one.oracle in self.others:
            told = "%s: batch %s is that of %s, and not known here; run `score --oracle %s --batch`"
            log.warning(told, self.book.oracle, name, one.oracle, one.oracle)
            return True
        if one.begun_at is not None and 0 <= time.time() - one.begun_at < LISTED_S:
            told = "%s: the provider does not know batch %s yet; run again in %.0f minutes"
            log.warning(told, self.book.oracle, name, LISTED_S / 60)
            return False
        await self.book.vanished(one.mark)
        told = "%s: the provider knows nothing of batch %s; %s may have been paid for (--resend asks again)"
        log.warning(told, self.book.oracle, name, several(one.questions, "question"))
        return True
