"""Sub-texts of classes, written by a language model of the study into a file that storyboard reads.

A model is asked for each class from several angles, without a picture; every angle gives a candidate set.
The calls go through the study's ledger, so that each is paid for once, and a second run asks what is missing.
Whoever calls `write` agrees to the costs, within the budget given.
"""

from __future__ import annotations

import asyncio
import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from crossoracle.atomic import Together
from crossoracle.encoders.subtexts import Sets, Subtexts
from crossoracle.encoders.wording import written
from crossoracle.errors import InputError
from crossoracle.oracles.adapters.connection import key_wrong
from crossoracle.oracles.adapters.literature.classes import known
from crossoracle.oracles.adapters.remote import Remote
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.entries import Context
from crossoracle.oracles.asking.forecast import Expectation
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.limits import Gate, Limits
from crossoracle.oracles.asking.post import Post, Reply
from crossoracle.oracles.asking.together import together
from crossoracle.oracles.asking.underway import Underway
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.conducting import LEDGER
from crossoracle.oracles.listing import key_of
from crossoracle.oracles.oracle import Question
from crossoracle.oracles.prompts.prompt import Prompt
from crossoracle.oracles.reaching import Reached, chosen, reach
from crossoracle.oracles.settings import settings
from crossoracle.provenance import Provenance, digest, stage_sidecar
from crossoracle.tables.wording import several

TEMPLATE = Path(__file__).with_name("subtexts.v1.jinja")
ANGLES = (
    "the movements of body and hands",
    "objects, clothes and surroundings",
    "what comes first, what follows, and how it ends",
)
"""Each gives a candidate set: the paper asks by several prompts, too."""

SCHEMA = {
    "type": "object",
    "properties": {"subtexts": {"type": "array", "items": {"type": "string"}}},
    "required": ["subtexts"],
    "additionalProperties": False,
}


class _Reply(BaseModel):
    subtexts: list[str]


def write(
    study: str | Path,
    writers: str | Sequence[str],
    classes: str | Mapping[str, Sequence[str]],
    file: str | Path,
    *,
    angles: Sequence[str] = ANGLES,
    budget: float | None = None,
) -> Subtexts:
    """Ask for the sub-texts of classes, and write them into a file: a set from each writer and angle.

    Parameters
    ----------
    study : path
        Its study.toml has the writers; its ledger keeps the replies.
    writers : str or sequence of str
        Sections [oracles.NAME], or presets, that are reached by an API.
    classes : str or mapping
        The labels of each dataset, or a file with them.
    file : path
        Where they are written to, as TOML, with provenance beside it.
    budget : float, optional
        Most that may be spent, in US dollars.

    Raises
    ------
    InputError, UnknownNameError, NotInstalledError
        A writer cannot be asked, or a class is left without a single set: nothing is written then.
    Stopped
        The budget is spent; what was answered is in the ledger.
    """
    home, labels, prompt = Path(study), known(classes), _prompt()
    reached = [_reached(home, name) for name in ([writers] if isinstance(writers, str) else writers)]
    every = [(dataset, label) for dataset, of in labels.items() for label in of]
    replies = asyncio.run(_asked(home, reached, prompt, every, angles, Budget(budget)))
    found = _sets(every, replies)
    made = {dataset: {label: found[dataset, label] for label in of} for dataset, of in labels.items()}
    models = {one.name: getattr(one.adapter, "model", None) for one in reached}
    options = {"writers": models, "angles": list(angles), "prompt": prompt.digest}
    with Together() as files:
        place = files.staged(file)
        place.write_text(written(made), encoding="utf-8")
        inputs: dict[str | Path, str] = {home / "study.toml": digest(home / "study.toml")}
        stage_sidecar(files, file, place, Provenance("subtexts", inputs, options))
    return made


def _reached(home: Path, writer: str) -> Reached:
    """Make the adapter of a writer, which must be one that writes whatever it is asked for."""
    file = home / "study.toml"
    if not file.is_file():
        raise InputError(f"{file}: found no such file, expected a study; correct the path")
    section = chosen(settings(tomllib.loads(file.read_text("utf-8")), str(file), home), (writer,))[0]
    found = reach(section, home)
    if not isinstance(found.adapter, Remote):
        raise InputError(
            f"writer {writer}: found adapter {found.spec.name}, expected one that reaches a language "
            "model by an API (openai, gemini, anthropic); choose another"
        )
    key = key_of(found)
    wrong = key_wrong(key) if key else None
    if wrong is not None:
        raise InputError(f"writer {writer}: {wrong}")
    return found


def _prompt() -> Prompt:
    text = TEMPLATE.read_bytes()
    return Prompt("subtexts", "v1", text.decode(), hashlib.sha256(text).hexdigest())


async def _asked(
    home: Path,
    writers: Sequence[Reached],
    prompt: Prompt,
    every: Sequence[tuple[str, str]],
    angles: Sequence[str],
    budget: Budget,
) -> list[Reply]:
    """Put every question to every writer: of each class all questions together."""
    underway = Underway()
    with Ledger(home / LEDGER) as ledger:
        posts = {one.name: _post(one, ledger, budget, underway) for one in writers}
        asked = (
            _put(post, name, prompt, *of, angle)
            for of in every
            for name, post in posts.items()
            for angle in angles
        )
        try:
            return await together(asked)
        finally:
            for one in writers:
                await one.adapter.close()


def _post(writer: Reached, ledger: Ledger, budget: Budget, underway: Underway) -> Post:
    names = ("in_flight", "requests_per_minute", "tokens_per_minute", "attempts", "patience_s")
    limits = Limits(**{name: getattr(writer.options, name) for name in names})
    adapter, gate = writer.adapter, Gate(limits, underway)
    return Post(adapter, ledger, gate, budget, underway, Expectation(adapter, {}), paid=writer.spec.paid)


async def _put(post: Post, oracle: str, prompt: Prompt, dataset: str, label: str, angle: str) -> Reply:
    clip = Clip(dataset, "", label, ((0.0, 1.0),), (), {"angle": angle})
    question = Question("score", clip, prompt.render(clip), prompt.digest, SCHEMA)
    return await post.put(question, Context(oracle, "0", dataset, "", None, "subtexts", 0))


def _sets(every: Sequence[tuple[str, str]], replies: Sequence[Reply]) -> dict[tuple[str, str], Sets]:
    """Return the sets of each class; as many replies after each other are about the same."""
    each = len(replies) // max(len(every), 1)
    found = {
        of: tuple(texts for reply in replies[i * each : (i + 1) * each] if (texts := read(reply)))
        for i, of in enumerate(every)
    }
    empty = [f"{label} of {dataset}" for (dataset, label), sets in found.items() if not sets]
    if empty:
        failed = next((reply.failure for reply in replies if reply.failure), "no reply could be read")
        raise InputError(
            f"sub-texts: found none of {several(len(empty), 'class', 'classes')}, such as {empty[0]} "
            f"({failed}); expected some: run it again, or choose another writer"
        )
    return found


def read(reply: Reply) -> tuple[str, ...]:
    """Return the sub-texts of a reply, each once; none where it cannot be read."""
    from json_repair import loads

    if reply.answer is None or reply.answer.finish != "stop":
        return ()
    try:
        texts = _Reply.model_validate(loads(reply.answer.text or "")).subtexts
    except ValidationError:
        return ()
    return tuple(dict.fromkeys(plain for text in texts if (plain := " ".join(text.split()))))
