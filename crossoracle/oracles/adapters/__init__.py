"""Ways to reach a model: one file each, and what they share."""
