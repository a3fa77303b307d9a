"""Planning: how many videos a contrast or an interval needs, or what a number of them can show."""
