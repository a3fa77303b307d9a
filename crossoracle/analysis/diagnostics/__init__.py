"""Diagnostics of agreement: what it rests on, and what it would be without.

Where in the videos oracles look, how their scores are spread, whether labels and scores contradict, how
classes differ, how far single videos, clusters and oracles carry a headline, and what another subset would
have shown.
"""
