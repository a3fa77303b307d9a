"""Shards of a study: each has a directory of its own below it, so that no two machines write the same file.

A shard begins with what the study's ledger knows of its videos, and `crossoracle merge` brings back what it
learned. Replies that are in some shard, and not yet in the study, would be paid for again by a run that does
not know of them: such a run is refused.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from crossoracle.errors import InputError
from crossoracle.oracles.asking.batches import unsettled_of
from crossoracle.oracles.asking.joining import ahead, join, version_of
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.listing import LEDGER
from crossoracle.tables.shard import SHARDS, Shard, place_of
from crossoracle.tables.wording import several


def take_over(study: Path, shard: Shard | None) -> None:
    """Let the ledger of a shard begin with what the study knows of its videos.

    Raises
    ------
    InputError
        Other shards hold replies that the study lacks; or the study has batches under way, whose replies
        only the study can fetch.
    """
    _require_merged(study, shard)
    ledger = study / LEDGER
    if shard is None or not ledger.is_file():
        return
    version_of(ledger)
    with Ledger(ledger, read_only=True) as known:
        waiting = unsettled_of(known, vanished=False)
    if waiting:
        raise InputError(
            f"{study}: found batches of {', '.join(sorted(waiting))} under way, expected none before "
            f"shards are asked; fetch their replies with `crossoracle score {study}`"
        )
    join(place_of(study, shard) / LEDGER, ledger, shard.holds)


def _require_merged(study: Path, shard: Shard | None) -> None:
    """Refuse to go on while shards of another division hold replies that the study lacks."""
    for ledger in sorted((study / SHARDS).glob(f"*/{LEDGER}")):
        if shard is not None and _count(ledger.parent.name) == shard.count:
            continue
        if more := ahead(ledger, study / LEDGER):
            raise InputError(
                f"{ledger.parent}: found {several(more, 'question')} asked that the study knows nothing of, "
                f"expected none: they would be asked again; first `crossoracle merge {study / SHARDS}/* "
                f"--out {study}`"
            )


def _count(name: str) -> int | None:
    """Return how many shards there are of the division that a directory belongs to."""
    with suppress(InputError):
        return Shard.of(name.replace("-of-", "/")).count
    return None
