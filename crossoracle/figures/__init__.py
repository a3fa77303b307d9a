"""Figures for print: any finished table to Axes.

`catalogue.FIGURES` names them. Each turns its tables into the plotted numbers, and these into
Axes, without touching any global state. `run.draw` reads the tables of a study and saves every figure with
the numbers it shows. Figures draw finished tables and compute nothing beyond what placing a mark needs.
"""
