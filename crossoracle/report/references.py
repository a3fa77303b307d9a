"""What the methods section of a report cites, beside the references of the coefficients."""

from __future__ import annotations

REFERENCES = {
    "bootstrap": "Field & Welsh (2007), Bootstrapping clustered data, J. R. Statist. Soc. B 69:369-390",
    "expanded": "Hesterberg (2015), What teachers should know about the bootstrap, Am. Stat. 69:371-386",
    "percentile": "Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13",
    "bca": "Efron (1987), Better bootstrap confidence intervals, J. Am. Stat. Assoc. 82:171-185",
    "jackknife": "Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 11",
    "hall": "Hall (1992), On the removal of skewness by transformation, J. R. Statist. Soc. B 54:221-228",
    "permutation": "Davison & Hinkley (1997), Bootstrap Methods and their Application, section 4.3",
    "holm": "Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6:65-70",
    "simultaneous": "Romano & Wolf (2005), Stepwise multiple testing, Econometrica 73:1237-1282",
    "wilson": "Wilson (1927), Probable inference, J. Am. Stat. Assoc. 22:209-212",
    "kish": "Kish (1965), Survey Sampling, section 8.2",
    "non-inferiority": "Piaggio et al. (2012), Reporting of noninferiority trials, JAMA 308:2594-2604",
}

INTERVALS = {
    "expanded": "expanded percentile intervals (Hesterberg 2015) of the cluster bootstrap",
    "percentile": "percentile intervals of the cluster bootstrap",
    "bca": "BCa intervals (Efron 1987) of the cluster bootstrap",
    "jackknife": "t intervals from the cluster jackknife",
    "hall": "t intervals from the cluster jackknife, their skewness removed (Hall 1992)",
}
"""The constructions of intervals, in words."""
