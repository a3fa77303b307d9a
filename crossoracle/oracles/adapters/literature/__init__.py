"""Importance signals of other work, as oracles: one file each, with its citation and what it assumes."""
