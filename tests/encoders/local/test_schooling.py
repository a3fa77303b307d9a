"""Training that is stopped and gone on with gives, bit for bit, what it gives without a stop."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module

import pytest

from crossoracle.errors import InputError
from crossoracle.provenance import Provenance, digest

pytestmark = pytest.mark.local
torch = pytest.importorskip("torch", reason="needs the extra local: make test-local")
schooling = import_module("crossoracle.encoders.schooling")
weights = import_module("crossoracle.encoders.weights")

COURSE = schooling.Course(epochs=7, rate=0.05, decay=0.1, recipe="a")
BEGIN = {"line": torch.tensor([0.3, -0.2, 0.9]), "bias": torch.zeros(1)}
X = torch.randn(12, 3, generator=torch.Generator().manual_seed(0))


class Stopped(Exception):
    pass


def lessons(stop=None, seen=None):
    """Return the losses of a line that is fitted to noise, two steps an epoch, with channels left out."""

    def losses(own, epoch):
        if epoch == stop:
            raise Stopped
        if seen is not None:
            seen.append(epoch)
        for half in range(2):
            rng = schooling.generator(epoch, half)
            keep = (torch.rand(3, generator=rng) > 0.3).float()
            yield ((X[half::2] * keep) @ own["line"] + own["bias"] - torch.sin(X[half::2, 0])).square().mean()

    return losses


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_two_trainings_are_the_same_bit_for_bit():
    once = schooling.schooled(BEGIN, lessons(), COURSE)
    assert same(once, schooling.schooled(BEGIN, lessons(), COURSE))
    assert not same(once, schooling.schooled(BEGIN, lessons(), replace(COURSE, epochs=6)))
    assert BEGIN["bias"].tolist() == [0.0], "what it began with is as it was"
    assert not any(tensor.requires_grad for tensor in once.values())


@pytest.mark.parametrize("stop", [1, 4, 6])
def test_who_goes_on_gets_what_is_got_without_a_stop(tmp_path, stop):
    file, seen = tmp_path / "half", []
    with pytest.raises(Stopped):
        schooling.schooled(BEGIN, lessons(stop), COURSE, schooling.Progress(file, every_s=0))
    assert file.exists()
    found = schooling.schooled(BEGIN, lessons(seen=seen), COURSE, schooling.Progress(file, every_s=0))
    assert seen == list(range(stop, 7)), "what is done is not done again"
    assert same(found, schooling.schooled(BEGIN, lessons(), COURSE))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", ["recipe", "damage", "empty", "kind", "names", "shapes", "nothing told"])
def test_what_cannot_be_gone_on_with_is_begun_anew(tmp_path, wrong):
    file, seen = tmp_path / "half", []
    with pytest.raises(Stopped):
        schooling.schooled(BEGIN, lessons(3), COURSE, schooling.Progress(file, every_s=0))
    course = replace(COURSE, recipe="b") if wrong == "recipe" else COURSE
    told, tensors = weights.read(file, schooling.KIND)
    if wrong == "damage":
        file.write_bytes(file.read_bytes()[:-9])
    if wrong == "empty":
        file.write_bytes(b"")
    if wrong == "kind":
        weights.write(file, {"kind": "other"}, BEGIN)
    if wrong == "names":
        tensors["own/lime"] = tensors.pop("own/line")
        weights.write(file, told, tensors)
    if wrong == "shapes":
        weights.write(file, told, tensors | {"own/line": torch.zeros(4)})
    if wrong == "nothing told":
        weights.write(file, {"kind": schooling.KIND}, tensors)
    found = schooling.schooled(BEGIN, lessons(seen=seen), course, schooling.Progress(file, every_s=0))
    assert seen == list(range(7))
    assert same(found, schooling.schooled(BEGIN, lessons(), COURSE))


def test_it_is_written_down_now_and_then_alone(tmp_path):
    file = tmp_path / "half"
    with pytest.raises(Stopped):
        schooling.schooled(BEGIN, lessons(5), COURSE, schooling.Progress(file, every_s=1e6))
    assert not file.exists()


def test_what_is_stopped_before_an_epoch_is_whole_leaves_nothing(tmp_path):
    progress = schooling.Progress(tmp_path / "half")
    progress.stop.set()
    with pytest.raises(schooling.Stopped):
        schooling.schooled(BEGIN, lessons(), COURSE, progress)
    assert list(tmp_path.iterdir()) == []


def test_numbers_are_drawn_by_name():
    def drawn(*seeds):
        return torch.rand(3, generator=schooling.generator(*seeds)).tolist()

    assert drawn(1, 2) == drawn(1, 2)
    assert len({tuple(drawn(*seeds)) for seeds in [(1, 2), (2, 1), (12,), (0, 1, 2)]}) == 4


def test_the_number_of_threads_is_as_it_was():
    before = torch.get_num_threads()
    with schooling.alone():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_tensors_survive_their_file(tmp_path):
    file, about = tmp_path / "model.safetensors", {"kind": "line", "classes": ["a", "b"]}
    weights.write(file, about, BEGIN, Provenance("train", {}, {"epochs": 3}, 5))
    told, found = weights.read(file, "line")
    assert told["classes"] == ["a", "b"]
    assert same(found, BEGIN)
    sidecar = json.loads((tmp_path / "model.safetensors.json").read_text())
    assert (sidecar["verb"], sidecar["seed"], sidecar["sha256"]) == ("train", 5, digest(file))
    first = file.read_bytes()
    weights.write(file, about, BEGIN)
    assert file.read_bytes() == first, "the same is written as the same bytes"


@pytest.mark.parametrize("wrong", ["missing", "damaged", "text", "kind", "foreign"])
def test_any_other_file_is_refused(tmp_path, wrong):
    file = tmp_path / "model.safetensors"
    weights.write(file, {"kind": "other" if wrong == "kind" else "line"}, BEGIN)
    if wrong == "missing":
        file.unlink()
    elif wrong == "damaged":
        file.write_bytes(file.read_bytes()[:-2])
    elif wrong == "text":
        file.write_text("no tensors")
    elif wrong == "foreign":
        file.write_bytes(import_module("safetensors.torch").save(BEGIN))
    with pytest.raises(InputError, match=r"model\.safetensors: found .*; train it again"):
        weights.read(file, "line")


@pytest.mark.parametrize("every_s", [0, 1e6])
def test_it_is_stopped_before_its_next_step_and_goes_on_after_the_last_whole_epoch(tmp_path, every_s):
    progress, seen = schooling.Progress(tmp_path / "half", every_s=every_s), []

    def losses(own, epoch):
        for loss in lessons(seen=seen)(own, epoch):
            if epoch == 3:
                progress.stop.set()
            yield loss

    with pytest.raises(schooling.Stopped, match="the next run goes on with it"):
        schooling.schooled(BEGIN, losses, COURSE, progress)
    found = schooling.schooled(BEGIN, lessons(seen=seen), COURSE, schooling.Progress(tmp_path / "half"))
    assert seen == [0, 1, 2, 3, 3, 4, 5, 6]
    assert same(found, schooling.schooled(BEGIN, lessons(), COURSE))
