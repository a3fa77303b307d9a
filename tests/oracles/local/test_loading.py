"""What cannot be put where it was asked for is told in one line, as soon as a question needs it."""

from __future__ import annotations

import asyncio
import json
import shutil

import pytest

from crossoracle.errors import InputError
from crossoracle.oracles.catalogue import adapter
from tests.oracles.putting import question

pytestmark = [pytest.mark.local, pytest.mark.usefixtures("torch")]
ABSENT = "cuda:99"  # on any machine


def truncated(model):
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def resized(model):
    config = json.loads((model / "config.json").read_text())
    config["text_config"]["intermediate_size"] = 128
    (model / "config.json").write_text(json.dumps(config))


def empty(model):
    (model / "model.safetensors").unlink()
    (model / "pytorch_model.bin").touch()


@pytest.fixture
def refused(torch, tiny_models, clip):
    """Return a function that asks a model what it cannot answer, and returns the line that comes of it."""

    def refuses(model=None, **options):
        oracle = adapter("transformers").load()(str(model or tiny_models["qwen3-vl"]), **options)
        put = question("verify", clip)
        with pytest.raises(InputError) as caught:
            asyncio.run(oracle.ask(put))
        asyncio.run(oracle.close())
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return refuses


@pytest.mark.parametrize("device", ["gpu", "", "meta", "cuda:x"])
def test_what_is_no_device(refused, device):
    assert refused(device=device).startswith(f"device is {device!r}, expected auto, cpu, cuda")


@pytest.mark.parametrize("device", [ABSENT, "cuda:1000"])
def test_a_device_that_is_not_here(refused, device):
    told = refused(device=device)
    assert told.startswith(f"device is '{device}', but torch")
    assert "of cuda here" in told


def test_answers_of_a_device_that_is_not_here_are_known(tiny_models, clip, describe):
    oracle = adapter("transformers").load()(str(tiny_models["qwen3-vl"]), device=ABSENT)
    assert describe(oracle, "verify", clip)["device"] == ABSENT


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (truncated, "found nothing that can be loaded (Error while deserializing header"),
        (empty, "found nothing that can be loaded ("),
        (resized, " of shape (32, 64), expected (32, 128) by its config.json; take both from one model"),
    ],
)
def test_a_broken_checkpoint(refused, tiny_models, tmp_path, breaks, said):
    model = shutil.copytree(tiny_models["qwen3-vl"], tmp_path / "model")
    breaks(model)
    told = refused(model)
    assert told.startswith("model model: found ")
    assert said in told


def test_a_model_that_the_device_has_no_room_for_is_loaded_once(torch, tiny_models, clip, monkeypatch):
    from transformers import PreTrainedModel

    tries = []

    def full(*given, **options):
        tries.append(given)
        raise torch.OutOfMemoryError("out of memory\ntried to allocate")

    monkeypatch.setattr(PreTrainedModel, "to", full)
    oracle = adapter("transformers").load()(str(tiny_models["qwen3-vl"]))
    for _ in range(2):
        with pytest.raises(InputError, match=r"cannot be put on .* \(out of memory\), expected room for"):
            asyncio.run(oracle.ask(question("verify", clip)))
    asyncio.run(oracle.close())
    assert len(tries) == 1


def test_a_model_of_the_study_is_found_there(tiny_models, tmp_path):
    from crossoracle.oracles.reaching import reach
    from crossoracle.oracles.settings import OracleOptions, OracleSection

    shutil.copytree(tiny_models["qwen3-vl"], tmp_path / "weights")

    def reached(model):
        options = OracleOptions(adapter="transformers")
        return reach(OracleSection("a", options, {"model": model}, "oracles.a"), tmp_path).adapter.model

    assert reached("weights") == str(tmp_path / "weights")
    assert reached("owner/name") == "owner/name"
