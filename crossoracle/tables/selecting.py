"""The tables of what the joint precheck selects."""

from __future__ import annotations

from dataclasses import replace

from crossoracle.tables.column import Column
from crossoracle.tables.columns import VALUE, count, result, share, text
from crossoracle.tables.table import Table

SET = Column("oracles", "text", 'The oracles that must have recognised a video, joined by " & ".')
REASON = text("reason", "Why a value is null, or what qualifies it.", required=True)

WEIGHTING = Table(
    "selection_weighting",
    "One row per set of oracles: what inverse-probability weighting rests on.",
    (
        SET,
        text(
            "covariates", "What the model of passing knows, joined by commas; null: nothing.", required=True
        ),
        count("n_videos", "Videos there are."),
        count("n_passed", "Videos that every oracle of the set passed."),
        result("effective", "As many equally weighted videos would be as good: (sum w)^2 / sum w^2."),
        share("lowest", "The smallest fitted probability to pass.", required=True),
        count("n_rare", "Videos whose probability to pass is under 0.05."),
        count("n_unsupported", "Videos of a dataset and label of which no video passed."),
        share("largest", "The largest weight's share of all weight.", required=True),
        share("auc", "How often a video that passed has the higher probability of two.", required=True),
        result("r_squared", "McFadden's pseudo R squared of the model."),
        result("largest_before", "Largest absolute standardised difference before weighting."),
        result("largest_after", "Largest absolute standardised difference after weighting."),
        REASON,
    ),
    key=("oracles",),
    result=True,
)

BALANCE = Table(
    "selection_balance",
    "One row per set of oracles and column of the model of passing: means of videos passed, and of all.",
    (
        SET,
        Column(
            "covariate",
            "text",
            "What the column is about.",
            choices=("dataset", "label", "duration", "segments"),
        ),
        text("value", "The dataset or label that the column marks; null for a number.", required=True),
        result("mean_all", "Mean over all videos; numbers are standardised logarithms."),
        result("mean_passed", "Mean over the videos passed."),
        result("mean_weighted", "Mean over the videos passed, weighted."),
        result("before", "(mean_passed - mean_all) / standard deviation over all videos."),
        result("after", "(mean_weighted - mean_all) / standard deviation over all videos."),
    ),
    key=("oracles", "covariate", "value"),
    result=True,
)

TIPPING = Table(
    "selection_tipping",
    "One row per set of oracles, statistic and threshold: what the videos left out would have to be like.",
    (
        SET,
        Column("statistic", "text", "The name of the coefficient."),
        text("oracle_a", "First oracle of the pair; null for statistics of all oracles.", required=True),
        text("oracle_b", "Second oracle of the pair; null for statistics of all oracles.", required=True),
        Column("threshold", "real", "The value that the whole is to fall to."),
        VALUE,
        result("among_left_out", "The statistic among the videos left out at which the whole falls to that."),
        share("contradicting", "The share of their segments that would contradict then.", required=True),
        result("whole_at_worst", "The statistic of the whole if all of them contradict."),
        count("n_videos", "Videos that every oracle of the set passed."),
        count("n_left_out", "Videos that they did not."),
        REASON,
    ),
    key=("oracles", "statistic", "oracle_a", "oracle_b", "threshold"),
    result=True,
)


def selection(estimates: Table) -> Table:
    """Return the table of estimates on every set of videos: the columns of estimates, and two more."""
    videos = replace(
        estimates["videos"],
        meaning="Which videos: those that the set (joint), or both of a pair (pairwise) passed; all as they "
        'were scored; all with "not passed" as a category; all with the worst or the best filled in for '
        "those not passed by the set; or those passed, weighted to stand for all (ipw).",
        choices=(*estimates["videos"].choices, "category"),
    )
    columns = tuple(videos if column.name == "videos" else column for column in estimates.columns)
    effective = result("effective", "Videos; of weighted ones as many as would be as good unweighted.")
    meaning = "One row per set of oracles, statistic, pair (or all) and set of videos; estimates otherwise."
    return Table("selection", meaning, (SET, *columns, effective), ("oracles", *estimates.key), result=True)


SELECTION_TABLES = (WEIGHTING, BALANCE, TIPPING)
