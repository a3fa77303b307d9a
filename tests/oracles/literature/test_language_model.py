"""A language model in this process reads a narrative: tiny, random, saved and loaded like a real one."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from dataclasses import replace

import pytest

from crossoracle.errors import InputError
from crossoracle.oracles.adapters.literature.narrative_reader import NarrativeReader
from crossoracle.oracles.adapters.literature.reader import worded
from crossoracle.oracles.catalogue import adapter
from crossoracle.oracles.oracle import CallFailed
from tests.oracles.literature.painted import CLASSES, clip
from tests.oracles.local import tiny
from tests.oracles.putting import ask, describe, question

__all__ = ["ask", "describe"]
pytestmark = pytest.mark.local
LIBRARIES = ("torch", "transformers", "llguidance")
SHOWN = [None, "red", "red", None]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module", params=[TEMPLATE, None], ids=["chat", "plain"])
def model(request, torch, tmp_path_factory):
    """The directory of a language model of 0.1 million random parameters."""
    from transformers import AutoModelForCausalLM, LlamaConfig

    words = tiny.tokenizer({})
    words.chat_template = request.param
    shape = tiny.TEXT | tiny.HEADS | {"vocab_size": len(words), "max_position_embeddings": 8192}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = AutoModelForCausalLM.from_config(LlamaConfig(**shape))
    place = tmp_path_factory.mktemp("language-model")
    made.save_pretrained(place)
    words.save_pretrained(place)
    return str(place)


@pytest.fixture
def oracle(tower, captions, model):
    reader = {"adapter": "language-model", "model": model, "max_new_tokens": 3000}
    made = NarrativeReader(tower, {"painted": CLASSES}, captions=captions, reader=reader)
    yield made
    asyncio.run(made.close())
    assert not [thread.name for thread in threading.enumerate() if "local model" in thread.name]


@pytest.fixture
def reader(oracle):
    return oracle._reader.adapter


def test_it_reads_and_answers_in_the_schema(oracle, ask):
    answer, read = ask(oracle, "score", clip(SHOWN, "red event"))
    reply = json.loads(answer.text)
    assert [segment["segment"] for segment in reply["segments"]] == [0, 1, 2, 3]
    assert read.outcome == reply["presence"].lower()
    assert (answer.finish, answer.p_source, answer.cost_usd) == ("stop", "logits", 0.0)
    assert oracle.priced_as == "free"


def test_p_yes_equals_the_slow_reference(torch, oracle, reader, model, ask):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    shown = clip(SHOWN, "red event")
    answer, _ = ask(oracle, "verify", shown)
    words, slow = AutoTokenizer.from_pretrained(model), AutoModelForCausalLM.from_pretrained(model).eval()
    put = worded(question("verify", shown), oracle.narrative(shown))
    told = [{"role": "user", "content": put.prompt}]
    prompt = (
        words.apply_chat_template(told, add_generation_prompt=True, tokenize=False)
        if words.chat_template
        else f"{put.prompt}\n"
    )
    begun = words.encode(prompt + '{"decision": "', add_special_tokens=False)
    assert begun == words.encode(prompt, add_special_tokens=False) + words.encode(
        '{"decision": "', add_special_tokens=False
    )
    masses = {}
    for label in ("YES", "NO", "SKIP"):
        spelled = words.encode(label, add_special_tokens=False)
        with torch.inference_mode():
            logits = slow(torch.tensor([begun + spelled])).logits[0].log_softmax(dim=-1)
        places = range(len(begun) - 1, len(begun) + len(spelled) - 1)
        masses[label] = math.exp(sum(float(logits[i, t]) for i, t in zip(places, spelled, strict=True)))
    assert answer.p_yes == pytest.approx(masses["YES"] / sum(masses.values()), rel=1e-3)


def test_what_is_told_counts(oracle, ask):
    told = [ask(oracle, "verify", clip(colours, "red event"))[0].p_yes for colours in (SHOWN, ["blue"] * 4)]
    assert told[0] != told[1]


def test_the_same_question_has_the_same_answer(oracle, ask, describe):
    shown = clip(SHOWN, "red event")
    assert ask(oracle, "verify", shown)[0] == ask(replace(oracle), "verify", shown)[0]
    assert json.loads(json.dumps(describe(oracle, "score", shown))) == describe(oracle, "score", shown)
    assert describe(oracle, "score", shown)["reader"]["adapter"] == "language-model"


def test_it_refuses_pictures(reader, ask):
    with pytest.raises(CallFailed, match="reads words alone; it was shown 8 frames"):
        ask(reader, "score", clip(SHOWN, "red event"))


def test_a_video_is_refused(torch, model):
    with pytest.raises(InputError, match="it is shown nothing"):
        adapter("language-model").load()(model, media="video")
