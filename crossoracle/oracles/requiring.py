"""What oracles must be able to do for what is asked of them: told before the first call, not by its reply."""

from __future__ import annotations

from collections.abc import Sequence

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.plain import Plain
from crossoracle.oracles.engaging import Engaged


def require_p_yes(engaged: Sequence[Engaged], verb: str | None = None) -> None:
    """Refuse oracles that can give no P(YES) where everything rests on it.

    Oracles without a model say YES to whatever they are shown, so that repeating the question
    (``p_fallback = "samples"``) would measure nothing either. Of a model it is known only when it replies.

    Parameters
    ----------
    verb : str, optional
        What asks every oracle for P(YES); by default greedy removal, which asks those that it is chosen for.

    Raises
    ------
    InputError
        There is such an oracle.
    """
    for one in engaged:
        if isinstance(one.reached.adapter, Plain) and (verb or one.strategy == "greedy"):
            told = f"oracle {one.reached.name}: it looks at no action and gives no P(YES), which "
            if verb:
                raise InputError(f"{told}{verb} asks for; choose others with --oracle")
            raise InputError(
                f'{told}greedy removal asks for; write strategy = "direct" into its section, or choose '
                "others with --oracle (models that show no probabilities can be asked: p_fallback says how)"
            )
