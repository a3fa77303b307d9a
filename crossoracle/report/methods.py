"""The methods section that a report proposes: generated from what was really run, to be adapted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crossoracle import __version__
from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.report.material import Material
from crossoracle.report.words import OF_A_PAIR, OVERALL
from crossoracle.tables.wording import several

RULES = {
    "joint": "the videos that every oracle recognised",
    "pairwise": "for each pair of oracles, the videos that both recognised",
    "all": "all videos, recognised or not",
}
INTERVALS = {
    "expanded": "expanded percentile intervals (Hesterberg 2015) of the cluster bootstrap",
    "percentile": "percentile intervals of the cluster bootstrap",
    "bca": "BCa intervals (Efron 1987) of the cluster bootstrap",
    "jackknife": "t intervals from the cluster jackknife",
}
REFERENCES = {
    "bootstrap": "Field & Welsh (2007), Bootstrapping clustered data, J. R. Statist. Soc. B 69:369-390",
    "expanded": "Hesterberg (2015), What teachers should know about the bootstrap, Am. Stat. 69:371-386",
    "bca": "Efron (1987), Better bootstrap confidence intervals, J. Am. Stat. Assoc. 82:171-185",
    "holm": "Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6:65-70",
    "wilson": "Wilson (1927), Probable inference, J. Am. Stat. Assoc. 22:209-212",
}


def methods(material: Material) -> tuple[list[str], list[str]]:
    """Return the paragraphs of a methods section, and the references that they need."""
    paragraphs, cited = [], dict[str, None]()
    for of in (_scoring, _precheck, _agreement, _sampling):
        for text, references in of(material):
            paragraphs.append(text)
            cited.update(dict.fromkeys(references))
    paragraphs.append(f"All of it was computed with crossoracle {__version__}.")
    return paragraphs, sorted(cited)


Parts = Iterator[tuple[str, Sequence[str]]]


def _scoring(material: Material) -> Parts:
    oracles = f"{several(len(material.oracles), 'oracle')} ({', '.join(material.oracles)})"
    o = material.options("score")
    if not o:
        yield f"The scores are of {oracles}.", ()
        return
    f, s = o.get("frames", {}), o.get("score", {})
    yield (
        f"{oracles[0].upper()}{oracles[1:]} saw the same frames of each video ({f.get('fps')} a second, at "
        f"most {f.get('max_frames')}, long side {f.get('long_side')} pixels), each labelled with its time "
        f"and its segment of {f.get('step_s')} s. Each scored the segments from 0 to 100 by the strategy "
        f"{s.get('strategy')}, in {several(int(s.get('runs', 1)), 'run')}.",
        (),
    )


def _precheck(material: Material) -> Parts:
    if "flow" in material.results:
        yield (
            "An oracle was held to recognise the action of a video if its precheck said so; shares of videos "
            "have Wilson intervals on the effective number of videos.",
            (REFERENCES["wilson"],),
        )


def _agreement(material: Material) -> Parts:
    o = material.options("agree")
    rows = material.results.get("estimates")
    if not o or rows is None:
        return
    names = [name for name in (*OVERALL, *OF_A_PAIR) if name in set(rows["statistic"])]
    titles = ", ".join(dict.fromkeys(COEFFICIENTS[name].title for name in names))
    replicates = int(rows["replicates"].max())
    clusters = int(rows.loc[rows["dataset"] == "all", "n_clusters"].max())
    videos = int(rows.loc[rows["dataset"] == "all", "n_videos"].max())
    interval = str(o.get("interval"))
    yield (
        f"Agreement was estimated on {RULES.get(str(o.get('on')), 'the videos')} "
        f"({several(videos, 'video')} in {several(clusters, 'cluster')}); reported are {titles}. Segments of "
        f"one video are not independent, so whole clusters were resampled within datasets: "
        f"{INTERVALS.get(interval, interval)} at level {o.get('level')}, {replicates:,} resamples, seed "
        f"{o.get('seed')}.",
        (
            REFERENCES["bootstrap"],
            *((REFERENCES[interval],) if interval in REFERENCES else ()),
            *(COEFFICIENTS[name].reference for name in names),
        ),
    )


def _sampling(material: Material) -> Parts:
    rows, o = material.results.get("differences"), material.options("compare")
    if rows is None:
        return
    recognizers = ", ".join(map(str, rows["recognizer"].dropna().unique()))
    yield (
        f"Frozen recognizers ({recognizers}) saw the frames that sampling conditions chose; accuracies were "
        "compared between conditions in the same videos, with "
        f"{several(int(o.get('replicates', 0)), 'resample')} of whole clusters. P values come from flipping "
        "the signs of whole clusters, and are adjusted within each family of contrasts by Holm's procedure.",
        (REFERENCES["holm"], REFERENCES["bootstrap"]),
    )
