"""The texts that oracles are asked with: versioned files, whose words are part of what an answer depends on.

A text is never changed in place: a better one is a new version beside it, so that stored answers keep theirs.
"""
