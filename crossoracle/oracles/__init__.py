"""Oracles: whatever can look at a video and say which of its segments carry the evidence for its action."""
