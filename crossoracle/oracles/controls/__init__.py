"""Oracles put to the test: whether what they call important carries the action."""
