"""The tables of the diagnostics of agreement."""

from __future__ import annotations

from crossoracle.tables.column import Column
from crossoracle.tables.columns import HIGH, LEVEL, LOW, ORACLE, POOL, VALUE, count, result, share, text
from crossoracle.tables.table import Table

REASON = text("reason", "Why a value is null, or what qualifies it.", required=True)
STATISTIC = Column("statistic", "text", "The name of the coefficient.")
A = text("oracle_a", "First oracle of the pair; null for statistics of all oracles.", required=True)
B = text("oracle_b", "Second oracle of the pair; null for statistics of all oracles.", required=True)

DIAGNOSTICS = Table(
    "diagnostics",
    "One row per dataset, oracle and measure: the mean over videos, and its spread.",
    (
        POOL,
        ORACLE,
        Column(
            "measure",
            "text",
            "Shares of the video's length: kept_first, kept_last, kept_span, kept_longest_gap, centre; of "
            "its segments: kept_share, kept_low, unkept_high; of pairs of them: reversed; kept_gaps, gini.",
        ),
        VALUE,
        LOW,
        HIGH,
        LEVEL,
        result("sd", "Standard deviation over videos."),
        result("quartile_1", "First quartile over videos."),
        result("median", "Median over videos."),
        result("quartile_3", "Third quartile over videos."),
        count("n_videos", "Videos that entered the value."),
        count("n_clusters", "Clusters that entered the value."),
        count("n_left_out", "Videos without a value of their own."),
        REASON,
    ),
    key=("dataset", "oracle", "measure"),
    result=True,
)

SPREAD = Table(
    "diagnostics_scores",
    "One row per dataset, oracle, outcome of the precheck and bin: how its scores are spread.",
    (
        POOL,
        ORACLE,
        Column("passed", "flag", "Whether the oracle recognised these videos."),
        share("low", "Lower edge of the bin, which belongs to it; null: no score was given.", required=True),
        share("high", "Upper edge of the bin; 1 belongs to the last.", required=True),
        count("n", "Segments with such a score."),
        share("share", "n / all segments of those videos, scored or not.", required=True),
    ),
    key=("dataset", "oracle", "passed", "low"),
    result=True,
)

CLASSES = Table(
    "diagnostics_classes",
    "One row per class and statistic: its value, and the value drawn towards the mean of its dataset.",
    (
        Column("dataset", "text", "The dataset of the class."),
        Column("label", "text", "The class."),
        Column("statistic", "text", "kept_share of oracle_a, or the name of a coefficient."),
        A,
        B,
        VALUE,
        result("shrunk", "The empirical Bayes estimate of the class."),
        result("low", "Lower bound of its interval."),
        result("high", "Upper bound of its interval."),
        LEVEL,
        share(
            "own_share", "The share of its own distance from the mean that the class keeps.", required=True
        ),
        result("mean", "The mean of the classes that they are drawn to."),
        result("between_sd", "Standard deviation between classes, beyond noise."),
        count("n_videos", "Videos of the class that entered the value."),
        count("n_clusters", "Clusters of the class that entered the value."),
        REASON,
    ),
    key=("dataset", "label", "statistic", "oracle_a", "oracle_b"),
    result=True,
)

INFLUENCE = Table(
    "diagnostics_influence",
    "One row per statistic and cluster or oracle: the value without it. Of clusters, the ten that move most.",
    (
        STATISTIC,
        A,
        B,
        Column("left_out", "text", "What is left out.", choices=("cluster", "oracle")),
        Column("name", "text", "The oracle, or the dataset of the cluster and (the first of) its videos."),
        VALUE,
        result("without", "The value without it."),
        result("change", "value - without."),
        result("in_errors", "The change in jackknife standard errors of the value; null for oracles."),
        count("n_videos", "Videos of the cluster; for an oracle those that there are."),
    ),
    key=("statistic", "oracle_a", "oracle_b", "left_out", "name"),
    result=True,
)

SUBSETS = Table(
    "diagnostics_subsets",
    "One row per statistic and share of the clusters: what random subsets of that size would have shown.",
    (
        STATISTIC,
        A,
        B,
        Column("share", "real", "Share of the clusters of each dataset that is drawn.", "fraction", 0, 1),
        count("draws", "Subsets drawn."),
        count("n_clusters", "Clusters in each of them."),
        VALUE,
        result("mean", "Mean over subsets."),
        result("sd", "Standard deviation over subsets."),
        result("low", "2.5 % quantile over subsets."),
        result("high", "97.5 % quantile over subsets."),
        share("same_rank", "How often the pair ranks among all pairs as on all clusters.", required=True),
        count("n_undefined", "Subsets in which the statistic is undefined."),
    ),
    key=("statistic", "oracle_a", "oracle_b", "share"),
    result=True,
)

PAIR = (Column("oracle_a", "text", "First oracle of the pair."), Column("oracle_b", "text", "Second oracle."))

LIMITS = Table(
    "diagnostics_limits",
    "One row per dataset, pair of oracles and quantity: how far apart their scores of one segment are.",
    (
        POOL,
        *PAIR,
        Column(
            "quantity",
            "text",
            "The mean of the differences (first less second), or the lower or upper limit that 95 % of them "
            "lie within (Bland and Altman, segments within videos).",
            choices=("mean", "lower", "upper"),
        ),
        VALUE,
        LOW,
        HIGH,
        LEVEL,
        result("sd", "Standard deviation of differences, between and within videos."),
        count("n_segments", "Segments that both scored."),
        count("n_videos", "Videos that they are of."),
        count("n_clusters", "Clusters that those come from."),
        REASON,
    ),
    key=("dataset", "oracle_a", "oracle_b", "quantity"),
    result=True,
)

POINTS = Table(
    "diagnostics_points",
    "One row per dataset, pair of oracles and cell: how many segments have such a mean and difference.",
    (
        POOL,
        *PAIR,
        Column("mean", "real", "The mean of the two scores: the middle of the cell.", "fraction", 0, 1),
        Column("difference", "real", "First score less second: the middle of the cell.", "fraction", -1, 1),
        count("n", "Segments in the cell."),
    ),
    key=("dataset", "oracle_a", "oracle_b", "mean", "difference"),
    result=True,
)

DIAGNOSTICS_TABLES = (DIAGNOSTICS, SPREAD, CLASSES, INFLUENCE, SUBSETS, LIMITS, POINTS)
