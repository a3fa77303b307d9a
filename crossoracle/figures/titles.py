"""What a statistic or a contrast is called in a figure, and which way a statistic points."""

from __future__ import annotations

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.tables.downstream import HEADLINE as CONTRAST_NAMES

HEADLINE = (
    *("spearman_within", "kendall_within", "cohen_kappa", "gwet_ac1", "kappa_quadratic", "jaccard"),
    *("alpha_interval", "alpha_ordinal", "alpha_nominal", "fleiss_kappa", "icc_2_1", "spearman_within_all"),
)
_CONTRASTS = ("kept − left out", "kept − lowest scored", "kept − whole video", "kept − even stride")
CONTRASTS = dict(zip(CONTRAST_NAMES, _CONTRASTS, strict=True))


def title(statistic: str) -> str:
    """Return the title that the catalogue of coefficients gives, or the name itself in words."""
    known = COEFFICIENTS.get(statistic)
    return known.title if known is not None else statistic.replace("_", " ")


def obeys(statistic: str, law: str) -> bool:
    """Return whether the catalogue of coefficients says that the statistic obeys a law."""
    known = COEFFICIENTS.get(statistic)
    return known is not None and law in known.laws
