"""Who can be asked, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from crossoracle.oracles.listing import Listed
from crossoracle.oracles.oracle import Capabilities
from crossoracle.terminal.screen import console, hand_over, show, table

TITLES = {"study": "Oracles of the study", "preset": "Presets", "adapter": "Adapters"}
WORDS = {"logprobs": "probabilities", "structured": "structured replies", "native_video": "video"}


def show_oracles(found: Sequence[Listed], *, as_json: bool) -> None:
    """Show oracles, presets and adapters, a table each."""
    screen = console()
    for of, title in TITLES.items():
        rows = [one for one in found if one.of == of]
        if not rows:
            continue
        shown = table(title, ["name", "adapter", "what it is", "ready", "can do"], [])
        for one in rows:
            shown.add_row(one.name, one.adapter, one.meaning, _ready(one), _can(one.capabilities))
        show(screen, shown)
    for one in found:
        if one.failed:
            screen.print(f"note: {one.name} could not be probed: {one.failed}")
    hand_over([], (lambda: {"oracles": [asdict(one) for one in found]}) if as_json else None)


def _ready(one: Listed) -> str:
    if one.remedy:
        return f"no: {one.remedy}"
    if one.key_present is False:
        return f"no: set {one.key}"
    return "yes" if one.key is None else f"yes, {one.key} is set"


def _can(found: Capabilities) -> str:
    known = {words: getattr(found, name) for name, words in WORDS.items()}
    if all(value is None for value in known.values()):
        return "not probed"
    signs = {True: "yes", False: "no", None: "unknown"}
    return ", ".join(f"{words}: {signs[value]}" for words, value in known.items())
