"""The tables of what sampling changes downstream: accuracies under conditions, and their differences."""

from __future__ import annotations

from crossoracle.tables.column import Column
from crossoracle.tables.columns import (
    HIGH,
    INTERVAL,
    LEVEL,
    LOW,
    POOL,
    RUN,
    VALUE,
    count,
    p,
    result,
    share,
    text,
)
from crossoracle.tables.table import Table

# The contrasts that stand for all of them, in the order in which figures, tables of a paper and the report
# show them.
HEADLINE = ("polarity_gap", "eps", "full_gap", "tds")

RECOGNIZER = text("recognizer", "Which recognizer; null where the predictions name none.", required=True)
WHOSE = text("oracle", "Whose scores chose the frames; null for conditions that need none.", required=True)
STRATUM = text(
    "stratum", 'The part of the videos, such as "duration 1/4"; null for all of them.', required=True
)
METRIC = Column(
    "metric",
    "text",
    "Right at the first guess, right within five guesses, or the probability of the true class.",
    choices=("top1", "top5", "p_true"),
)
REASON = text("reason", "Why the value or the interval is null, or what qualifies it.", required=True)

ACCURACIES = Table(
    "accuracies",
    "One row per recognizer, condition and set of videos: how often the class was right.",
    (
        POOL,
        RECOGNIZER,
        WHOSE,
        RUN,
        Column("condition", "text", 'The rule for which frames were seen, such as "full" or "led@0.3".'),
        STRATUM,
        METRIC,
        VALUE,
        LOW,
        HIGH,
        LEVEL,
        INTERVAL,
        count("n_videos", "Videos that entered the value."),
        count("n_clusters", "Clusters that entered the value."),
        count("n_failed", "Videos whose prediction failed."),
        count(
            "n_missing", "Videos that the recognizer saw, but not under this condition, or not so measured."
        ),
        share("kept_fraction", "The mean share of the duration that could be seen.", required=True),
        REASON,
    ),
    key=("dataset", "recognizer", "oracle", "run", "condition", "stratum", "metric"),
    result=True,
)

DIFFERENCES = Table(
    "differences",
    "One row per contrast of two conditions, recognizer and set of videos: paired by video, same resamples.",
    (
        Column("contrast", "text", 'The name of the contrast, or the conditions as asked: "led@0 - motion".'),
        POOL,
        RECOGNIZER,
        WHOSE,
        RUN,
        Column("condition_a", "text", "The condition, or the difference, that the other is taken from."),
        Column("condition_b", "text", "The condition, or the difference, that is taken from it."),
        STRATUM,
        METRIC,
        VALUE,
        LOW,
        HIGH,
        result("simultaneous_low", "Lower bound that holds for the whole family at once (max-|t|)."),
        result("simultaneous_high", "Upper bound that holds for the whole family at once (max-|t|)."),
        LEVEL,
        INTERVAL,
        count("n_videos", "Videos that have every condition of the contrast."),
        count("n_clusters", "Clusters that those come from."),
        count("n_left_out", "Videos that the recognizer saw, but that lack a condition of the contrast."),
        count(
            "b",
            "Videos right under the first condition alone; null where two are not compared.",
            nullable=True,
        ),
        count("c", "Videos right under the second condition alone; null as for b.", nullable=True),
        p("p_signflip", "P value of no difference: signs of whole clusters flipped."),
        p("p_mcnemar", "McNemar's mid-p; null where a cluster has several videos, or two are not compared."),
        result("tango_low", "Lower bound of Tango's score interval; null as for p_mcnemar."),
        result("tango_high", "Upper bound of Tango's score interval; null as for p_mcnemar."),
        Column("family", "text", "What the simultaneous bounds and p_holm hold for."),
        p("p_holm", "p_signflip adjusted within the family (Holm)."),
        REASON,
    ),
    key=(
        "contrast",
        "dataset",
        "recognizer",
        "oracle",
        "run",
        "condition_a",
        "condition_b",
        "stratum",
        "metric",
    ),
    result=True,
)

FLOORS = Table(
    "floors",
    "One row per quantity, arms and set of videos: how repeated runs differ, and what is read against that.",
    (
        Column(
            "quantity",
            "text",
            "self_agreement, cross_agreement, difference (cross minus the self-agreement of arm_b), "
            "ratio_to_ceiling, disattenuated, per_video, ratio, accuracy, accuracy_sd or "
            "detectable_difference.",
        ),
        text("arm_a", "The arm; null for conditions that no oracle chose the frames of.", required=True),
        text("arm_b", "The reference that it is compared with, if it is.", required=True),
        Column("statistic", "text", "The coefficient, what was taken (calls, cost_usd, ...), or the metric."),
        POOL,
        RECOGNIZER,
        text(
            "condition", "The repeated condition, or the contrast of two; null for agreement.", required=True
        ),
        VALUE,
        LOW,
        HIGH,
        LEVEL,
        INTERVAL,
        result("margin", "What still counts as equal; null where nothing is judged."),
        text("margin_rule", '"half the floor", or "absolute".', required=True),
        result(
            "bound",
            "One-sided bound held against the margin: above -margin (a distance: below it) is non-inferior.",
        ),
        result("upper_bound", "The other one-sided bound: below -margin (a distance: above it) is inferior."),
        Column(
            "verdict",
            "text",
            "What the bounds say; null where nothing is judged or nothing is defined.",
            nullable=True,
            choices=("non-inferior", "inferior", "inconclusive"),
        ),
        text("resampled", 'What was drawn anew: "videos", "videos and runs" or "none".', required=True),
        count("replicates", "Number of resamples."),
        count("n_runs_a", "Runs of arm_a, or of the first condition."),
        count("n_runs_b", "Runs of arm_b, or of the second condition, where there is one.", nullable=True),
        count("n_videos", "Videos that entered the value."),
        count("n_clusters", "Clusters that entered the value."),
        count("n_left_out", "Videos that could have entered, and did not."),
        count("n_undefined", "Resamples in which the value is undefined."),
        REASON,
    ),
    key=("quantity", "arm_a", "arm_b", "statistic", "dataset", "recognizer", "condition"),
    result=True,
)

PLANS = Table(
    "plans",
    "One row per number of clusters of a planned study: what it would show.",
    (
        Column("question", "text", "What is planned for.", choices=("contrast", "agreement")),
        Column("statistic", "text", "The contrast with its metric, or the coefficient."),
        Column("source", "text", "Where variances come from.", choices=("pilot", "stated")),
        count("clusters", "Clusters of the planned study."),
        Column("videos", "real", "Videos that those would have.", low=0),
        Column("answer", "flag", "Whether it is what was asked for; the others stand beside it."),
        result("difference", "The true difference that is to be found; null for agreement."),
        share("power", "Share of planned studies that find it; null for agreement.", required=True),
        share("power_low", "Lower bound of that share: Monte Carlo error, Wilson.", required=True),
        share("power_high", "Upper bound of that share: Monte Carlo error, Wilson.", required=True),
        result("width", "Expected width of the interval; null for contrasts."),
        LEVEL,
        result("value", "The value in the pilot, or as stated."),
        result("closed_form", "What the closed form answers: clusters, or the difference; null without one."),
        count("pilot_clusters", "Clusters of the pilot; 0 where rates were stated."),
        count("simulations", "Planned studies that were drawn."),
        REASON,
    ),
    key=("question", "statistic", "clusters"),
    result=True,
)

POINTS = (
    count("n_videos", "Videos that entered the value; 0 where it is not of videos."),
    count("n_clusters", "Clusters that entered the value."),
    count("n_left_out", "Videos that the recognizer saw, but that lack what the value needs."),
)

CURVES = Table(
    "curves",
    "One row per point of a curve: accuracy along alpha, a threshold, or a share of the video.",
    (
        POOL,
        RECOGNIZER,
        WHOSE,
        RUN,
        Column(
            "family",
            "text",
            "What varies: led, inverted and their gap over alpha; threshold; budget, anti, random, motion, "
            "temporal and uniform over the share asked for, and as insertion: and deletion: over that seen.",
        ),
        Column("x", "real", "Alpha, the threshold, or a share of the duration.", low=0, high=1),
        METRIC,
        Column("condition", "text", 'The conditions of the point; "chance" where nothing is seen.'),
        VALUE,
        LOW,
        HIGH,
        result("band_low", "Lower bound that holds for all points of the curve at once (max-|t|)."),
        result("band_high", "Upper bound that holds for all points of the curve at once (max-|t|)."),
        LEVEL,
        INTERVAL,
        share("kept_fraction", "The mean share of the duration that could be seen.", required=True),
        *POINTS,
        REASON,
    ),
    key=("dataset", "recognizer", "oracle", "run", "family", "x", "metric", "condition"),
    result=True,
)

LANDMARKS = Table(
    "landmarks",
    "One row per curve and what is read from the whole of it.",
    (
        POOL,
        RECOGNIZER,
        WHOSE,
        RUN,
        Column("family", "text", "The curve, as in the curves table."),
        Column(
            "quantity",
            "text",
            "The area under the curve from chance at nothing to the whole video (the mean of the areas of "
            "videos), or the first alpha at which the gap, drawn as straight lines, is 0.",
            choices=("area", "crossing"),
        ),
        METRIC,
        VALUE,
        LOW,
        HIGH,
        LEVEL,
        INTERVAL,
        *POINTS,
        count("n_undefined", "Resamples in which it is undefined: the gap keeps its sign."),
        REASON,
    ),
    key=("dataset", "recognizer", "oracle", "run", "family", "quantity", "metric"),
    result=True,
)

CONTRAST = Column("contrast", "text", "The name of the contrast, as in the differences table.")
OF = (CONTRAST, POOL, RECOGNIZER, RUN, METRIC)

DIRECTIONS = Table(
    "directions",
    "One row per contrast and oracle: which way it points, and whether all oracles say the same.",
    (
        *OF,
        Column("oracle", "text", "Whose scores chose the frames."),
        Column("condition_a", "text", "The condition that the other is taken from."),
        Column("condition_b", "text", "The condition that is taken from it."),
        VALUE,
        p("p_holm", "The p value of the differences table, adjusted within its family."),
        Column("direction", "text", "The sign.", choices=("positive", "negative", "zero", "undefined")),
        Column("significant", "flag", "Whether p_holm is below 1 - level; null without it.", nullable=True),
        count("n_oracles", "Oracles that have the contrast."),
        count("n_positive", "Oracles for which it is positive."),
        count("n_significant", "Oracles for which it is significant, either way."),
        Column("all_positive", "flag", "Whether it is for all; null where that is open.", nullable=True),
        Column("all_significant", "flag", "Whether it is for all; null where that is open.", nullable=True),
    ),
    key=("contrast", "dataset", "recognizer", "run", "metric", "oracle", "condition_b"),
    result=True,
)

HETEROGENEITY = Table(
    "heterogeneity",
    "One row per contrast and what is said of how much it differs between oracles.",
    (
        *OF,
        Column(
            "quantity",
            "text",
            "The standard deviation between oracles (less what is noise), the mean over oracles, the mean "
            "without one oracle, or the difference of two.",
            choices=("sd_between", "mean", "mean_without", "difference"),
        ),
        text("oracle", "The oracle left out, or the first of two; null otherwise.", required=True),
        text("other", "The second of two oracles; null otherwise.", required=True),
        VALUE,
        LOW,
        HIGH,
        result("simultaneous_low", "Lower bound that holds for all pairs of oracles at once (max-|t|)."),
        result("simultaneous_high", "Upper bound that holds for all pairs of oracles at once (max-|t|)."),
        LEVEL,
        Column("interval", "text", 'How the interval was constructed, such as "expanded" or "norm".'),
        count("n_oracles", "Oracles for which the contrast is defined."),
        count("n_videos", "Videos that any of them has."),
        count("n_joint", "Videos that all of them have."),
        count("n_clusters", "Clusters that any of them has."),
        REASON,
    ),
    key=("contrast", "dataset", "recognizer", "run", "metric", "quantity", "oracle", "other"),
    result=True,
)

DISAGREEMENT = Table(
    "disagreement",
    "One row per part of the videos, by how much oracles disagree on them, and what became of it downstream.",
    (
        POOL,
        RECOGNIZER,
        WHOSE,
        RUN,
        Column("condition", "text", "The condition under which videos were seen."),
        METRIC,
        Column("statistic", "text", "The agreement of the oracles on a video; disagreement is 1 minus it."),
        Column(
            "against",
            "text",
            "The metric of the video itself, or how often the rest of its class is wrong under full.",
            choices=("accuracy", "difficulty"),
        ),
        Column(
            "part",
            "text",
            "A quarter of the videos of a dataset, least disagreement first; the last less the first; or "
            "the correlation over all of them.",
        ),
        VALUE,
        LOW,
        HIGH,
        LEVEL,
        INTERVAL,
        *POINTS,
        count("n_undefined", "Resamples in which it is undefined."),
        p("p", "P value of 0: two-sided clustered t-test; null for a quarter."),
        REASON,
    ),
    key=("dataset", "recognizer", "oracle", "run", "condition", "metric", "statistic", "against", "part"),
    result=True,
)

COMPARE_TESTS = Table(
    "compare_tests",
    "One row per test across oracles or conditions; columns as in the tests table, which is of agreement.",
    (
        Column("family", "text", "The family that the p values are adjusted within."),
        Column("test", "text", "What is tested."),
        POOL,
        result("statistic", "The test statistic; null where it is undefined."),
        text("df", 'Its degrees of freedom, such as "3, 1547".', required=True),
        p("p", "The p value."),
        p("p_adjusted", "The p value adjusted within the family (Holm)."),
    ),
    key=("family", "test", "dataset"),
    result=True,
)

COMPARED = (CURVES, LANDMARKS, DIRECTIONS, HETEROGENEITY, DISAGREEMENT, COMPARE_TESTS)
