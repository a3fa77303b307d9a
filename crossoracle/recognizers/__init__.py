"""Conditions in, predictions out: a frozen recognizer sees the frames that a condition leaves."""
