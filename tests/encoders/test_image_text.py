"""Tiny random CLIP and SigLIP models, saved and loaded like real ones: pictures, texts, words, memory."""

from __future__ import annotations

import json

import numpy as np
import pytest

from crossoracle.encoders.encoder import encoder
from crossoracle.errors import InputError
from tests.recognizers import tiny

pytestmark = [pytest.mark.local, pytest.mark.usefixtures("torch")]
TEXTS = ("a video of pouring water.", "a hand", "it")


@pytest.fixture(scope="session")
def models(torch, tmp_path_factory):
    place = tmp_path_factory.mktemp("image-text")
    return {"clip": tiny.save_clip(place / "clip"), "siglip": tiny.save_siglip(place / "siglip")}


@pytest.fixture(params=["clip", "siglip"])
def model(request, models):
    return str(models[request.param])


@pytest.fixture
def frames():
    rng = np.random.default_rng(3)
    return [rng.integers(0, 256, (51, 87, 3), dtype=np.uint8) for _ in range(5)]


def test_images_and_texts_meet_as_in_transformers(torch, model, frames):
    from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

    made = encoder(model)
    whole, fill = AutoModel.from_pretrained(model).eval(), "siglip" in model
    words = AutoTokenizer.from_pretrained(model)(
        list(TEXTS),
        padding="max_length" if fill else True,
        max_length=40 if fill else None,
        return_tensors="pt",
        return_token_type_ids=False,
    )
    pixels = AutoImageProcessor.from_pretrained(model)(images=frames, return_tensors="pt")
    with torch.inference_mode():
        found = whole(**words, **pixels)
    expected = found.logits_per_image.numpy()
    if fill:
        expected = expected - whole.logit_bias.item()
    np.testing.assert_allclose(made.scale * made.frames(frames) @ made.texts(TEXTS).T, expected, atol=1e-4)
    assert made.scale == pytest.approx(whole.logit_scale.exp().item())


def test_rows_have_length_1_whoever_is_beside_them(model, frames):
    made = encoder(model)
    rows, texts = made.frames(frames), made.texts(TEXTS)
    assert (rows.dtype, texts.dtype) == (np.float32, np.float32)
    for found in (rows, texts, made.words("pouring the water")):
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(made.frames(frames[2:3]), rows[2:3], atol=1e-5)
    np.testing.assert_allclose(made.texts(TEXTS[1:2]), texts[1:2], atol=1e-5)
    assert made.alone


def test_words_are_texts_of_their_own_in_order(model):
    made = encoder(model)
    np.testing.assert_allclose(
        made.words("pouring_water in"), made.texts(["pouring", "water", "in"]), atol=1e-5
    )
    with pytest.raises(InputError, match="found a text without a word"):
        made.words("  ")


def test_frames_are_prepared_once_with_the_same_result(model, frames):
    made = encoder(model)
    small = made.prepare(frames)
    assert (small.shape, small.dtype) == ((5, 32, 32, 3), np.uint8)
    np.testing.assert_array_equal(made.embed(small), made.frames(frames))


def test_many_are_taken_in_parts(model, frames, monkeypatch):
    from crossoracle.encoders import image_text

    made = encoder(model)
    rows, texts = made.frames(frames), made.texts(TEXTS)
    monkeypatch.setattr(image_text, "PICTURES_AT_ONCE", 2)
    monkeypatch.setattr(image_text, "TEXTS_AT_ONCE", 2)
    np.testing.assert_allclose(made.frames(frames), rows, atol=1e-5)
    np.testing.assert_allclose(made.texts(TEXTS), texts, atol=1e-5)


def test_all_who_name_it_share_its_weights(model, models, frames):
    made = encoder(model)
    assert encoder(model) is made
    rows = made.frames(frames)
    weights = made._model
    made.close()
    np.testing.assert_array_equal(made.frames(frames), rows)  # read again
    assert made._model is not weights
    others = {str(path) for path in models.values()} - {model}
    assert all(encoder(other).describe() != made.describe() for other in others)


def test_descriptions_need_no_weights(models, tmp_path):
    made = encoder(str(models["clip"]), dtype="bfloat16")
    told = made.describe()
    assert json.loads(json.dumps(told)) == told
    assert "_model" not in vars(made)
    assert told != encoder(str(models["clip"])).describe()


def test_a_full_device_is_one_line(torch, models, frames, monkeypatch):
    made = encoder(str(models["clip"]), dtype="float32")

    def full(**given):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(made._model, "get_image_features", full)
    with pytest.raises(
        InputError, match="64 pictures at a time need more memory than cpu has; choose a smaller"
    ):
        made.frames(frames)
    made.close()
