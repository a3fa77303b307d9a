"""Every figure by its name; the drawing modules are imported when a figure is drawn."""

from __future__ import annotations

from crossoracle.errors import UnknownNameError
from crossoracle.figures.figure import Figure, Option

# Where a study keeps each table that figures read, and the verb that makes it.
HOMES = {
    "scores": ("", "import"),
    "videos": ("", "import"),
    "prechecks": ("", "import"),
    "predictions": ("", "predict"),
    "removals": ("", "score --strategy greedy"),
    "flow": ("results", "precheck"),
    "estimates": ("results", "agree"),
    "per_video": ("results", "agree"),
    "diagnostics_scores": ("results", "agree --diagnostics"),
    "diagnostics_classes": ("results", "agree --diagnostics"),
    "diagnostics_limits": ("results", "agree --diagnostics"),
    "diagnostics_points": ("results", "agree --diagnostics"),
    "differences": ("results", "compare"),
    "curves": ("results", "compare"),
    "directions": ("results", "compare"),
    "heterogeneity": ("results", "compare"),
    "disagreement": ("results", "compare"),
    "floors": ("results", "floor"),
}

STATISTIC = Option(
    "statistic", "The statistic of the matrix.", "spearman_within, or the first that is defined"
)
STATISTICS = Option("statistics", "A statistic of the forest; may be repeated.", "the headline", many=True)
DATASET = Option("dataset", "The dataset that is shown.", "all of them pooled")
VIDEOS = Option("videos", "The set of videos: joint, pairwise or all.", "joint where it is there")
RUN = Option("run", "The run of each oracle whose scores are shown.", "that of the estimates")
K = Option("k", "How many videos of most, and of least, agreement (or wins, losses) are shown.", "3", int)
BY_VIDEO = Option(
    "statistic_by_video", "The statistic that ranks the videos.", "spearman_within_all, or the first there is"
)
METRIC = Option("metric", "Which accuracy is shown: top1, top5 or p_true.", "top1")
RECOGNIZER = Option("recognizer", "The recognizer whose accuracies are shown.", "the first by name")
VIDEO = Option("video", "The video that is shown: VIDEO_ID, or DATASET/VIDEO_ID.", "one that shows most")
ORACLE = Option("oracle", "The oracle whose scores are shown.", "the first by name")
GUIDED = Option("guided", "The condition that wins.", "led@0")
AGAINST = Option("against", "The condition that it wins against.", "inverted@0, or what is there")
THRESHOLD = Option("threshold", "What P(YES) had to stay above.", "0.5 where that fits", float)
DOWNSTREAM = (METRIC, RECOGNIZER, RUN)

_DECLARED = (
    Figure(
        name="agreement-matrix",
        title="Agreement of every pair of oracles",
        module="crossoracle.figures.matrix",
        reads=("estimates",),
        width="column",
        meaning="A cell is one statistic of a pair with its interval; oracles that agree stand side by side.",
        options=(STATISTIC, DATASET, VIDEOS),
    ),
    Figure(
        name="agreement-forest",
        title="Agreement estimates with their intervals",
        module="crossoracle.figures.forest",
        reads=("estimates",),
        width="page",
        meaning="A row is a pair of oracles, or a statistic over all oracles: point, interval, and the "
        "cluster-jackknife interval as a thin line under it; pooled and by dataset.",
        options=(STATISTICS, VIDEOS),
    ),
    Figure(
        name="precheck-flow",
        title="Videos that passed the prechecks",
        module="crossoracle.figures.flow",
        reads=("flow",),
        width="page",
        meaning="A bar counts the videos that exactly the marked oracles passed; at the right, the share of "
        "videos that each oracle passed, and that all of them passed.",
        options=(DATASET,),
    ),
    Figure(
        name="timelines",
        title="Scores over time in the videos with most and least agreement",
        module="crossoracle.figures.timelines",
        reads=("per_video", "scores"),
        width="page",
        meaning="A row is an oracle, a cell a segment: the darker the higher its score; a bar under the cell "
        "marks that the oracle kept it. Ranked are the videos with a value for the most pairs of oracles.",
        options=(K, BY_VIDEO, RUN),
    ),
    Figure(
        name="score-distributions",
        title="Distribution of the scores of each oracle",
        module="crossoracle.figures.distributions",
        reads=("scores",),
        width="column",
        meaning="Share of the scored segments by score, with the median, the share without a score and the "
        "share kept.",
        options=(RUN,),
    ),
    Figure(
        name="contrasts",
        title="What guided frames change, by oracle and dataset",
        module="crossoracle.figures.contrasts",
        reads=("differences",),
        width="page",
        meaning="A mark is the difference of two accuracies for the frames of one oracle, with its interval "
        "and, as a thin line, the bounds that hold for all contrasts at once; the panels differ in scale.",
        options=DOWNSTREAM,
    ),
    Figure(
        name="alpha-curves",
        title="Accuracy along alpha, led and inverted",
        module="crossoracle.figures.alpha_curves",
        reads=("curves",),
        width="page",
        meaning="A column is a dataset, a row an oracle: a bar is the interval of a point, a band holds for "
        "the whole curve. Below, led less inverted: thick the interval, thin the band.",
        options=DOWNSTREAM,
    ),
    Figure(
        name="insertion-curves",
        title="Accuracy over the share seen: insertion and deletion",
        module="crossoracle.figures.insertion_curves",
        reads=("curves",),
        width="page",
        meaning="A column is a dataset, a row an oracle: the further the curve of the highest scores first "
        "lies above that of the lowest first, the more its scores tell; grey orders need no oracle.",
        options=DOWNSTREAM,
    ),
    Figure(
        name="thresholds",
        title="Accuracy over a threshold of the scores",
        module="crossoracle.figures.thresholds",
        reads=("curves",),
        width="page",
        meaning="A column is a dataset, a row an oracle: accuracy where only segments that score at least "
        "the threshold are seen. Below, the share of the duration that this leaves.",
        options=DOWNSTREAM,
    ),
    Figure(
        name="budgets",
        title="Accuracy over a budget of the duration",
        module="crossoracle.figures.budgets",
        reads=("curves",),
        width="page",
        meaning="A column is a dataset, a row an oracle: accuracy where a share of the duration is spent on "
        "the highest, or the lowest, scores; grey orders need no oracle.",
        options=DOWNSTREAM,
    ),
    Figure(
        name="noise-floor",
        title="Agreement with itself and with the reference",
        module="crossoracle.figures.noise_floor",
        reads=("floors",),
        width="page",
        meaning="Left, how an arm agrees with itself (filled) and with the reference (open). Right, the "
        "second less the reference's own agreement; not worse than the margin (shaded) is non-inferior.",
        options=(DATASET,),
    ),
    Figure(
        name="kept-share",
        title="Share of the duration that each oracle keeps",
        module="crossoracle.figures.kept_share",
        reads=("scores",),
        width="column",
        meaning="A line is the middle half of the videos of a dataset, a mark their median; videos whose "
        "segments are not known to be kept or not are left out.",
        options=(RUN,),
    ),
    Figure(
        name="film",
        title="Frames and scores over time",
        module="crossoracle.figures.film",
        reads=("per_video", "scores"),
        width="page",
        meaning="Above, what is seen in the middles of equal parts of the video; below, a row for each "
        "oracle: the darker a segment the higher its score, a bar marks that it is kept.",
        options=(VIDEO, BY_VIDEO, RUN),
        frames=True,
    ),
    Figure(
        name="montage",
        title="Wins and losses of guided frames",
        module="crossoracle.figures.montage",
        reads=("predictions", "scores"),
        width="page",
        meaning="A video is shown by six frames of each condition, at even quantiles of what it shows, tied "
        "to their instants in the scores, and by what was predicted. Largest changes of p(true), by class.",
        options=(K, GUIDED, AGAINST, ORACLE, RECOGNIZER, RUN),
        frames=True,
    ),
    Figure(
        name="removal",
        title="A greedy removal, step by step",
        module="crossoracle.figures.removal",
        reads=("removals", "scores"),
        width="page",
        meaning="A row is a step: the segments that are left, and the one just removed, crossed out. At the "
        "right, P(YES) of what is left then, and the threshold that it stays above.",
        options=(VIDEO, ORACLE, THRESHOLD, RUN),
        frames=True,
    ),
    Figure(
        name="alpha-diagram",
        title="How density and frames change with alpha",
        module="crossoracle.figures.alpha_diagram",
        reads=("scores",),
        width="page",
        meaning="A bar is the density over a segment, in the oracle's colour where it is kept; eight frames "
        "stand at even quantiles of it. At alpha = 1 both sides are the full video.",
        options=(VIDEO, ORACLE, RUN),
        frames=True,
    ),
    Figure(
        name="bland-altman",
        title="How far apart the scores of every pair of oracles are",
        module="crossoracle.figures.bland_altman",
        reads=("diagnostics_limits", "diagnostics_points"),
        width="page",
        meaning="A cell counts segments, the darker the more: the difference of two scores over their mean. "
        "Lines are the mean difference and the limits of agreement, bands their intervals.",
        options=(DATASET,),
    ),
    Figure(
        name="weight-distributions",
        title="Scores of videos that were recognised, and of those that were not",
        module="crossoracle.figures.weights",
        reads=("diagnostics_scores",),
        width="page",
        meaning="A column is a dataset, a row an oracle: the share of segments by score, filled for videos "
        "that passed the precheck of that oracle, a line for those that did not.",
    ),
    Figure(
        name="kept-by-class",
        title="Share that each oracle keeps, class by class",
        module="crossoracle.figures.kept_by_class",
        reads=("diagnostics_classes",),
        width="page",
        meaning="A column is a dataset, a row an oracle, a mark a class: its kept share drawn to the mean of "
        "the classes, with its interval; a dash as it was found. Dashed, the median of the classes.",
    ),
    Figure(
        name="class-coverage",
        title="Videos of every class that all oracles recognised",
        module="crossoracle.figures.class_coverage",
        reads=("videos", "prechecks"),
        width="page",
        meaning="A bar is a class: its videos, and dark those of them that all oracles recognised.",
        options=(RUN,),
    ),
    Figure(
        name="consistency",
        title="Whether all oracles show the same contrasts",
        module="crossoracle.figures.consistency",
        reads=("directions", "heterogeneity"),
        width="page",
        meaning="A mark is the contrast of an oracle, filled where it is significant; the bar below is the "
        "mean over oracles with its interval. Beside, how many point up, and the SD between oracles.",
        options=DOWNSTREAM,
    ),
    Figure(
        name="disagreement",
        title="Accuracy where oracles disagree",
        module="crossoracle.figures.disagreement",
        reads=("disagreement",),
        width="page",
        meaning="A column is a dataset, a row a statistic of agreement: accuracy in quarters of the videos, "
        "from those on which the oracles agree most to those on which they agree least.",
        options=DOWNSTREAM,
    ),
)

FIGURES: dict[str, Figure] = {figure.name: figure for figure in _DECLARED}
OPTIONS: dict[str, Option] = {option.name: option for figure in _DECLARED for option in figure.options}


def figure(name: str) -> Figure:
    """Return the declaration of a figure.

    Raises
    ------
    UnknownNameError
        If the catalogue does not know the name; the message gives the nearest.
    """
    try:
        return FIGURES[name]
    except KeyError:
        raise UnknownNameError("figure", name, FIGURES) from None
