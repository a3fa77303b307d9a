"""Action sensitivity against its definition, its gradients against finite differences, and what it learns."""

from __future__ import annotations

import math
from importlib import import_module

import numpy as np
import pytest

pytestmark = pytest.mark.local
torch = pytest.importorskip("torch", reason="needs the extra local: make test-local")
learned = import_module("crossoracle.encoders.learned")
schooling = import_module("crossoracle.encoders.schooling")
sensing = import_module("crossoracle.encoders.sensing")
sensitivity = import_module("crossoracle.encoders.sensitivity")

VIDEOS, FRAMES, SIZE, CLASSES = 6, 7, 4, 3
LABEL = torch.tensor([0, 1, 0, 2, 1, 0])
DESIGN = sensing.Design(hidden=5, drop=0.0, batch=4)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def own():
    """Parameters in double precision; the Gaussians of the classes differ."""
    found = {name: one.double() for name, one in sensitivity.begin(SIZE, CLASSES, 5, 1).items()}
    return found | {"middle": 0.3 * drawn(CLASSES, seed=2), "width": drawn(CLASSES, seed=3)}


@pytest.fixture
def lessons():
    return sensing.Lessons(drawn(VIDEOS, FRAMES, SIZE), LABEL, torch.linspace(0, 1, FRAMES).double())


def test_sensitivity_is_the_gaussian_of_the_class_and_what_the_head_says(own, lessons):
    found = sensitivity.sensed(own, lessons.rows, lessons.position)
    assert found.sensitivity.shape == (VIDEOS, FRAMES, CLASSES)
    for v in range(VIDEOS):
        for i in range(FRAMES):
            around = [lessons.rows[v, j] if 0 <= j < FRAMES else torch.zeros(SIZE) for j in (i - 1, i, i + 1)]
            feature = own["embed.bias"].clone()
            for k in range(3):
                feature = feature + own["embed.weight"][:, :, k] @ around[k].double()
            feature = feature.clamp_min(0)
            head = (own["head.weight"] @ feature + own["head.bias"]).clamp_min(0)
            quality = 1 / (1 + math.exp(-float(own["quality.weight"][0] @ head + own["quality.bias"])))
            for c in range(CLASSES):
                mu = 0.5 + float(own["middle"][c])
                sigma = 0.1 + 0.9 * math.exp(float(own["width"][c]))
                gaussian = math.exp(-((float(lessons.position[i]) - mu) ** 2) / (2 * sigma**2))
                assert float(found.sensitivity[v, i, c]) == pytest.approx(gaussian + quality)


def test_a_video_has_the_classes_of_its_frames_weighted_by_sensitivity(own, lessons):
    found = sensitivity.sensed(own, lessons.rows, lessons.position)
    p, h = found.logp.exp(), found.sensitivity
    for v in range(VIDEOS):
        mass = [
            sum(float(h[v, i, c] * p[v, i, c]) for i in range(FRAMES)) / float(h[v, :, c].sum())
            for c in range(CLASSES)
        ]
        assert found.probabilities[v].tolist() == pytest.approx([one / sum(mass) for one in mass])


def slow_contrast(features, by, label, share, temperature):
    """Return the contrastive loss by loops over videos."""

    def mean(v, frames):
        total = sum(features[v, i] for i in frames)
        return total / torch.linalg.norm(total)

    count = max(1, round(share * features.shape[1]))
    order = [sorted(range(features.shape[1]), key=lambda i, v=v: float(by[v, i])) for v in range(len(label))]
    low = [mean(v, order[v][:count]) for v in range(len(label))]
    high = [mean(v, order[v][-count:]) for v in range(len(label))]
    told = []
    for v in range(len(label)):
        others = [u for u in range(len(label)) if u != v]
        good = sum(math.exp(float(high[v] @ high[u]) / temperature) for u in others if label[u] == label[v])
        bad = sum(math.exp(float(high[v] @ high[u]) / temperature) for u in others if label[u] != label[v])
        bad += sum(math.exp(float(high[v] @ one) / temperature) for one in low)
        if good:
            told.append(-math.log(good / (good + bad)))
    return sum(told) / len(told)


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5])
def test_the_contrastive_loss_by_its_definition(share):
    features, by = drawn(VIDEOS, FRAMES, 5), drawn(VIDEOS, FRAMES, seed=9)
    found = sensitivity.contrasted(features, by, LABEL, share, 0.3)
    assert float(found) == pytest.approx(slow_contrast(features, by, LABEL.tolist(), share, 0.3))


def test_there_is_nothing_to_contrast_where_all_are_alone():
    features = drawn(3, FRAMES, 5).requires_grad_()
    found = sensitivity.contrasted(features, drawn(3, FRAMES), torch.tensor([0, 1, 2]), 0.25, 0.2)
    assert found.item() == 0
    found.backward()
    assert not features.grad.any()


def test_the_loss_by_its_definition(own, lessons):
    found = sensitivity.sensed(own, lessons.rows, lessons.position)
    classified, squared = [], []
    for v, c in enumerate(LABEL.tolist()):
        weight = [float(found.sensitivity[v, i, c]) for i in range(FRAMES)]
        lost = [-float(found.logp[v, i, c]) for i in range(FRAMES)]
        classified.append(sum(w * one for w, one in zip(weight, lost, strict=True)) / sum(weight))
        squared += [(float(found.quality[v, i]) - math.exp(-lost[i])) ** 2 for i in range(FRAMES)]
    by = torch.stack([found.sensitivity[v, :, c] for v, c in enumerate(LABEL.tolist())])
    apart = slow_contrast(found.features, by, LABEL.tolist(), DESIGN.share, DESIGN.temperature)
    expected = np.mean(classified) + np.mean(squared) + DESIGN.contrast * apart
    assert float(sensing.loss(own, lessons, DESIGN)) == pytest.approx(expected)


def test_gradients_are_those_of_finite_differences(own, lessons):
    names = ("middle", "width", "embed.weight", "class.weight", "class.bias")
    quality = drawn(VIDEOS, FRAMES) ** 2
    of = LABEL[:, None, None].expand(VIDEOS, FRAMES, 1)

    def classified(*values):
        some = own | dict(zip(names, values, strict=True))
        found = sensitivity.sensed(some, lessons.rows, lessons.position)
        weight = found.prior.expand_as(found.logp).gather(2, of) + quality[..., None]
        return sensitivity.weighted(-found.logp.gather(2, of), weight).mean()

    assert torch.autograd.gradcheck(classified, [own[name].clone().requires_grad_() for name in names])
    by = drawn(VIDEOS, FRAMES, seed=4)
    features = drawn(VIDEOS, FRAMES, 5, seed=5).requires_grad_()
    assert torch.autograd.gradcheck(lambda one: sensitivity.contrasted(one, by, LABEL, 0.3, 0.2), features)


def test_the_head_learns_by_its_squared_error_alone(own, lessons):
    own = {name: one.clone().requires_grad_() for name, one in own.items()}
    head = [own[name] for name in ("quality.weight", "quality.bias", "head.weight")]
    of_all = torch.autograd.grad(sensing.loss(own, lessons, DESIGN), head)
    found = sensitivity.sensed(own, lessons.rows, lessons.position)
    true = found.logp.gather(2, LABEL[:, None, None].expand(VIDEOS, FRAMES, 1)).squeeze(-1).exp().detach()
    of_error = torch.autograd.grad((found.quality - true).square().mean(), head)
    for one, other in zip(of_all, of_error, strict=True):
        assert one.any()
        torch.testing.assert_close(one, other)


def taught(places, seed=0, videos=40, frames=20):
    """Return videos that show their class in a fifth of the frames, from a place on, and noise elsewhere."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(videos, frames, 6)).astype(np.float32)
    shown = np.zeros((videos, frames), dtype=bool)
    for v in range(videos):
        first = int(places(v % 2, rng) * frames)
        shown[v, first : first + frames // 5] = True
        rows[v, shown[v], :] = 0
        rows[v, shown[v], v % 2] = 2.5
    return learned.Taught(rows, tuple("ab"[v % 2] for v in range(videos))), shown


COURSE = schooling.Course(epochs=60, rate=0.01, decay=0.01, recipe="r")


def test_a_class_is_sensitive_where_it_is_shown():
    lessons, _ = taught(lambda label, rng: (0.1, 0.7)[label])
    found = sensing.learn({"d": lessons}, sensing.Design(), COURSE)
    prior = sensitivity.gaussians(found.own("d"), torch.linspace(0, 1, 21)).numpy()
    early, late = prior.argmax(axis=0)
    assert early < 8
    assert late > 12


def test_a_frame_is_sensitive_that_shows_its_class():
    anywhere = lambda label, rng: rng.uniform(0, 0.8)  # noqa: E731
    lessons, _ = taught(anywhere)
    found = sensing.learn({"d": lessons}, sensing.Design(), COURSE)
    others, shown = taught(anywhere, seed=1)
    position = torch.tensor((np.arange(20) + 0.5) / 20).float()
    sensed = sensitivity.sensed(found.own("d"), found.rows("d", others.rows), position)
    h = np.stack([sensed.sensitivity[v, :, v % 2].detach().numpy() for v in range(40)])
    assert (h[shown].mean() - h[~shown].mean()) > 0.15
    right = sensed.probabilities.argmax(dim=1).numpy() == np.arange(40) % 2
    assert right.mean() > 0.9


def test_datasets_learn_apart():
    one, other = taught(lambda label, rng: 0.2)[0], taught(lambda label, rng: 0.6, seed=3, videos=10)[0]
    both = sensing.learn({"d": one, "e": other}, DESIGN, COURSE)
    alone = sensing.learn({"d": one}, DESIGN, COURSE)
    for name, tensor in alone.own("d").items():
        torch.testing.assert_close(both.own("d")[name], tensor)
    assert both.classes == {"d": ("a", "b"), "e": ("a", "b")}


def test_what_was_learned_survives_its_file(tmp_path):
    found = sensing.learn({"d": taught(lambda label, rng: 0.2)[0]}, DESIGN, COURSE)
    found.save(tmp_path / "model", "a kind", "recipe")
    again, recipe = learned.load(tmp_path / "model", "a kind")
    assert (again.classes, recipe) == (found.classes, "recipe")
    assert all(torch.equal(again.tensors[name], one) for name, one in found.tensors.items())
