"""The narrative in words, and what a reader is put: times, segments, captions; never a picture."""

from __future__ import annotations

import pytest

from crossoracle.encoders.captioning import Run
from crossoracle.errors import InputError, UnknownNameError
from crossoracle.oracles.adapters.literature.narration import account
from crossoracle.oracles.adapters.literature.reader import TEXTS, reached, worded
from crossoracle.oracles.clip import Clip, Frame
from crossoracle.oracles.prompts.catalogue import prompt
from tests.oracles.putting import question

CAPTIONS = ("an empty place", "a red star")
SERVER = {"adapter": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1"}


def unseen():
    raise AssertionError("a picture was looked at")


@pytest.fixture
def clip():
    """Three segments of a second, two frames each; their pictures must not be looked at."""
    frames = tuple(Frame(0.25 + i / 2, i // 2, f"picture {i}", unseen) for i in range(6))
    return Clip("secret-dataset", "secret-video", "star event", ((0, 1.0), (1.0, 2.0), (2.0, 3.0)), frames)


def test_captions_stand_with_their_times_and_segments(clip):
    told = (Run(0, 0, 1), Run(1, 2, 4), Run(0, 5, 5))
    assert account(clip, told, CAPTIONS).splitlines() == [
        "The account:",
        "- 0.00 s to 1.00 s (segment 0): an empty place",
        "- 1.00 s to 2.50 s (segments 1 to 2): a red star",
        "- 2.50 s to 3.00 s (segment 2): an empty place",
    ]


def test_one_caption_holds_from_beginning_to_end(clip):
    assert account(clip, (Run(1, 0, 5),), CAPTIONS).endswith(
        "- 0.00 s to 3.00 s (segments 0 to 2): a red star"
    )


def test_of_nothing_seen_that_is_told(clip):
    assert account(clip, (), CAPTIONS) == "The account:\n- nothing is seen"


@pytest.mark.parametrize("kind", ["score", "verify"])
def test_a_reader_is_put_words_alone(clip, kind):
    put = worded(question(kind, clip), account(clip, (Run(1, 0, 5),), CAPTIONS))
    assert put.clip.frames == ()
    assert put.clip.segments == clip.segments
    assert '"star event"' in put.prompt
    assert put.prompt.endswith("(segments 0 to 2): a red star")
    assert "shown frames" not in put.prompt
    assert "secret" not in put.prompt
    assert put.prompt_digest == prompt(TEXTS[kind], kind).digest
    assert (put.kind, put.schema, put.sample) == (kind, question(kind, clip).schema, 0)


def test_a_reader_is_a_preset_or_a_section_of_its_own():
    assert reached("qwen3-vl-32b").adapter.base_url == "http://localhost:8000/v1"
    found = reached({**SERVER, "temperature": 0.5})
    assert (found.spec.name, found.adapter.temperature) == ("openai", 0.5)
    assert reached({"preset": "gpt-5.5"}).adapter.model == "gpt-5.5-2026-04-23"


@pytest.mark.parametrize("name", ["probe", "motion", "center", "random", "replay"])
def test_who_reads_no_words_is_refused(name):
    options = {"probe": {"model": "m.npz"}, "replay": {"oracle": "o", "scores": "s.csv"}}.get(name, {})
    with pytest.raises(InputError, match=f"reader: found adapter {name}, expected one that reads words"):
        reached({"adapter": name, **options})


@pytest.mark.parametrize(
    ("reader", "told"),
    [
        ({**SERVER, "media": "video"}, 'media = "video", but it is shown nothing'),
        ({**SERVER, "base_url": "http://me:secret@127.0.0.1:9/v1"}, "api_key_env instead"),
        ({**SERVER, "temperature_": 1}, "unknown option.*'temperature_': did you mean 'temperature'"),
        ({"model": "m"}, "neither preset nor adapter"),
    ],
)
def test_a_wrong_reader_is_one_clear_line(reader, told):
    with pytest.raises(InputError, match=told) as caught:
        reached(reader)
    assert len(str(caught.value).splitlines()) == 1
    assert "secret" not in str(caught.value)


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(UnknownNameError, match=r"did you mean 'gpt-5\.5'"):
        reached("gpt-5.6")
