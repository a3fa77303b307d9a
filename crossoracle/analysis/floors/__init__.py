"""Repeated runs into FLOORS: how much two runs of the same thing differ, and what is read against that."""
