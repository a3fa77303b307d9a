"""One page of a study: what was asked, what came out, what to beware of, and every video to look at."""
