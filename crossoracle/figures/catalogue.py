"""Every figure by its name; the drawing modules are imported when a figure is drawn."""

from __future__ import annotations

from crossoracle.errors import UnknownNameError
from crossoracle.figures.figure import Figure, Option

STATISTIC = Option(
    "statistic", "The statistic of the matrix.", "spearman_within, or the first that is defined"
)
STATISTICS = Option("statistics", "A statistic of the forest; may be repeated.", "the headline", many=True)
DATASET = Option("dataset", "The dataset that is shown.", "all of them pooled")
VIDEOS = Option("videos", "The set of videos: joint, pairwise or all.", "joint where it is there")
RUN = Option("run", "The run of each oracle whose scores are shown.", "that of the estimates")
K = Option("k", "How many videos of most, and of least, agreement are shown.", "3", int)
BY_VIDEO = Option(
    "statistic_by_video", "The statistic that ranks the videos.", "spearman_within_all, or the first there is"
)
METRIC = Option("metric", "Which accuracy is shown: top1, top5 or p_true.", "top1")
RECOGNIZER = Option("recognizer", "The recognizer whose accuracies are shown.", "the first by name")
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
