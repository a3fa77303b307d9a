"""The three regimes of the generated benchmark, declared: where in a video its evidence lies.

They mirror what published datasets are like: *concentrated* as in diving, where one short event decides;
*redundant* as in scenes of sport or cooking, where nearly every moment does; *ordered* as in handling
things, where no moment decides, but the order of two does.
"""

from __future__ import annotations

from dataclasses import dataclass

from crossoracle.errors import UnknownNameError

CUES = ("shape", "colour", "stripes", "motion")
"""What an actor shows of its class; where videos are ordered, nothing but where it moves."""

ACTORS = ("triangle", "square", "star", "cross", "ring")
SWEEPS = ("right-then-down", "down-then-right", "left-then-up", "up-then-left")


@dataclass(frozen=True)
class Regime:
    """How the videos of a dataset are made.

    Parameters
    ----------
    name, meaning : str
        What it is called, and where its evidence lies.
    classes : tuple of str
        The labels.
    grain : (int, int)
        What its places look like: how many grains they have from the top down and from side to side.
    share : (float, float)
        The share of the duration that carries evidence: the least and the most.
    pieces : int
        In how many intervals it lies.
    faint : float
        The least contrast of an actor, from 0 (not to be seen) to 1; where videos are ordered, that of one
        of the two movements, while the other is clear.
    lies, missing : float
        How likely each cue is that of another class in all of a video, and how likely it cannot be seen in a
        segment of evidence.
    strangers, videos : int
        How many things without a class appear in the filler; how many videos of a class are studied.
    cutaways, ordered : bool
        Whether the filler shows another place; whether the order of movements makes the class.
    """

    name: str
    meaning: str
    classes: tuple[str, ...]
    grain: tuple[int, int]
    share: tuple[float, float]
    pieces: int
    faint: float
    lies: float = 0.0
    missing: float = 0.0
    strangers: int = 0
    videos: int = 20
    cutaways: bool = False
    ordered: bool = False


REGIMES = (
    Regime(
        "concentrated",
        "One short event among filler, in which other things appear.",
        tuple(f"{name} event" for name in ACTORS),
        grain=(48, 8),
        share=(0.22, 0.3),
        pieces=1,
        faint=0.6,
        lies=0.03,
        missing=0.15,
        strangers=3,
    ),
    Regime(
        "redundant",
        "Most of the scene, with cutaways that show nothing of it.",
        tuple(f"{name} scene" for name in ACTORS),
        grain=(8, 48),
        share=(0.6, 0.75),
        pieces=2,
        faint=0.35,
        lies=0.04,
        missing=0.3,
        cutaways=True,
    ),
    Regime(
        "ordered",
        "Two movements; which comes first, and where to, decides.",
        tuple(name.replace("-", " ") for name in SWEEPS),
        grain=(40, 40),
        share=(0.62, 0.78),
        pieces=2,
        faint=0.55,
        videos=32,
        ordered=True,
    ),
)

NAMES = tuple(one.name for one in REGIMES)


def regime(name: str) -> Regime:
    """Return a regime.

    Raises
    ------
    UnknownNameError
        None has that name; the message names the nearest.
    """
    known = {one.name: one for one in REGIMES}
    if name not in known:
        raise UnknownNameError("regime", name, known)
    return known[name]
