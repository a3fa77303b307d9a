"""An oracle from another package: its manifest, which is all that is imported until the oracle is asked."""

from crossoracle.oracles.oracle import AdapterSpec

SPEC = AdapterSpec(
    name="bright",
    meaning="the brighter a segment, the more it counts",
    path="crossoracle_example_oracle.bright:Bright",
)
