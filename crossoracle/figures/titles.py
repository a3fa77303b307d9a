"""What a statistic or a contrast is called in a figure, and which way a statistic points."""

from __future__ import annotations

from crossoracle.agreement.catalogue import COEFFICIENTS

HEADLINE = (
    *("spearman_within", "kendall_within", "cohen_kappa", "gwet_ac1", "kappa_quadratic", "jaccard"),
    *("alpha_interval", "alpha_ordinal", "alpha_nominal", "fleiss_kappa", "icc_2_1", "spearman_within_all"),
)
# The headline contrasts; the room of analysis, which declares all of them, stands beside this one.
CONTRASTS = {
    "polarity_gap": "kept − left out",
    "eps": "kept − lowest scored",
    "full_gap": "kept − whole video",
    "tds": "kept − even stride",
}


def title(statistic: str) -> str:
    """Return the title that the catalogue of coefficients gives, or the name itself in words."""
    known = COEFFICIENTS.get(statistic)
    return known.title if known is not None else statistic.replace("_", " ")


def obeys(statistic: str, law: str) -> bool:
    """Return whether the catalogue of coefficients says that the statistic obeys a law."""
    known = COEFFICIENTS.get(statistic)
    return known is not None and law in known.laws
