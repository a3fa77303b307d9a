"""Which oracles there are: what each reaches, whether it can be asked, what it was found to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from typing import Literal

from crossoracle.errors import CrossoracleError, NotInstalledError, install
from crossoracle.oracles.adapters.connection import key_in
from crossoracle.oracles.catalogue import PRESETS, adapters
from crossoracle.oracles.opening import Memory
from crossoracle.oracles.oracle import AdapterSpec, CallFailed, Capabilities
from crossoracle.oracles.reaching import Reached, chosen, reach, specified, without_secrets
from crossoracle.oracles.settings import OracleSection, Settings

LEDGER = "ledger.sqlite"
CAPABILITIES = "capabilities"  # the kind under which the ledger remembers them
NEEDS = {"openai": "openai", "gemini": "google.genai", "anthropic": "anthropic", "local": "torch"}
"""A module that an extra brings."""

Of = Literal["adapter", "preset", "study"]


@dataclass(frozen=True)
class Listed:
    """One oracle, preset or adapter.

    Parameters
    ----------
    name, of, adapter, meaning : str
        What it is called; where it is declared; how it is reached; what it reaches.
    installed : bool
        Whether what it needs is installed.
    remedy : str, optional
        How to install it, or what is wrong with its section of study.toml.
    key : str, optional
        The environment variable of its key, where it needs one.
    key_present : bool, optional
        Whether that variable is set; its value is never looked at.
    capabilities : Capabilities
        As they were found; None is not known.
    failed : str, optional
        Why it could not be probed.
    """

    name: str
    of: Of
    adapter: str
    meaning: str
    installed: bool
    remedy: str | None = None
    key: str | None = None
    key_present: bool | None = None
    capabilities: Capabilities = field(default_factory=Capabilities)
    failed: str | None = None


def survey(settings: Settings, names: Sequence[str], *, probe: bool) -> list[Listed]:
    """List what there is, or probe oracles; the ledger of the study tells and remembers capabilities."""
    from crossoracle.oracles.asking.ledger import Ledger

    file = settings.directory / LEDGER if settings.directory is not None else None
    if not probe:
        known = Ledger(file, read_only=True) if file is not None and file.is_file() else None
        with known or nullcontext():
            return listed(settings, known)
    wanted = chosen(settings, tuple(names))
    if file is None:
        return list(probed(settings, wanted))
    file.parent.mkdir(parents=True, exist_ok=True)
    with Ledger(file) as ledger:
        return list(probed(settings, wanted, ledger))


def listed(settings: Settings, memory: Memory | None = None) -> list[Listed]:
    """Return the study's own oracles, then the presets, then the adapters.

    Parameters
    ----------
    memory : optional
        Where capabilities were recorded: the ledger of the study.
    """
    sections: list[tuple[OracleSection, Of]] = [(section, "study") for section in settings.oracles.values()]
    sections += [(OracleSection(one.name, where=one.name), "preset") for one in PRESETS]
    found = [_section(settings, section, of, memory) for section, of in sections]
    return [*found, *map(_adapter, adapters().values())]


def probed(
    settings: Settings, wanted: Sequence[OracleSection], memory: Memory | None = None
) -> Iterator[Listed]:
    """Probe oracles, with a call or two each, one after the other; record what was found.

    A call that fails is told in `Listed.failed`; the others are probed all the same.
    """
    for section in wanted:
        of: Of = "study" if section.name in settings.oracles else "preset"
        reached = reach(section, settings.directory)
        found, failed = asyncio.run(_probe(reached))
        if found is not None and memory is not None:
            memory.remember(CAPABILITIES, address(reached), json.dumps(asdict(found)))
        row = _section(settings, section, of, None)
        yield Listed(**vars(row) | {"capabilities": found or Capabilities(), "failed": failed})


async def _probe(reached: Reached) -> tuple[Capabilities | None, str | None]:
    try:
        return await reached.adapter.probe(), None
    except (CallFailed, CrossoracleError) as failure:
        return None, str(failure)
    finally:
        await reached.adapter.close()


def address(reached: Reached) -> str:
    """Return what capabilities belong to: the adapter, the model and the server."""
    url = getattr(reached.adapter, "base_url", None)
    of = {"model": getattr(reached.adapter, "model", None), "base_url": url and without_secrets(url)}
    return json.dumps({"adapter": reached.spec.name, **of}, sort_keys=True)


def recorded(reached: Reached, memory: Memory | None) -> Capabilities:
    """Return the capabilities that were recorded; unknown ones where none were."""
    found = memory.recall(CAPABILITIES, address(reached)) if memory is not None else None
    return Capabilities(**json.loads(found)) if found else Capabilities()


def key_of(reached: Reached) -> str | None:
    """Return the environment variable of an oracle's key, or None where it needs none.

    A variable that was named for it must be set wherever the oracle is; the usual one only at home.
    """
    made = reached.adapter
    own = getattr(made, "api_key_env", None)
    if own and own != getattr(type(made), "api_key_env", None):
        return str(own)
    named = getattr(made, "key_env", None) or getattr(made, "api_key_env", None) or reached.spec.key
    return named if getattr(made, "at_home", not getattr(made, "base_url", None)) else None


def _section(settings: Settings, section: OracleSection, of: Of, memory: Memory | None) -> Listed:
    spec, _ = specified(section)
    meaning = next(
        (one.meaning for one in PRESETS if one.name == (section.options.preset or section.name)), ""
    )
    row = Listed(section.name, of, spec.name, meaning or spec.meaning, *_installed(spec))
    if not row.installed:
        return row
    try:
        reached = reach(section, settings.directory)
    except CrossoracleError as wrong:
        return Listed(**vars(row) | {"remedy": str(wrong)})
    key = key_of(reached)
    return Listed(
        **vars(row)
        | {
            "key": key,
            "key_present": None if key is None else key_in(key) is not None,
            "capabilities": recorded(reached, memory),
        }
    )


def _adapter(spec: AdapterSpec) -> Listed:
    key_present = None if spec.key is None else key_in(spec.key) is not None
    return Listed(spec.name, "adapter", spec.name, spec.meaning, *_installed(spec), spec.key, key_present)


def _installed(spec: AdapterSpec) -> tuple[bool, str | None]:
    """Return whether an adapter can be loaded; what is heavy is looked for, not imported."""
    needed = NEEDS.get(spec.extra or "")
    try:
        if needed is not None and find_spec(needed) is None:
            return False, install(spec.extra)
        if needed is None:
            spec.load()
    except ModuleNotFoundError:
        return False, install(spec.extra)
    except NotInstalledError as error:
        return False, str(error)
    return True, None
