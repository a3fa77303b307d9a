"""What a prompt is: a text with declared variables, its digest, and how it is rendered for a clip.

A prompt is told what is to be looked for and how the clip is divided, and nothing that could give the answer
away: neither the dataset, nor the name of the video, nor what was removed from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.oracles.clip import Clip

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = {
    "label": "the action to look for",
    "n_segments": "how many segments the clip has",
    "segments": "the segments in order, each with number (from 0), start_s and end_s",
    "duration_s": "where the last segment ends, in seconds",
    "n_frames": "how many frames are shown",
    "attributes": "what the videos table says beside the label, by name",
}


@dataclass(frozen=True)
class Prompt:
    """A text that an oracle is asked with.

    Parameters
    ----------
    name, version : str
        What it is called; the version of a user's own file is "own".
    text : str
        The Jinja2 template.
    digest : str
        SHA-256 of the file.

    Raises
    ------
    InputError
        The text is no template.
    UnknownNameError
        It uses a variable that there is not; the message names the nearest.
    """

    name: str
    version: str
    text: str
    digest: str

    def __post_init__(self) -> None:
        from jinja2 import TemplateSyntaxError
        from jinja2.meta import find_undeclared_variables

        try:
            used = find_undeclared_variables(_environment().parse(self.text))
        except TemplateSyntaxError as error:
            told = f"prompt {self.name}, line {error.lineno}: {error.message}"
            raise InputError(f"{told}; expected a Jinja2 template: correct the line") from error
        except RecursionError as error:
            raise InputError(f"prompt {self.name}: too deeply nested; expected a Jinja2 template") from error
        for name in sorted(used - VARIABLES.keys()):
            raise UnknownNameError(f"variable in prompt {self.name}", name, VARIABLES)

    def render(self, clip: Clip) -> str:
        """Return the text for a clip.

        Raises
        ------
        InputError
            The text needs an attribute that the video does not have, or cannot be rendered.
        """
        from jinja2 import TemplateError

        try:
            return _compiled(self.text).render(_variables(clip)).strip()
        except (TemplateError, TypeError, ValueError, OverflowError, MemoryError, RecursionError) as error:
            of = f"{clip.dataset}/{clip.video_id}"
            raise InputError(
                f"prompt {self.name} for {of}: {error}; give the video the attribute (column attributes), "
                "or test for it in the prompt with `is defined`"
            ) from error


def _variables(clip: Clip) -> dict[str, Any]:
    return {
        "label": clip.label,
        "n_segments": len(clip.segments),
        "segments": [
            {"number": number, "start_s": start, "end_s": end}
            for number, (start, end) in enumerate(clip.segments)
        ],
        "duration_s": clip.duration_s,
        "n_frames": len(clip.frames),
        "attributes": dict(clip.attributes),
    }


@cache
def _compiled(text: str) -> Template:
    return _environment().from_string(text)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    """Return the environment of all prompts: what is not there is an error, and nothing can be included.

    It is a sandbox, because a study and its prompts may come from somebody else.
    """
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
