"""Tiny random models saved and loaded like real ones, predicting on real files."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from crossoracle.errors import InputError, UnknownNameError
from crossoracle.recognizers.catalogue import family
from crossoracle.tables import connect, read
from tests.recognizers import tiny
from tests.recognizers.conftest import table

pytestmark = [pytest.mark.local, pytest.mark.usefixtures("torch")]


@pytest.fixture(scope="session")
def models(torch, tmp_path_factory):
    place = tmp_path_factory.mktemp("recognizers")
    saved = {name: tiny.save_video(name, place / name) for name in tiny.VIDEO}
    return saved | {"clip": tiny.save_clip(place / "clip")}


@pytest.fixture(params=tiny.VIDEO)
def name(request):
    return request.param


@pytest.fixture
def video(torch):
    return family("transformers-video").load()


@pytest.fixture
def clip(torch):
    return family("clip-zero-shot").load()


@pytest.fixture
def frames():
    """Frames of an odd size, half of them brighter."""
    rng = np.random.default_rng(3)
    return rng.integers(0, 256, (8, 51, 87, 3), dtype=np.uint8)


def whole(model, frames):
    """Return the probabilities that transformers gives by itself, in one go."""
    import torch
    from transformers import AutoModelForVideoClassification, AutoVideoProcessor

    processor = AutoVideoProcessor.from_pretrained(model)
    inputs = processor(videos=[list(frames)], return_tensors="pt", do_sample_frames=False)
    with torch.inference_mode():
        logits = AutoModelForVideoClassification.from_pretrained(model).eval()(**inputs).logits
    return logits.double().softmax(-1)[0].numpy()


def test_prediction_is_that_of_transformers(video, models, name, frames):
    made = video(str(models[name]))
    assert (made.frames, made.classes) == (8, ("red thing", "Green_thing", "blue thing"))
    small = made.prepare(frames)
    assert (small.dtype, small.shape[0], small.shape[3]) == (np.uint8, 8, 3)
    assert small.shape[1] < 51
    found = made.predict([small, small[::-1]])
    assert found.shape == (2, 3)
    np.testing.assert_allclose(np.log(found[0]), np.log(whole(models[name], frames)), atol=1e-3)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert np.abs(np.log(found[0] / found[1])).max() > 1e-2  # the order of frames counts
    made.close()


def test_a_frame_is_made_small_whoever_is_beside_it(video, models, name, frames):
    made = video(str(models[name]))
    np.testing.assert_array_equal(made.prepare(frames)[2:3], made.prepare(frames[2:3]))


def test_crops_are_averaged(video, models, name, frames):
    one, three = video(str(models[name])), video(str(models[name]), crops=3)
    small = one.prepare(frames)
    found = three.predict([small])[0]
    side = one._crop[1]
    ends = [one.predict([part])[0] for part in (small[:, :, :side], small, small[:, :, -side:])]
    np.testing.assert_allclose(found, np.mean(ends, axis=0), atol=1e-6)
    assert one.describe() != three.describe()
    tall = one.prepare(frames.transpose(0, 2, 1, 3))
    assert three.predict([tall, small]).shape == (2, 3)


def test_videos_of_different_shapes_share_a_batch(video, models, name, frames):
    made = video(str(models[name]))
    clips = [made.prepare(frames), made.prepare(frames[:, :, :60]), made.prepare(frames[:, :40])]
    together = made.predict(clips)
    alone = np.concatenate([made.predict([clip]) for clip in clips])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_descriptions_tell_models_apart(video, models, tmp_path):
    first = video(str(models["videomae"])).describe()
    assert json.loads(json.dumps(first)) == first
    copy = shutil.copytree(models["videomae"], tmp_path / "videomae")
    assert video(str(copy)).describe() == first
    data = bytearray((copy / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (copy / "model.safetensors").write_bytes(data)
    assert video(str(copy)).describe() != first
    assert video(str(models["videomae"]), dtype="bfloat16").describe() != first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crops": 2}, "expected 1 or 3"),
        ({"dtype": "int8"}, "expected one of auto"),
        ({"revision": "main"}, "no revision"),
    ],
)
def test_options_out_of_range_are_refused(video, models, options, message):
    with pytest.raises(InputError, match=message):
        video(str(models["videomae"]), **options).describe()


def test_what_is_no_model_is_one_line(video, clip, models, tmp_path):
    with pytest.raises(InputError, match="no config"):
        video(str(tmp_path)).describe()
    with pytest.raises(InputError, match="no/such-model: found nothing that can be loaded") as caught:
        video("no/such-model").describe()
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="no image-text model"):
        _ = clip(str(models["videomae"]), ("a", "b"))._encoder.scale


def test_memory_that_is_not_there_is_one_line(torch, video, models, frames, monkeypatch):
    made = video(str(models["videomae"]))

    def full(**given):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setitem(
        made.__dict__,
        "_model",
        type("Full", (), {"dtype": torch.float32, "__call__": lambda s, **g: full()})(),
    )
    with pytest.raises(
        InputError, match="1 clips at a time need more memory than cpu has; give a smaller --batch"
    ):
        made.predict([made.prepare(frames)])


def test_a_device_that_is_not_here_is_one_line(video, models, frames):
    made = video(str(models["videomae"]), device="cuda:99")
    with pytest.raises(InputError, match=r"device is 'cuda:99', but torch .* finds .* of cuda here"):
        made.predict([made.prepare(frames)])
    assert made.describe()["device"] == "cuda:99"


def test_images_and_names_meet_as_in_clip(torch, clip, models, frames):
    from transformers import AutoImageProcessor, AutoTokenizer, CLIPModel

    names, prompt = ("pouring_water", "a hand"), "a video of {label}."
    made = clip(str(models["clip"]), names, prompts=(prompt,))
    found = made.predict([made.prepare(frames)[:1]])[0]
    model = CLIPModel.from_pretrained(models["clip"]).eval()
    words = AutoTokenizer.from_pretrained(models["clip"])(
        ["a video of pouring water.", "a video of a hand."],
        padding=True,
        return_tensors="pt",
        return_token_type_ids=False,
    )
    pixels = AutoImageProcessor.from_pretrained(models["clip"])(images=frames[0], return_tensors="pt")
    with torch.inference_mode():
        expected = model(**words, **pixels).logits_per_image.softmax(-1)[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert abs(found[0] - 0.5) > 1e-4
    assert made.prepare(frames).shape == (8, 32, 32, 3)


def test_frames_are_pooled_whatever_their_order(clip, models, frames):
    made = clip(str(models["clip"]), ("one", "another", "third"))
    small = made.prepare(frames)
    forth, back, twice = made.predict([small, small[::-1], np.concatenate([small, small])])
    np.testing.assert_allclose(forth, back, atol=1e-6)
    np.testing.assert_allclose(forth, twice, atol=1e-6)
    assert np.abs(made.predict([small[:1]]) - made.predict([small[1:2]])).max() > 1e-6


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_classes_may_be_described(clip, models, frames, tmp_path, pooling):
    from crossoracle.encoders.encoder import encoder

    said = {"one": ["a red thing", "a hand"], "Another_one": ["water"], "unasked": ["nothing"]}
    (tmp_path / "said.json").write_text(json.dumps(said))
    prompt, classes = "a video of {label}.", ("one", "another one", "third")
    made = clip(
        str(models["clip"]),
        classes,
        prompts=(prompt,),
        descriptions=str(tmp_path / "said.json"),
        pooling=pooling,
    )
    plain = clip(str(models["clip"]), classes, prompts=(prompt,))
    small = made.prepare(frames)
    found = made.predict([small, small[:2]])
    space = encoder(str(models["clip"]))
    texts = [[f"a video of {name}."] for name in classes]
    texts[0] += said["one"]
    texts[1] += said["Another_one"]
    seen, fits = space.embed(small).mean(axis=0), []
    for some in texts:
        rows = space.texts(some) if pooling == "max" else space.texts(some).mean(axis=0, keepdims=True)
        fits.append(max(float(row @ seen / np.linalg.norm(row) / np.linalg.norm(seen)) for row in rows))
    powers = np.exp(space.scale * (np.array(fits) - max(fits)))
    np.testing.assert_allclose(found[0], powers / powers.sum(), rtol=1e-4)
    assert np.abs(np.log(found[0] / plain.predict([small])[0])).max() > 1e-4
    assert made.describe() != plain.describe()
    assert json.loads(json.dumps(made.describe()))["pooling"] == pooling


def test_descriptions_of_other_classes_are_one_line(clip, models, tmp_path):
    (tmp_path / "said.toml").write_text('[d]\nred = ["a red thing"]\n')
    made = clip(str(models["clip"]), ("green", "blue"), descriptions=str(tmp_path / "said.toml"))
    with pytest.raises(InputError, match="found descriptions of 1 classes, none of which is among the 2"):
        made.describe()


def test_prompts_need_a_place_for_the_label(clip, models):
    with pytest.raises(InputError, match=r"expected \{label\}"):
        clip(str(models["clip"]), ("a",), prompts=("a video",))


def _study(home, models, **options):
    sections = [
        f'[recognizers.{name}]\nfamily = "transformers-video"\nmodel = "{models[name]}"\n'
        for name in tiny.VIDEO
    ]
    sections.append(
        f'[recognizers.clip]\nfamily = "clip-zero-shot"\nmodel = "{models["clip"]}"\nframes = 4\n'
    )
    (home / "study.toml").write_text("\n".join(sections))


def test_a_whole_study(home, predict, models):
    _study(home, models)
    found = predict("full", "led@0", "inverted@0", oracles=("good",), clips=2)
    assert len(found) == 5 * 9
    assert all(row["failure"] is None and 0 < row["p_true"] < 1 for row in found.values())
    for name in tiny.VIDEO:
        of = [
            found[name, "v2", oracle, "0", shown]["p_true"]
            for oracle, shown in ((None, "full"), ("good", "led@0"))
        ]
        assert abs(of[0] - of[1]) > 1e-4  # other frames, another answer
    assert json.loads(found["clip", "v1", None, "0", "full"]["top5"]).count("red thing") == 1
    before = (home / "predictions.parquet").read_bytes()
    predict("full", "led@0", "inverted@0", oracles=("good",), clips=2)
    assert (predict.found.new, predict.found.replaced) == (0, 0)
    assert (home / "predictions.parquet").read_bytes() == before


def test_labels_of_a_dataset_compete(home, predict, models):
    _study(home, models)
    with connect() as con:
        videos = read(con, "videos", home / "videos.parquet").df()
    other = videos.assign(dataset="e", label=["a", "b", "b"])
    table("videos", pd.concat([videos, other]), home)
    predict("full", recognizers=("clip",))
    with connect() as con:
        every = read(con, "predictions", home / "predictions.parquet").df().to_dict("records")
    found = {(row["dataset"], row["video_id"]): json.loads(row["top5"]) for row in every}
    assert sorted(found["d", "v1"]) == ["Green thing", "blue_thing", "red thing"]
    assert sorted(found["e", "v1"]) == ["a", "b"]


def test_an_option_that_is_not_known(home, predict, models):
    (home / "study.toml").write_text(
        f'[recognizers.x]\nfamily = "transformers-video"\nmodell = "{models["videomae"]}"\n'
    )
    with pytest.raises(UnknownNameError, match="did you mean 'model'"):
        predict("full")
    (home / "study.toml").write_text('[recognizers.x]\nfamily = "transformers-video"\n')
    with pytest.raises(InputError, match="found no model, which transformers-video needs"):
        predict("full")
