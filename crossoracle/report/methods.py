"""The methods section that a report proposes: generated from what was really run, to be adapted.

Every sentence rests on the provenance of a table or on the table itself, so that the sections of two studies
differ where the studies do, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from crossoracle.agreement.catalogue import COEFFICIENTS
from crossoracle.report.asked import every_prompt, oracle
from crossoracle.report.material import Material
from crossoracle.report.references import INTERVALS, REFERENCES
from crossoracle.report.words import OF_A_PAIR, OVERALL
from crossoracle.tables.wording import several

if TYPE_CHECKING:
    import pandas as pd

RULES = {
    "joint": "the videos that every oracle recognised",
    "pairwise": "for each pair of oracles, the videos that both recognised",
    "all": "all videos, recognised or not",
}
PROTOCOLS = {
    "repack": "chosen frames shown without gaps",
    "mask": "frames that were not chosen blanked in place",
}
STRATEGIES = {
    "direct": "all segments scored from 0 to 100 in one call",
    "greedy": "segments removed one at a time, each time the one without which P(YES) is highest, while it "
    "exceeds {threshold}",
}
PACKAGES = ("python", "numpy", "scipy", "duckdb")

Parts = Iterator[tuple[str, Sequence[str]]]


def methods(material: Material) -> tuple[list[str], list[str]]:
    """Return the paragraphs of a methods section, and the references that they need."""
    paragraphs, cited = [], dict[str, None]()
    for of in (_scoring, _precheck, _agreement, _sampling, _comparing, _floors, _software):
        for text, references in of(material):
            paragraphs.append(text)
            cited.update(dict.fromkeys(references))
    return paragraphs, sorted(cited)


def _scoring(material: Material) -> Parts:
    o = material.options("score")
    known = o.get("oracles", {})
    named = [oracle(name, known.get(name, {})) for name in material.oracles]
    oracles = f"{several(len(named), 'oracle')} ({', '.join(named)})"
    if not o:
        yield f"The scores are of {oracles}.", ()
        return
    f, s = o.get("frames", {}), o.get("score", {})
    prompt = every_prompt(material, "prompt")
    by = f" (prompt {' or '.join(prompt)})" if prompt else ""
    ways = sorted({str(how.get("strategy") or s.get("strategy")) for how in known.values()})
    told = "; ".join(f"{way}: {STRATEGIES.get(way, way).format(**s)}" for way in ways)
    yield (
        f"{oracles[0].upper()}{oracles[1:]} saw the same frames of each video ({f.get('fps')} a second, at "
        f"most {f.get('max_frames')}, long side {f.get('long_side')} pixels), each labelled with its time "
        f"and its segment of {f.get('step_s')} s. They were asked{by} in "
        f"{several(int(s.get('runs', 1)), 'run')}{f', {told}' if told else ''}.",
        (),
    )


def _precheck(material: Material) -> Parts:
    rows = material.results.get("flow")
    if rows is None:
        return
    prompt = every_prompt(material, "verify_prompt")
    by = f" (prompt {' or '.join(prompt)})" if prompt else ""
    clustered = (rows["interval"] == "wilson-clustered").any()
    of = " on the effective number of videos, since clips share sources" if clustered else ""
    level = f"{rows['level'].max():.0%}"
    yield (
        f"An oracle was held to recognise the action of a video if its precheck said so{by}; shares of "
        f"videos have {level} Wilson intervals{of}.",
        (REFERENCES["wilson"], *((REFERENCES["kish"],) if clustered else ())),
    )


def _agreement(material: Material) -> Parts:
    o = material.options("agree")
    rows = material.results.get("estimates")
    if not o or rows is None:
        return
    names = [name for name in (*OVERALL, *OF_A_PAIR) if name in set(rows["statistic"])]
    titles = ", ".join(dict.fromkeys(COEFFICIENTS[name].title for name in names))
    yield (
        f"Agreement was estimated on {RULES.get(str(o.get('on')), 'the videos')}{_size(rows)}"
        f"{f'; reported are {titles}' if titles else ''}. Segments of one video are not independent, so "
        f"whole clusters were resampled within datasets: {_intervals(o, rows)}.",
        (*_of_intervals(o), *(COEFFICIENTS[name].reference for name in names)),
    )


def _size(rows: pd.DataFrame) -> str:
    pooled = rows[rows["dataset"] == "all"]
    if pooled.empty:
        return ""
    videos, clusters = int(pooled["n_videos"].max()), int(pooled["n_clusters"].max())
    return f" ({several(videos, 'video')} in {several(clusters, 'cluster')})"


def _intervals(o: Mapping[str, Any], rows: pd.DataFrame | None = None) -> str:
    """Return how intervals were made: construction, level, resamples and seed."""
    interval = str(o.get("interval"))
    made = o.get("replicates") if rows is None or "replicates" not in rows else rows["replicates"].max()
    resamples = "" if made is None or made != made else f", {several(int(made), 'resample')}"
    return f"{INTERVALS.get(interval, interval)} at level {o.get('level')}{resamples}, seed {o.get('seed')}"


def _of_intervals(o: Mapping[str, Any]) -> tuple[str, ...]:
    interval = str(o.get("interval"))
    return (REFERENCES["bootstrap"], *((REFERENCES[interval],) if interval in REFERENCES else ()))


def _sampling(material: Material) -> Parts:
    o = material.options("predict")
    if not o:
        return
    conditions = [str(one) for one in o.get("conditions", ())]
    named = f" ({', '.join(conditions)})" if conditions else ""
    shown = PROTOCOLS.get(str(o.get("protocol")), f"protocol {o.get('protocol')}")
    how = o.get("recognizer") or {}
    digest = f" Model {how['name']}: {how['family']}, {str(how['version'])[:12]}." if "version" in how else ""
    yield (
        f"Videos were shown to frozen recognizers under {several(len(conditions), 'sampling condition')}"
        f"{named}: {shown}, {several(int(o.get('clips', 1)), 'clip')} of each, seed {o.get('seed')}.{digest}",
        (),
    )


def _comparing(material: Material) -> Parts:
    rows, o = material.results.get("differences"), material.options("compare")
    if rows is None:
        return
    recognizers = ", ".join(map(str, rows["recognizer"].dropna().unique()))
    of = f" of the recognizers {recognizers}" if recognizers else ""
    yield (
        f"Accuracies{of} were compared between conditions in the same videos: {_intervals(o)}; simultaneous "
        "bounds hold for all contrasts of a family. P values come from flipping the signs of whole clusters, "
        "and are adjusted within each family of contrasts by Holm's procedure.",
        (
            *_of_intervals(o),
            *(REFERENCES[name] for name in ("permutation", "holm", "simultaneous")),
        ),
    )


def _floors(material: Material) -> Parts:
    rows, o = material.results.get("floors"), material.options("floor")
    if rows is None:
        return
    rules = [str(rule) for rule in rows["margin_rule"].dropna().unique()]
    rule = f" (margin: {', '.join(rules)})" if rules else ""
    yield (
        "Differences between oracles were read against the noise floor: how far runs of the same oracle "
        f"differ{rule}; {_intervals(o)}. Non-inferiority is one-sided.",
        (*_of_intervals(o), REFERENCES["non-inferiority"]),
    )


def _software(material: Material) -> Parts:
    versions = material.versions
    with_ = ", ".join(f"{name} {versions[name]}" for name in PACKAGES if name in versions)
    made = versions.get("crossoracle") or version("crossoracle")
    yield f"All of it was computed with crossoracle {made}{f' ({with_})' if with_ else ''}.", ()
