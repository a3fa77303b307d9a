"""The policy of the one-step sampler: its draws, its gradient against finite differences, what it learns."""

from __future__ import annotations

import math
from importlib import import_module
from itertools import permutations, product

import numpy as np
import pytest

pytestmark = pytest.mark.local
torch = pytest.importorskip("torch", reason="needs the extra local: make test-local")
learned = import_module("crossoracle.encoders.learned")
schooling = import_module("crossoracle.encoders.schooling")
skim = import_module("crossoracle.encoders.skim")

T, N = 4, 2
DRAWS = list(permutations(range(T), N))
LOGITS = torch.tensor([0.4, -1.1, 0.9, 0.1], dtype=torch.float64)


def chance(logits, draw):
    """Return the probability of drawing frames in that order, by its definition."""
    mass = [math.exp(one) for one in logits.tolist()]
    p, left = 1.0, sum(mass)
    for frame in draw:
        p, left = p * mass[frame] / left, left - mass[frame]
    return p


def test_the_likelihood_of_a_draw():
    found = skim.log_likelihood(LOGITS.log_softmax(0).expand(len(DRAWS), T), torch.tensor(DRAWS)).exp()
    assert found.tolist() == pytest.approx([chance(LOGITS, draw) for draw in DRAWS])
    assert float(found.sum()) == pytest.approx(1)


def test_frames_are_drawn_as_often_as_they_should_be():
    rng = schooling.generator(5)
    found = skim.drawn(LOGITS.log_softmax(0).expand(20_000, T), N, rng).tolist()
    counts = np.array([found.count(list(draw)) for draw in DRAWS])
    expected = 20_000 * np.array([chance(LOGITS, draw) for draw in DRAWS])
    assert counts.sum() == 20_000, "no frame is drawn twice"
    assert ((counts - expected) ** 2 / expected).sum() < 31.3  # chi-squared, 11 degrees of freedom, p = 0.001


def test_the_gradient_is_on_average_that_of_the_expected_loss():
    lost = {draw: math.sin(3 * i) + 2 for i, draw in enumerate(DRAWS)}

    def expected(logits):
        return sum(chance(logits, draw) * lost[draw] for draw in DRAWS)

    step, wanted = 1e-5, []
    for i in range(T):
        ahead, behind = LOGITS.clone(), LOGITS.clone()
        ahead[i] += step
        behind[i] -= step
        wanted.append((expected(ahead) - expected(behind)) / (2 * step))
    mean = torch.zeros(T, dtype=torch.float64)
    for pair in product(DRAWS, DRAWS):  # two draws of a video, every pair as often as it comes
        logits = LOGITS.clone().requires_grad_()
        of_pair = torch.tensor([[lost[draw] for draw in pair]], dtype=torch.float64)
        skim.surrogate(logits.log_softmax(0)[None], torch.tensor([pair]), of_pair).backward()
        mean += math.prod(chance(LOGITS, draw) for draw in pair) * logits.grad
    assert mean.tolist() == pytest.approx(wanted, abs=1e-8)


def test_gradients_of_the_likelihood_are_those_of_finite_differences():
    draws, check = torch.tensor(DRAWS), torch.autograd.gradcheck

    def likely(a):
        return skim.log_likelihood(a.log_softmax(0).expand(len(DRAWS), T), draws)

    assert check(likely, LOGITS.clone().requires_grad_())
    own = {name: one.double() for name, one in skim.begin(3, skim.Design(hidden=2)).items()}
    own["out.weight"] += 0.5
    rows = torch.randn(2, 5, 3, generator=schooling.generator(1), dtype=torch.float64)
    names = list(own)
    values = [own[name].requires_grad_() for name in names]
    assert check(lambda *some: skim.skimmed(dict(zip(names, some, strict=True)), rows), values)


def test_before_training_every_frame_is_as_likely():
    found = skim.skimmed(skim.begin(3, skim.Design()), torch.randn(2, 5, 3, generator=schooling.generator(1)))
    torch.testing.assert_close(found.exp(), torch.full((2, 5), 0.2))


def test_the_likeliest_frames_in_the_order_of_time():
    assert skim.best(torch.tensor([0.1, 0.3, 0.1, 0.5]), 2).tolist() == [1, 3]
    assert skim.best(torch.zeros(5), 3).tolist() == [0, 1, 2], "of equal ones the earlier"


def videos(seed=0, count=40, frames=12):
    """Return videos in which four frames are marked, and a recognizer that loses by every one not shown."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, frames, 5)).astype(np.float32)
    marked = np.zeros((count, frames), dtype=bool)
    for v in range(count):
        marked[v, rng.choice(frames, 4, replace=False)] = True
    rows[marked, 0] += 3
    asked = []

    def loss(numbers, shown):
        asked.append(shown)
        assert (np.diff(shown, axis=1) > 0).all(), "different frames, in the order of time"
        return -np.log((1 + marked[numbers[:, None], shown].sum(axis=1)) / 6)

    return learned.Taught(rows, tuple("ab" * (count // 2))), loss, marked, asked


COURSE = schooling.Course(epochs=40, rate=0.01, decay=0.01, recipe="r")
DESIGN = skim.Design(budget=4)


def test_it_learns_which_frames_the_recognizer_needs():
    taught, loss, _, asked = videos()
    found = skim.learn({"d": taught}, {"d": loss}, DESIGN, COURSE)
    others, _, marked, _ = videos(seed=1)
    mass = skim.skimmed(found.own("d"), found.rows("d", others.rows)).exp().numpy()
    assert mass[marked].sum() / mass.sum() > 0.7  # a third, were all alike
    assert {shown.shape[1] for shown in asked} == {4}, "never more than the budget"


def test_two_trainings_are_the_same_and_a_seed_makes_another():
    taught, loss, _, _ = videos()
    course = schooling.Course(epochs=3, rate=0.01, decay=0.01, recipe="r")
    found = [
        skim.learn({"d": taught}, {"d": loss}, skim.Design(budget=4, seed=seed), course) for seed in (0, 0, 1)
    ]
    once, again, other = (one.tensors["0/out.weight"] for one in found)
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
