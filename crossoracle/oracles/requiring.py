"""What oracles must be able to do for what is asked of them: told before the first call, not by its reply."""

from __future__ import annotations

from collections.abc import Sequence

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.plain import Plain
from crossoracle.oracles.engaging import Engaged


def require_p_yes(engaged: Sequence[Engaged]) -> None:
    """Refuse oracles that can give no P(YES) for greedy removal, where everything rests on it.

    Oracles without a model say YES to whatever they are shown, so that repeating the question
    (``p_fallback = "samples"``) would measure nothing either. Of a model it is known only when it replies.

    Raises
    ------
    InputError
        There is such an oracle.
    """
    for one in engaged:
        if isinstance(one.reached.adapter, Plain) and one.strategy == "greedy":
            raise InputError(
                f"oracle {one.reached.name}: it looks at no action and gives no P(YES), which greedy "
                'removal asks for; write strategy = "direct" into its section, or choose others with '
                "--oracle (models that show no probabilities can be asked: p_fallback says how)"
            )
