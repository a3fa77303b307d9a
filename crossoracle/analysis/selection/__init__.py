"""What the joint precheck selects: the estimates on other sets of videos, reweighted, and bounded.

Agreement on jointly passed videos is an estimate *among videos that all oracles recognised*. This room says
how far it may stand for all videos.
"""
