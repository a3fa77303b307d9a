"""Across oracles: whether they say the same downstream, and whether their disagreement foretells accuracy."""
