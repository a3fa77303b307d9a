"""What goes over the wire: the prompt, then every frame after its label, and the options that were set."""

from __future__ import annotations

import base64
import io
import json

import av
import pytest

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.anthropic import Anthropic
from crossoracle.oracles.adapters.gemini import Gemini
from crossoracle.oracles.adapters.native import rate
from crossoracle.oracles.adapters.openai import OpenAI
from crossoracle.replies import SCORE_SCHEMA
from tests.oracles.remote.provider import (
    ANTHROPIC,
    GEMINI,
    KEY,
    OPENAI,
    Dialect,
    Provider,
    Reply,
    asked,
    clip,
    score_question,
)

LABELS = [f"Segment {frame.segment}, {frame.time_s:.3f} s" for frame in clip().frames]


def _shown(dialect: Dialect, body: dict) -> tuple[list[str], list[bytes]]:
    """Return the texts and the pictures of a request, in order."""
    if dialect.name == "gemini":
        parts = body["contents"][0]["parts"]
        pictures = [part["inlineData"]["data"] for part in parts if "inlineData" in part]
    else:
        parts = body["messages"][0]["content"]
        images = [part for part in parts if part["type"] in ("image", "image_url")]
        pictures = [
            part["source"]["data"] if part["type"] == "image" else part["image_url"]["url"].partition(",")[2]
            for part in images
        ]
    texts = [part["text"] for part in parts if "text" in part]
    return texts, [base64.b64decode(picture, altchars=_alphabet(picture)) for picture in pictures]


def _alphabet(text: str) -> bytes:
    return b"-_" if "-" in text or "_" in text else b"+/"


def test_every_model_sees_the_same_labelled_frames(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.reply("{}")))
    asked(dialect.make(provider.url), score_question())
    (request,) = provider.requests
    assert (request.method, request.path) == ("POST", dialect.path)
    texts, pictures = _shown(dialect, request.json)
    assert texts == ["Score the segments.", *LABELS]
    assert pictures == [frame.jpeg() for frame in clip().frames]
    assert KEY in "".join(request.headers.values())


def test_openai_options_on_the_wire(provider: Provider) -> None:
    provider.replies(Reply(OPENAI.reply("{}")))
    adapter = OPENAI.make(
        provider.url,
        temperature=0.2,
        seed=7,
        max_output_tokens=64,
        reasoning_effort="none",
        service_tier="flex",
        detail="high",
        extra_body={"top_k": 1},
    )
    asked(adapter, score_question(sample=2))
    body = provider.requests[0].json
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "score", "schema": SCORE_SCHEMA, "strict": True},
    }
    expected = {
        "model": "gpt-5.5-2026-04-23",
        "temperature": 0.2,
        "seed": 9,
        "max_completion_tokens": 64,
        "reasoning_effort": "none",
        "service_tier": "flex",
        "logprobs": True,
        "top_logprobs": 5,
        "top_k": 1,
    }
    assert {name: body[name] for name in expected} == expected
    assert body["messages"][0]["content"][2]["image_url"]["detail"] == "high"


def test_openai_sends_no_option_that_was_not_set(provider: Provider) -> None:
    provider.replies(Reply(OPENAI.reply("{}")))
    asked(OPENAI.make(provider.url, logprobs=False, structured=False), score_question())
    assert set(provider.requests[0].json) == {"model", "messages", "max_completion_tokens"}


def test_vllm_takes_the_frames_as_one_video_that_it_does_not_sample(provider: Provider) -> None:
    provider.replies(Reply(OPENAI.reply("{}")))
    asked(OPENAI.make(provider.url, media="video", grammar="structured_outputs"), score_question())
    body = provider.requests[0].json
    _, listing, video = body["messages"][0]["content"]
    assert [line.partition(": ")[2] for line in listing["text"].splitlines()[1:]] == LABELS
    kind, _, pictures = video["video_url"]["url"].partition(",")
    assert kind == "data:video/jpeg;base64"
    assert [base64.b64decode(one) for one in pictures.split(",")] == [f.jpeg() for f in clip().frames]
    assert body["media_io_kwargs"]["video"] == {
        "fps": 1000,
        "frames_indices": [125, 375, 625, 875, 1125, 1375],
        "total_num_frames": 1500,
        "duration": 1.5,
        "do_sample_frames": False,
    }
    assert body["structured_outputs"] == {"json": SCORE_SCHEMA, "disable_any_whitespace": True}
    assert "response_format" not in body


def test_gemini_options_on_the_wire(provider: Provider) -> None:
    provider.replies(Reply(GEMINI.reply("{}")))
    adapter = GEMINI.make(
        provider.url,
        temperature=0.0,
        seed=1,
        max_output_tokens=64,
        reasoning_effort="low",
        service_tier="flex",
    )
    asked(adapter, score_question())
    body = provider.requests[0].json
    config = body["generationConfig"]
    assert json.dumps(config.pop("responseJsonSchema")) == json.dumps(SCORE_SCHEMA)
    assert {name.replace("_", "").lower(): value for name, value in config.pop("thinkingConfig").items()} == {
        "thinkinglevel": "LOW"
    }
    assert config == {
        "temperature": 0.0,
        "seed": 1,
        "maxOutputTokens": 64,
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "responseLogprobs": True,
        "logprobs": 5,
        "responseMimeType": "application/json",
    }
    assert body["serviceTier"] == "flex"


def test_anthropic_options_on_the_wire(provider: Provider) -> None:
    provider.replies(Reply(ANTHROPIC.reply("{}")))
    asked(ANTHROPIC.make(provider.url, max_output_tokens=64, reasoning_effort="low"), score_question())
    body = provider.requests[0].json
    assert body["max_tokens"] == 64
    assert body["output_config"]["effort"] == "low"
    enforced = body["output_config"]["format"]
    assert enforced["type"] == "json_schema"
    assert list(enforced["schema"]["properties"]) == list(SCORE_SCHEMA["properties"])
    assert "temperature" not in body


@pytest.mark.parametrize(
    ("adapter", "options", "named"),
    [
        (OpenAI, {"model": ""}, "model"),
        (OpenAI, {"media": "film"}, "media"),
        (OpenAI, {"temperature": -1.0}, "temperature"),
        (OpenAI, {"timeout_s": 0.0}, "timeout_s"),
        (OpenAI, {"top_logprobs": 21}, "top_logprobs"),
        (Gemini, {"detail": "auto"}, "detail"),
        (Gemini, {"max_output_tokens": 0}, "max_output_tokens"),
        (Anthropic, {"seed": 1}, "seed"),
        (Anthropic, {"logprobs": True}, "logprobs"),
    ],
)
def test_an_option_out_of_range_is_told_at_once(adapter: type, options: dict, named: str) -> None:
    with pytest.raises(InputError, match=f"{named} = .*expected"):
        adapter(**{"model": "m", **options})


def test_one_adapter_serves_several_event_loops(provider: Provider, dialect: Dialect) -> None:
    provider.replies(Reply(dialect.reply("{}")))
    adapter = dialect.make(provider.url)
    first, second = (json.loads(asked(adapter, score_question())[0]) for _ in range(2))
    assert first["body"] == second["body"]  # the headers hold the time


def test_gemini_takes_the_frames_as_one_video_that_shows_each_once(provider: Provider) -> None:
    provider.replies(Reply(GEMINI.reply("{}")))
    asked(GEMINI.make(provider.url, media="video"), score_question())
    _, listing, video = provider.requests[0].json["contents"][0]["parts"]
    assert [line.partition(": ")[2] for line in listing["text"].splitlines()[1:]] == LABELS
    data = base64.b64decode(video["inlineData"]["data"], altchars=_alphabet(video["inlineData"]["data"]))
    with av.open(io.BytesIO(data)) as container:
        frames = list(container.decode(video=0))
    assert video["videoMetadata"]["fps"] == 4.0
    assert [frame.time for frame in frames] == [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]
    greys = [frame.to_ndarray(format="rgb24").mean() for frame in frames]
    assert greys == pytest.approx([20, 25, 30, 35, 40, 45], abs=3)
    assert "image/jpeg" not in str(provider.requests[0].body)


def test_a_video_is_never_faster_than_it_can_be_sampled() -> None:
    assert rate(clip(2, 2)) == 4.0
    assert rate(clip(2, 40)) == 24.0


@pytest.mark.parametrize(("tokens", "seen"), [(6 * 66, True), (2 * 66, False)])
def test_a_video_that_was_sampled_anew_is_told(provider: Provider, tokens: int, seen: bool) -> None:
    body = GEMINI.reply("{}")
    body["usageMetadata"]["promptTokensDetails"] = [
        {"modality": "TEXT", "tokenCount": 40},
        {"modality": "VIDEO", "tokenCount": tokens},
    ]
    provider.replies(Reply(body))
    adapter, question = GEMINI.make(provider.url, media="video"), score_question()
    detail = adapter.read(*asked(adapter, question), question).detail
    assert (detail is None) == seen
    assert seen or f"{tokens} video tokens for 6 frames" in str(detail)
