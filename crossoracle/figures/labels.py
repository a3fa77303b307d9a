"""Names as they can be set in a figure, whatever a user called an oracle, a video or a label.

A name may hold dollar signs (matplotlib would read mathematics), line breaks, symbols that the font lacks, or
hundreds of characters. A label shows it in one line, cut in the middle; two names never get the same label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

from matplotlib.font_manager import findfont, get_font

ELLIPSIS = "…"


@cache
def _drawable() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def _glyph(character: str) -> str:
    if character.isprintable() and ord(character) in _drawable():
        return character
    return f"⟨{ord(character):04X}⟩"


def shorten(text: str, width: int) -> str:
    """Cut a text in the middle to at most ``width`` characters: either end may tell names apart."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return text[: width - 1 - tail] + ELLIPSIS + (text[-tail:] if tail else "")


def label(name: object, width: int = 24) -> str:
    r"""Return a name in one line, of characters that the font has, with no mathematics in it.

    A character that the font lacks is shown by its code point, a dollar sign is escaped for matplotlib.

    Examples
    --------
    >>> label("qwen3-vl-32b"), label("a$b$"), label("x" * 300, 7)
    ('qwen3-vl-32b', 'a\\$b\\$', 'xxx…xxx')
    """
    return _escaped(_clean(name, width))


def labels(names: Iterable[str], width: int = 24) -> dict[str, str]:
    """Return one label per name, no two alike.

    Names that would look the same once cut get their place among the sorted names behind them. Give all the
    oracles of a study, whatever a figure shows of them: then an oracle has the same number in every figure.
    """
    ordered = sorted(set(names))
    cut = {name: _clean(name, width) for name in ordered}
    alike = Counter(cut.values())
    numbered = {name: _numbered(name, place, width) for place, name in enumerate(ordered, 1)}
    found = {name: numbered[name] if alike[cut[name]] > 1 else cut[name] for name in ordered}
    if len(set(found.values())) < len(ordered):
        found = numbered
    return {name: _escaped(text) for name, text in found.items()}


def _numbered(name: str, place: int, width: int) -> str:
    suffix = f" ({place})"
    return _clean(name, max(width - len(suffix), 3)) + suffix


def _clean(name: object, width: int) -> str:
    # A long name is cut before its characters are looked at, and once more if code points made it longer.
    text = shorten(" ".join(str(name).split()), 4 * width)
    return shorten("".join(map(_glyph, text)), width)


def _escaped(text: str) -> str:
    return text.replace("$", r"\$")
