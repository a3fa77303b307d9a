"""Oracles made ready to be asked: reached, given their prompts and their strategy, checked beforehand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.connection import key_wrong
from crossoracle.oracles.asking.asked import Asked, Fallback, PromptFor, Ways
from crossoracle.oracles.asking.budget import Budget
from crossoracle.oracles.asking.ledger import Ledger
from crossoracle.oracles.asking.limits import Limits
from crossoracle.oracles.asking.underway import Underway
from crossoracle.oracles.clip import Clip
from crossoracle.oracles.direct import direct
from crossoracle.oracles.greedy import Greedy
from crossoracle.oracles.listing import CAPABILITIES, address, key_of, recorded
from crossoracle.oracles.opening import Memory
from crossoracle.oracles.oracle import Capabilities, Kind, Question
from crossoracle.oracles.prompts.catalogue import prompt
from crossoracle.oracles.prompts.prompt import Prompt
from crossoracle.oracles.reaching import Reached, chosen, options_of, reach, without_secrets
from crossoracle.oracles.settings import OracleSection, Settings
from crossoracle.oracles.strategy import Strategy

GREEDY = "+greedy"  # what the rows of an oracle that is asked by greedy removal are called, after its name
SECRET = re.compile(r"key|token|secret|authorization|password|credential", re.IGNORECASE)
"""Names, inside of an option such as extra_body, whose texts are nobody's business."""

OPTION: dict[Kind, str] = {"score": "prompt", "verify": "verify_prompt"}


@dataclass(frozen=True)
class Engaged:
    """An oracle that is going to be asked.

    Parameters
    ----------
    name : str
        What it is called in the tables.
    reached : Reached
        Its adapter and its options.
    strategy : {"direct", "greedy"}
        How it is asked for scores.
    prompts : dict
        The text of each kind of question, by (kind, dataset).
    """

    name: str
    reached: Reached
    strategy: str
    prompts: dict[tuple[Kind, str], Prompt]

    def prompt_for(self, kind: Kind, clip: Clip) -> tuple[str, str]:
        """Return the rendered text for a clip, and the digest of its template."""
        found = self.prompts[kind, clip.dataset]
        return found.render(clip), found.digest

    def limits(self) -> Limits:
        """Return how fast it may be asked."""
        names = ("in_flight", "requests_per_minute", "tokens_per_minute", "attempts", "patience_s")
        return Limits(**{name: getattr(self.reached.options, name) for name in names})

    def ways(self, *, resend: bool, offline: bool) -> Ways:
        """Return how its replies are made up for."""
        own = self.reached.options
        fallback = cast(Fallback, own.p_fallback)
        return Ways(fallback, own.samples, own.reask, resend, offline)

    def asked(self, ledger: Ledger, budget: Budget, underway: Underway, ways: Ways) -> Asked:
        """Return it as strategies know it; to be called where the event loop runs."""
        prompts: PromptFor = self.prompt_for
        return Asked(
            self.name,
            self.reached.adapter,
            prompts,
            ledger,
            self.limits(),
            ways=ways,
            budget=budget,
            underway=underway,
            paid=self.reached.spec.paid,
        )

    def recall(self, memory: Memory) -> None:
        """Tell the adapter what was found out about it earlier."""
        take: Callable[[Capabilities], None] | None = getattr(self.reached.adapter, "recall", None)
        if take is not None:
            take(recorded(self.reached, memory))

    def remember(self, memory: Memory) -> None:
        """Keep what the adapter found out while it was asked."""
        found = getattr(self.reached.adapter, "capabilities", None)
        if isinstance(found, Capabilities) and found not in (Capabilities(), recorded(self.reached, memory)):
            memory.remember(CAPABILITIES, address(self.reached), json.dumps(asdict(found)))

    def told(self) -> dict[str, Any]:
        """Return its settings for provenance; no address carries a password, and no mapping a key."""
        adapter = self.reached.adapter
        given = {name: _keyless(getattr(adapter, name)) for name in options_of(type(adapter))}
        if isinstance(given.get("base_url"), str):
            given["base_url"] = without_secrets(given["base_url"])
        texts = {
            f"{OPTION[kind]} for {dataset}": f"{one.name}.{one.version} sha256:{one.digest}"
            for (kind, dataset), one in self.prompts.items()
        }
        own = asdict(self.reached.options)
        return {"adapter": self.reached.spec.name, "strategy": self.strategy, **given, **texts, "asked": own}


def _keyless(value: Any) -> Any:
    """Return the value of an option without the texts that stand under names of keys in it."""
    if isinstance(value, Mapping):
        return {
            name: "[key]" if SECRET.search(str(name)) and _tells(found) else _keyless(found)
            for name, found in value.items()
        }
    return [_keyless(each) for each in value] if isinstance(value, list | tuple) else value


def _tells(value: Any) -> bool:
    """Whether a value could be a key: no number, and not nothing."""
    return value is not None and not isinstance(value, bool | int | float)


def engage(settings: Settings, wanted: Sequence[str], datasets: Sequence[str]) -> list[Engaged]:
    """Reach oracles, and find the prompts that they are asked with.

    Parameters
    ----------
    wanted : sequence of str
        Their names; all of study.toml by default.
    datasets : sequence of str
        The datasets of the videos.

    Raises
    ------
    UnknownNameError, InputError, NotInstalledError
        An oracle, one of its options or a prompt is not known or not there.
    """
    found = []
    for section in chosen(settings, tuple(wanted)):
        reached = reach(section, settings.directory)
        prompts: dict[tuple[Kind, str], Prompt] = {}
        for kind, option in OPTION.items():
            for dataset in datasets:
                name = settings.prompt_of(section.options, dataset, option)
                prompts[kind, dataset] = prompt(name, kind, settings.directory)
        name, strategy = called(section, settings)
        found.append(Engaged(name, reached, strategy, prompts))
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"study.toml: two oracles would be called {name!r} in the tables; rename one")
    return found


def called(section: OracleSection, settings: Settings) -> tuple[str, str]:
    """Return what an oracle is called in the tables, and its strategy.

    Greedy removal has rows of its own, so that it never takes the place of direct scoring.
    """
    strategy = section.options.strategy or settings.score.strategy
    return (f"{section.name}{GREEDY}" if strategy == "greedy" else section.name), strategy


def require_keys(engaged: Sequence[Engaged]) -> None:
    """Refuse oracles whose key is missing or can be none, before anything is asked.

    Raises
    ------
    InputError
        An environment variable is not set, or holds what cannot be sent as a key.
    """
    for one in engaged:
        key = key_of(one.reached)
        wrong = key_wrong(key) if key else None
        if wrong is not None:
            raise InputError(f"oracle {one.reached.name}: {wrong}, or choose others with --oracle")


def require_difference(engaged: Sequence[Engaged], jitters: bool) -> None:
    """Refuse to repeat an oracle whose runs would not differ by anything that is recorded.

    Raises
    ------
    InputError
        An oracle has no temperature above 0, no frame is moved, and its runs are asked the same.
    """
    for one in engaged:
        if not jitters and not _differs(one.reached.adapter):
            raise InputError(
                f"oracle {one.reached.name}: nothing recorded would differ between its runs, so these would "
                "be repeats, not runs; set temperature above 0 for it, or jitter_s above 0 in [frames]"
            )


def _differs(adapter: Any) -> bool:
    """Return whether run 1 is asked something else than run 0: by a temperature, or as the adapter says."""
    if hasattr(adapter, "temperature"):
        return bool(adapter.temperature)
    first = Question("score", Clip("", "", "", ((0.0, 1.0),), ()), "", "", {})
    try:
        return bool(adapter.describe(first) != adapter.describe(replace(first, sample=1)))
    except Exception:  # an adapter that cannot describe an empty clip: its own runs are its own affair
        return True


def strategy_of(one: Engaged, settings: Settings) -> Strategy:
    """Return how an oracle is asked for scores."""
    return Greedy(settings.score.threshold, settings.score.operator) if one.strategy == "greedy" else direct
