"""Tiny random models of both families, saved and loaded like real ones, asked about real frames."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import threading
from dataclasses import replace

import pytest

from crossoracle.errors import InputError, NotInstalledError
from crossoracle.oracles.adapters.decision import renormalised
from crossoracle.oracles.adapters.showing import conversation, pictures
from crossoracle.oracles.catalogue import adapter
from crossoracle.oracles.oracle import CallFailed
from tests.oracles.putting import question

pytestmark = [pytest.mark.local, pytest.mark.usefixtures("torch")]
LABELS = ("YES", "NO", "SKIP")
MEDIA = ("frames", "video")


@pytest.fixture(params=MEDIA)
def media(request):
    return request.param


@pytest.fixture
def transformers(torch):
    """The class of the adapter."""
    return adapter("transformers").load()


@pytest.fixture
def open_model(transformers):
    """Return a function that opens an adapter; all are closed, and leave no thread."""
    opened = []

    def opens(model, **options):
        opened.append(transformers(str(model), **({"max_new_tokens": 3000} | options)))
        return opened[-1]

    yield opens
    for oracle in opened:
        asyncio.run(oracle.close())
    assert not [thread.name for thread in threading.enumerate() if "local model" in thread.name]


@pytest.fixture
def oracle(open_model, tiny_model, media):
    return open_model(tiny_model, media=media)


def test_score_is_valid_json_in_the_schema(oracle, clip, ask):
    answer, read = ask(oracle, "score", clip)
    assert answer.finish == "stop"
    reply = json.loads(answer.text)
    assert list(reply) == ["presence", "confidence", "evidence", "segments", "important"]
    assert reply["presence"] in LABELS
    assert [segment["segment"] for segment in reply["segments"]] == [0, 1, 2, 3]
    assert all(0 <= segment["importance"] <= 100 for segment in reply["segments"])
    assert set(reply["important"]) <= {0, 1, 2, 3}
    assert read.outcome == reply["presence"].lower()
    assert answer.output_tokens <= 3000
    assert answer.cost_usd == 0.0


def test_verify_is_valid_json_in_the_schema(oracle, clip, ask):
    answer, read = ask(oracle, "verify", clip)
    reply = json.loads(answer.text)
    assert list(reply) == ["decision", "confidence", "evidence"]
    assert read.outcome == reply["decision"].lower()


@pytest.mark.parametrize("kind", ["score", "verify"])
def test_p_yes_equals_the_slow_reference(torch, oracle, clip, ask, kind):
    put = question(kind, clip)
    raw = json.loads(asyncio.run(oracle.ask(put)))
    expected = reference(torch, oracle, put, {"score": "presence", "verify": "decision"}[kind])
    assert set(raw["logprobs"]) == set(LABELS)
    for label in LABELS:
        assert raw["logprobs"][label] == pytest.approx(expected[label], abs=2e-4)
    masses = {label: math.exp(value) for label, value in expected.items()}
    answer = oracle.read(json.dumps(raw), put)
    assert answer.p_source == "logits"
    assert answer.p_yes == pytest.approx(masses["YES"] / sum(masses.values()), rel=1e-3)
    assert answer.label_mass == pytest.approx(sum(masses.values()), rel=1e-3)
    decision = renormalised(raw["logprobs"])
    assert decision.yes + decision.no + decision.skip == pytest.approx(1, abs=1e-12)
    assert decision.suspect  # a random model would rather write anything else
    assert answer.detail.startswith("low label mass")


def reference(torch, oracle, put, name):
    """Return the log-probability of each label: one plain pass over the whole sequence for each."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    processor = AutoProcessor.from_pretrained(oracle.model)
    model = AutoModelForImageTextToText.from_pretrained(oracle.model).eval()
    messages = conversation(put.clip, put.prompt, oracle.media)
    prompt = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    inputs = processor(
        text=[prompt],
        return_tensors="pt",
        **pictures(put.clip, oracle.media, processor, oracle.max_pixels),
    )
    begun = processor.tokenizer.encode(f'{{"{name}": "', add_special_tokens=False)
    found = {}
    for label in LABELS:
        word = processor.tokenizer.encode(label, add_special_tokens=False)
        assert len(word) > 1
        ids = torch.cat([inputs["input_ids"], torch.tensor([begun + word])], dim=1)
        whole = {
            name: value for name, value in inputs.items() if name.startswith(("pixel", "image", "video"))
        }
        whole.pop("video_metadata", None)
        whole |= {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if "mm_token_type_ids" in inputs:
            types = torch.zeros_like(ids)
            types[ids == model.config.image_token_id] = 1
            types[ids == model.config.video_token_id] = 2
            whole["mm_token_type_ids"] = types
        with torch.no_grad():
            logprobs = model(**whole).logits[0].double().log_softmax(-1)
        first = ids.shape[1] - len(word)
        found[label] = sum(float(logprobs[first + i - 1, token]) for i, token in enumerate(word))
    return found


def test_the_same_question_twice_is_the_same_answer(oracle, clip):
    put = question("score", clip)

    async def twice():
        return await asyncio.gather(oracle.ask(put), oracle.ask(put))

    first, second = asyncio.run(twice())
    assert first == second


def test_other_pictures_are_another_answer(oracle, clip, film, ask):
    other = film([10 + 2 * i for i in range(16)], video_id="w")
    answers = {ask(oracle, "verify", shown)[0].p_yes for shown in (clip, other)}
    assert len(answers) == 2


def test_saved_and_loaded_again_it_answers_the_same(tiny_model, open_model, clip, tmp_path, media):
    from transformers import AutoModelForImageTextToText, AutoProcessor

    for part in (AutoProcessor, AutoModelForImageTextToText):
        part.from_pretrained(tiny_model).save_pretrained(tmp_path / "again")
    put = question("score", clip)
    models = (open_model(tiny_model, media=media), open_model(tmp_path / "again", media=media))
    replies = [json.loads(asyncio.run(model.ask(put))) for model in models]
    assert replies[0].pop("model") != replies[1].pop("model")
    assert replies[0] == replies[1]


@pytest.mark.parametrize("n_frames", [1, 3, 16])
def test_any_number_of_frames_is_shown(oracle, clip, ask, n_frames):
    answer, _ = ask(oracle, "verify", replace(clip, frames=clip.frames[:n_frames]))
    assert answer.finish == "stop"


def test_frames_are_neither_sampled_nor_enlarged(oracle, clip):
    """Every frame of 96 x 64 reaches the model, at its own size or as one tile."""
    processor = oracle._processor
    shown = processor(
        text=[oracle._prompt(processor, question("verify", clip))],
        return_tensors="pt",
        **pictures(clip, oracle.media, processor, oracle.max_pixels),
    )
    if "internvl" in oracle.model:
        assert shown["pixel_values"].shape == (16, 3, 32, 32)
    elif oracle.media == "frames":
        assert shown["image_grid_thw"].tolist() == [[1, 8, 12]] * 16
    else:
        assert shown["video_grid_thw"].tolist() == [[8, 8, 12]]


def test_a_cap_on_pixels_shrinks_frames(open_model, tiny_models, clip, ask, media):
    sizes = [
        ask(open_model(tiny_models["qwen3-vl"], media=media, max_pixels=most), "verify", clip)[0].input_tokens
        for most in (96 * 64, 48 * 32)
    ]
    assert sizes[1] < sizes[0]


def test_a_broken_off_reply_is_truncated(open_model, tiny_model, clip, ask):
    answer, read = ask(open_model(tiny_model, max_new_tokens=12), "score", clip)
    assert (answer.finish, answer.output_tokens) == ("length", 12)
    assert read.outcome == ("truncated" if read.decision == "YES" else read.decision.lower())
    assert read.scores == (None,) * 4
    assert answer.p_yes is not None


def test_sampling_repeats_by_sample_and_leaves_the_random_state_alone(
    torch, open_model, tiny_model, clip, ask
):
    hot = open_model(tiny_model, temperature=1.0)
    state = torch.random.get_rng_state()
    texts = [ask(hot, "verify", clip, sample)[0].text for sample in (0, 0, 1, 2)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 3
    assert torch.equal(state, torch.random.get_rng_state())
    seeded = open_model(tiny_model, temperature=1.0, seed=1)
    assert ask(seeded, "verify", clip)[0].text != texts[0]
    values = {round(ask(hot, "verify", clip, sample)[0].p_yes, 12) for sample in (0, 1)}
    assert len(values) == 1  # P(YES) is measured, not drawn


def test_descriptions_hold_what_the_answer_depends_on(oracle, open_model, clip, tiny_model, describe):
    from crossoracle.encoders.devices import device_of

    first = describe(oracle, "score", clip)
    assert json.loads(json.dumps(first)) == first
    assert set(first["libraries"]) == {"torch", "torchvision", "transformers", "llguidance"}
    assert (first["device"], first["dtype"]) == (device_of("auto"), "float32")
    others = [
        describe(oracle, "verify", clip),
        describe(oracle, "score", clip, 1),
        describe(oracle, "score", replace(clip, label="another")),
        describe(oracle, "score", replace(clip, frames=clip.frames[1:])),
        describe(open_model(tiny_model, media=oracle.media, max_new_tokens=9), "score", clip),
        describe(open_model(tiny_model, media=oracle.media, dtype="bfloat16"), "score", clip),
        describe(open_model(tiny_model, media=oracle.media, temperature=0.5), "score", clip),
    ]
    keys = {json.dumps(one, sort_keys=True) for one in (first, *others)}
    assert len(keys) == 1 + len(others)
    assert "_engine" not in oracle.__dict__  # no weights are loaded to recognise a question


def test_another_file_is_another_model(tiny_model, open_model, clip, describe, tmp_path):
    copy = shutil.copytree(tiny_model, tmp_path / tiny_model.name)
    same, before = (describe(open_model(place), "score", clip) for place in (copy, tiny_model))
    assert same == before  # wherever the directory is
    weights = copy / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert describe(open_model(copy), "score", clip)["version"] != before["version"]


def test_reading_is_pure(transformers, oracle, clip):
    put = question("verify", clip)
    raw = asyncio.run(oracle.ask(put))
    elsewhere = transformers("no/such-model")  # nothing is loaded
    assert elsewhere.read(raw, put) == oracle.read(raw, put)


def test_memory_that_is_not_there_is_a_failed_call(torch, oracle, clip, monkeypatch):
    from crossoracle.oracles.adapters.engine import Engine

    def full(*given, **options):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(Engine, "reply", full)
    with pytest.raises(CallFailed, match=r"16 frames of d/v need more memory than .* has; show") as caught:
        asyncio.run(oracle.ask(question("verify", clip)))
    assert not caught.value.transient


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"media": "film"}, "media = 'film', expected one of frames, video"),
        ({"dtype": "int8"}, "dtype = 'int8', expected one of auto, float32"),
        ({"temperature": -1.0}, "temperature = -1.0, expected 0 or more"),
        ({"max_new_tokens": 0}, "max_new_tokens = 0, expected 1 or more"),
    ],
)
def test_options_out_of_range_are_refused(transformers, options, message):
    with pytest.raises(InputError, match=message):
        transformers("m", **options)


def test_a_model_that_is_not_there_is_refused(transformers, clip, describe, tmp_path):
    with pytest.raises(InputError, match="no/such-model: found nothing that can be loaded") as caught:
        describe(transformers("no/such-model"), "score", clip)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"found no config\.json in the directory"):
        describe(transformers(str(tmp_path)), "score", clip)
    with pytest.raises(InputError, match="expected no revision with it"):
        describe(transformers(str(tmp_path), revision="main"), "score", clip)


def test_a_directory_that_cannot_be_loaded_is_one_line(transformers, clip, describe, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises((InputError, NotInstalledError)) as caught:
        describe(transformers(str(tmp_path)), "score", clip)
    assert "\n" not in str(caught.value)
