"""What a run may cost: caps in dollars and in calls, kept while calls are under way."""

from __future__ import annotations

from crossoracle.errors import InputError
from crossoracle.oracles.asking.underway import BudgetSpent

UNPRICED = "its price is not known"


class Budget:
    """The caps of one run, all oracles together.

    Every call is reserved before it begins, at what it is expected to cost, and settled when it is over. So
    the sum goes beyond the cap by no more than calls under way cost more than expected.

    Parameters
    ----------
    usd : float, optional
        Most that may be spent.
    calls : int, optional
        Most calls that may be made, tries after failures included.

    Attributes
    ----------
    spent_usd : float
        What the calls that are over have cost; those that may have been paid for count as expected.
    made : int
        Calls that began.

    Raises
    ------
    InputError
        A cap is negative.
    """

    def __init__(self, usd: float | None = None, calls: int | None = None) -> None:
        for name, cap in (("usd", usd), ("calls", calls)):
            if cap is not None and not cap >= 0:
                raise InputError(f"budget: {name} = {cap}, expected 0 or more; change it")
        self.usd, self.calls = usd, calls
        self.spent_usd, self.made = 0.0, 0
        self._reserved = 0.0
        self._unpriced: set[str] = set()

    def take(self, oracle: str, expected_usd: float | None) -> float:
        """Reserve a call; return what has to be given back to `settle`.

        Parameters
        ----------
        oracle : str
            Who is asked, for messages.
        expected_usd : float or None
            What it will cost, as far as one knows; None where the price is not known.

        Raises
        ------
        BudgetSpent
            It would go beyond a cap, or nobody knows whether it would.
        """
        if self.calls is not None and self.made >= self.calls:
            raise BudgetSpent(f"the budget of {self.calls} calls is spent")
        if self.usd is not None and (expected_usd is None or oracle in self._unpriced):
            raise BudgetSpent(
                f"oracle {oracle}: {UNPRICED}, so a budget in dollars cannot be kept; write priced_as = "
                '(a model of the price list, or "free") into its section, or cap the calls with --max-calls'
            )
        expected = expected_usd or 0.0
        if self.usd is not None and expected and self._taken() + expected > self.usd:
            raise BudgetSpent(f"the budget of ${self.usd:g} is spent (${self.spent_usd:.4g} so far)")
        self.made += 1
        self._reserved += expected
        return expected

    def settle(self, oracle: str, reserved: float, cost_usd: float | None, *, unpriced: bool = False) -> None:
        """Book a call that is over.

        Parameters
        ----------
        oracle : str
            Who was asked.
        reserved : float
            What `take` returned.
        cost_usd : float or None
            What it has cost; None counts as what was expected.
        unpriced : bool
            It was answered, and nobody knows at what price: no more calls of this oracle within a budget in
            dollars.
        """
        self._reserved -= reserved
        self.spent_usd += reserved if cost_usd is None else cost_usd
        if unpriced and self.usd is not None:
            self._unpriced.add(oracle)

    def _taken(self) -> float:
        return self.spent_usd + max(self._reserved, 0.0)
