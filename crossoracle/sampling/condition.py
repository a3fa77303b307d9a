"""What a condition is: a rule for which frames are seen, with its parameter, and how its name is written.

``random@0.3#2+shuffled`` is the form ``random@f`` with parameter 0.3 and seed 2, its segments in another
order. A name in canonical form is what printing gives; reading one (`catalogue.parse`) also takes 0.30.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crossoracle.errors import InputError
from crossoracle.options import Range
from crossoracle.sampling.density import Density, Floats, Order
from crossoracle.sampling.drawing import stream
from crossoracle.sampling.scored import Failure, Scored

Need = Literal["kept", "score", "kept_score", "motion"]
Rule = Callable[[Scored, float, Callable[[], Order]], Floats]
SHUFFLED = "+shuffled"
UNIT = Range(low=0, high=1)


@dataclass(frozen=True)
class Form:
    """A form of conditions, declared.

    Parameters
    ----------
    name : str
        How it is written: "led@a" takes a parameter, "random#s" a seed.
    meaning : str
        What is seen.
    rule : callable
        Takes the video, the parameter and a function that draws an order; returns one rate per segment.
    needs : tuple of {"kept", "score", "kept_score", "motion"}
        What it must know of every segment; "kept_score" is the score of kept segments alone.
    full_when : str
        When it is the full video.
    nothing : str
        The reason that is recorded where every rate is 0, although something is kept.
    seeded : bool
        Whether it can take a seed.
    range : Range
        What its parameter may be.
    """

    name: str
    meaning: str
    rule: Rule
    needs: tuple[Need, ...]
    full_when: str
    nothing: str = "nothing is kept"
    seeded: bool = False
    range: Range = UNIT

    @property
    def word(self) -> str:
        """The name without parameter and seed."""
        return self.name.partition("@")[0].partition("#")[0]

    @property
    def takes_parameter(self) -> bool:
        """Whether it is written with a parameter; if so, it must be given."""
        return "@" in self.name


@dataclass(frozen=True)
class Condition:
    """A rule for which frames of a video are seen.

    Parameters
    ----------
    form : Form
        From the catalogue.
    parameter : float, optional
        Of the forms that take one.
    seed : int, optional
        Of the forms that draw. Every seed is another draw, and none at all is one more.
    shuffled : bool
        Whether the same frames are shown with their segments in another order.

    Raises
    ------
    InputError
        A parameter is missing, out of range or too much, or so is a seed.
    """

    form: Form
    parameter: float | None = None
    seed: int | None = None
    shuffled: bool = False

    def __post_init__(self) -> None:
        form, given = self.form, self.parameter
        if form.takes_parameter != (given is not None):
            expected = "a parameter" if form.takes_parameter else "no parameter"
            raise InputError(f"condition {form.name}: found parameter {given}, expected {expected}")
        if given is not None and not form.range.holds(given):
            raise InputError(f"condition {form.name}: found {given}, expected {form.range.words('a number')}")
        if self.seed is not None and not (form.seeded and self.seed >= 0):
            expected = "a whole number of at least 0" if form.seeded else "none, as nothing is drawn"
            raise InputError(f"condition {form.name}: found seed {self.seed}, expected {expected}")

    def __str__(self) -> str:
        share = "" if self.parameter is None else f"@{_written(self.parameter)}"
        return f"{self.form.word}{share}{self._seed_part}{SHUFFLED if self.shuffled else ''}"

    @property
    def needs_oracle(self) -> bool:
        """Whether it depends on what an oracle said; if not, it is the same for all oracles."""
        return any(need != "motion" for need in self.form.needs)

    def density(self, video: Scored, seed: int = 0) -> Density | Failure:
        """Return where the frames of a video may stand, and how closely; shuffling changes nothing of it.

        Parameters
        ----------
        video : Scored
            What is known of it.
        seed : int
            The seed of the study.

        Returns
        -------
        Density or Failure
            A failure where a segment lacks what is needed, and where nothing is left to see. A segment
            without a score is not one without evidence: nobody said so.
        """
        for need in self.form.needs:
            lack: str | None = getattr(video, f"lacks_{need}")
            if lack:
                return Failure(lack)
        rate = self.form.rule(video, self.parameter or 0.0, lambda: self._order(video, seed))
        if not np.count_nonzero(rate):
            matched = "kept" in self.form.needs and not video.kept_s
            return Failure("nothing is kept" if matched else self.form.nothing)
        return Density(video.edges, rate)

    def stream(self, video: Scored, seed: int) -> np.random.Generator:
        """Return the random numbers that rearrange its segments."""
        return stream(seed, video.dataset, video.video_id, str(self))

    def _order(self, video: Scored, seed: int) -> Order:
        """Draw an order; the parameter has no part in it, so a larger share holds every smaller one."""
        rng = stream(seed, video.dataset, video.video_id, self.form.word + self._seed_part)
        return rng.permutation(len(video.widths))

    @property
    def _seed_part(self) -> str:
        return "" if self.seed is None else f"#{self.seed}"


def _written(number: float) -> str:
    """Return the shortest text that is read as the same number, without an exponent or a sign."""
    return np.format_float_positional(abs(number), trim="-")
