"""Time, memory and coverage, measured: ``python -m bench``."""
