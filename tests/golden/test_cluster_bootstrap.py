"""Cluster bootstraps of the QVHighlights raters, by brute force: whole videos, one resample at a time.

Source: reference/golden_cluster_bootstrap.json. 2,000 resamples of the 1,550 videos, drawn by
``default_rng(20240607).integers(0, n, (2000, n))`` with videos numbered in the order of vid#qid; percentile
and BCa bounds at 95 % are linear quantiles. ``_400k`` are the bounds of 400,000 resamples, and ``mc_``
is the Monte Carlo standard deviation of the bounds of 2,000.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pytest

from crossoracle.agreement.run import Agreement, Options, agree
from crossoracle.stats.resampling import GivenWeights, draws_to_weights

HUMANS = ("human-1", "human-2", "human-3")
MODEL = "moment-detr"
VIDEOS = 1550
B = 99_999
close = partial(pytest.approx, rel=1e-9, abs=1e-9)
Bounds = tuple[float, float]


@dataclass(frozen=True)
class Golden:
    """One entry of the source; no oracles for a statistic of all three people."""

    statistic: str
    oracles: tuple[str, ...]
    first5: tuple[float, ...]
    percentile: Bounds
    bca: Bounds
    percentile_400k: Bounds
    bca_400k: Bounds
    mc_percentile: Bounds
    mc_bca: Bounds


DIFFERENCE = "qvh_val.kappa_quadratic.h2_h3_minus_h1_h2"
GOLDEN = {
    "qvh_val.kappa_quadratic.h1_h2": Golden(
        "kappa_quadratic",
        HUMANS[:2],
        first5=(
            0.1989973627887529,
            0.14706531641370313,
            0.13511029514236494,
            0.1847829668716956,
            0.22378524371023956,
        ),
        percentile=(0.10877020708021454, 0.19643447486867815),
        bca=(0.11120816282982028, 0.1972487179442334),
        percentile_400k=(0.1106953442766359, 0.19853641062135277),
        bca_400k=(0.11193614830234665, 0.19985645944273409),
        mc_percentile=(0.0012919614257430837, 0.0012587102880090412),
        mc_bca=(0.0013175333646449007, 0.0016335541836337455),
    ),
    "qvh_val.kappa_quadratic.mean3pairs": Golden(
        "kappa_quadratic_all",
        (),
        first5=(
            0.2010394632433337,
            0.15082310901613682,
            0.153163769409967,
            0.17429198549370076,
            0.2197203998871243,
        ),
        percentile=(0.13717864374051444, 0.1962843467301106),
        bca=(0.13813319830240667, 0.19802310910736118),
        percentile_400k=(0.13802458993729222, 0.19789810250944603),
        bca_400k=(0.13975378917244174, 0.19970784603300518),
        mc_percentile=(0.0008988502599503857, 0.0008736555899225778),
        mc_bca=(0.0010230747065353442, 0.0012234973882021033),
    ),
    "qvh_val.kappa_quadratic.h2_h3_minus_h1_h2": Golden(
        "kappa_quadratic",
        (),
        first5=(
            0.001174568073792126,
            0.003300344230614538,
            0.04444851971926356,
            -0.011631707073832431,
            -0.006214654218526516,
        ),
        percentile=(-0.035829252330333725, 0.08332144715359022),
        bca=(-0.03617347250513621, 0.08270109444454243),
        percentile_400k=(-0.03330549332098139, 0.0807554483250453),
        bca_400k=(-0.03224701927237064, 0.08196059124951868),
        mc_percentile=(0.0015515994591505722, 0.0018218907081446905),
        mc_bca=(0.0019776121693106134, 0.0021838515791315787),
    ),
    "qvh_val.krippendorff_interval.h123": Golden(
        "alpha_interval",
        (),
        first5=(
            0.19992751146492782,
            0.14944960926248985,
            0.15034801079574978,
            0.17392964151091583,
            0.21835687992848907,
        ),
        percentile=(0.13585353492842034, 0.19502148371513817),
        bca=(0.13703976892437433, 0.19685983749363226),
        percentile_400k=(0.13631305482499936, 0.19653031226667406),
        bca_400k=(0.138224577484064, 0.19856789961447166),
        mc_percentile=(0.0008952075478898149, 0.0008947630772336187),
        mc_bca=(0.0009770922037683279, 0.0012181436145682935),
    ),
    "qvh_val.kappa_kept3.h1_h2": Golden(
        "cohen_kappa",
        HUMANS[:2],
        first5=(
            0.15687430238820577,
            0.12308197350398796,
            0.12803199348796968,
            0.14932307223712282,
            0.18894344109759664,
        ),
        percentile=(0.10228741355146073, 0.18124133006898693),
        bca=(0.10278204754137708, 0.18246879814068778),
        percentile_400k=(0.10218247431852885, 0.18068788490188162),
        bca_400k=(0.10223239727178857, 0.18075406722630263),
        mc_percentile=(0.001127387942617977, 0.0011015926112965873),
        mc_bca=(0.0012950381771466687, 0.0013433294115939196),
    ),
    "qvh_val.within_spearman.h1_h2": Golden(
        "spearman_within",
        HUMANS[:2],
        first5=(
            0.24164552276080611,
            0.2536903337920213,
            0.2597308806935574,
            0.2567502156589106,
            0.25699002365884743,
        ),
        percentile=(0.225371888893464, 0.2738299951625853),
        bca=(0.22495448973145, 0.2731814625458933),
        percentile_400k=(0.22379395242191866, 0.2738557010762231),
        bca_400k=(0.22368673512014306, 0.27373480958825),
        mc_percentile=(0.0007376666717327891, 0.0007237969214134736),
        mc_bca=(0.0009689912659013417, 0.0009372662241984814),
    ),
    "qvh_val.within_spearman.h1_model": Golden(
        "spearman_within",
        (HUMANS[0], MODEL),
        first5=(
            0.1780188564398985,
            0.16123877367576045,
            0.16923193030481945,
            0.1702146930442664,
            0.16742303421423843,
        ),
        percentile=(0.14914131530275446, 0.19142780186698188),
        bca=(0.14835959398834722, 0.1903992955247928),
        percentile_400k=(0.14842196532493118, 0.190992479631285),
        bca_400k=(0.14830762784976878, 0.19086341658842415),
        mc_percentile=(0.0006634911370998189, 0.0006651987244165814),
        mc_bca=(0.0008348725277988106, 0.0007338931980668632),
    ),
    "qvh_val.jaccard_kept3.h1_h2": Golden(
        "jaccard",
        HUMANS[:2],
        first5=(
            0.5273771344361767,
            0.533777212351235,
            0.5284224294668887,
            0.5325790046244249,
            0.5290224494459219,
        ),
        percentile=(0.5165418432634473, 0.5504848908223255),
        bca=(0.5164319181463297, 0.5503186700525265),
        percentile_400k=(0.5161133128426558, 0.5506860833178822),
        bca_400k=(0.5160751991311041, 0.5506526602088092),
        mc_percentile=(0.0005702171299120692, 0.0005244464372202254),
        mc_bca=(0.0007302486618549994, 0.0006110427206703272),
    ),
}
PARTS = {
    HUMANS: (
        "kappa_quadratic",
        "kappa_quadratic_all",
        "alpha_interval",
        "cohen_kappa",
        "spearman_within",
        "jaccard",
    ),
    (HUMANS[0], MODEL): ("spearman_within",),
}


def bounds(found: Agreement, name: str) -> Bounds:
    """Return the bounds found for an entry; differences here are earlier minus later pairs, so signs turn."""
    golden = GOLDEN[name]
    if name == DIFFERENCE:
        pairs = {
            "oracle_a1": HUMANS[0],
            "oracle_b1": HUMANS[1],
            "oracle_a2": HUMANS[1],
            "oracle_b2": HUMANS[2],
        }
        (d,) = found.differences.select(statistic=golden.statistic, **pairs)
        return -d.high, -d.low
    a, b = golden.oracles or (None, None)
    (e,) = found.estimates.select(statistic=golden.statistic, oracle_a=a, oracle_b=b)
    return e.low, e.high


@pytest.fixture(scope="module")
def resampled(qvhighlights) -> Callable[..., Agreement]:
    """Return what `agree` finds for an entry: by some of the source's draws, or by weights of our own."""
    draws = np.random.default_rng(20240607).integers(0, VIDEOS, size=(2000, VIDEOS))

    @cache
    def found(oracles: tuple[str, ...], kind: str, start: int, stop: int) -> Agreement:
        ratings = qvhighlights(oracles)
        given = (
            GivenWeights({ratings.datasets[0]: draws_to_weights(draws[start:stop], VIDEOS)}) if stop else None
        )
        options = {"by": "none", "interval": kind, "replicates": B, "seed": 7, "differences": True}
        return agree(ratings, Options(PARTS[oracles], weights=given, **options))

    return lambda name, kind, start=0, stop=0: found(
        (HUMANS[0], MODEL) if MODEL in GOLDEN[name].oracles else HUMANS, kind, start, stop
    )


@pytest.mark.parametrize("name", GOLDEN)
def test_first_five_replicates(resampled, name):
    # the bounds of a single resample are its value
    ones = [bounds(resampled(name, "percentile", i, i + 1), name) for i in range(5)]
    assert [low for low, _ in ones] == close(GOLDEN[name].first5)
    assert [high for _, high in ones] == close(GOLDEN[name].first5)


@pytest.mark.parametrize("name", GOLDEN)
def test_percentile_bounds(resampled, name):
    assert bounds(resampled(name, "percentile", 0, 2000), name) == close(GOLDEN[name].percentile)


@pytest.mark.parametrize("name", GOLDEN)
def test_bca_bounds(resampled, name):
    assert bounds(resampled(name, "bca", 0, 2000), name) == close(GOLDEN[name].bca)


@pytest.mark.parametrize("kind", ["percentile", "bca"])
@pytest.mark.parametrize("name", GOLDEN)
def test_own_weights_agree_with_400_000_resamples(resampled, name, kind):
    golden = GOLDEN[name]
    far, sd = (
        (golden.percentile_400k, golden.mc_percentile)
        if kind == "percentile"
        else (golden.bca_400k, golden.mc_bca)
    )
    allowed = 4 * np.array(sd) * (np.sqrt(2000 / B) + np.sqrt(2000 / 400_000))
    assert (np.abs(np.subtract(bounds(resampled(name, kind), name), far)) <= allowed).all()
