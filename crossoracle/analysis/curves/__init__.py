"""Curves: accuracy along a parameter, the areas under it, and where two of them cross."""
