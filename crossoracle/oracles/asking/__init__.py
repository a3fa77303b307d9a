"""What lies between a strategy and a model: the ledger, limits, budget, and the asking itself."""
