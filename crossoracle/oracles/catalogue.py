"""Every adapter and preset by name: the built-in ones, and those that other packages bring.

A package adds an adapter by an entry point of the group ``crossoracle.oracles`` that names an `AdapterSpec`.
"""

from __future__ import annotations

from crossoracle.errors import UnknownNameError
from crossoracle.manifests import every, find
from crossoracle.oracles.oracle import AdapterSpec, Preset

GROUP = "crossoracle.oracles"
ROOM = "crossoracle.oracles.adapters"

ADAPTERS = (
    AdapterSpec(
        "openai",
        "OpenAI, Azure by its base URL, and every compatible server: vLLM, SGLang, LMDeploy, Ollama",
        f"{ROOM}.openai:OpenAI",
        extra="openai",
        key="OPENAI_API_KEY",
    ),
    AdapterSpec(
        "gemini",
        "Google Gemini, by labelled frames or as native video",
        f"{ROOM}.gemini:Gemini",
        extra="gemini",
        key="GEMINI_API_KEY",
    ),
    AdapterSpec(
        "anthropic",
        "Anthropic Claude",
        f"{ROOM}.anthropic:Anthropic",
        extra="anthropic",
        key="ANTHROPIC_API_KEY",
    ),
    AdapterSpec(
        "transformers",
        "models of the Qwen3-VL and InternVL families, in this process",
        f"{ROOM}.transformers:Transformers",
        extra="local",
        paid=False,
    ),
    AdapterSpec(
        "probe",
        "a small trained classifier of one image feature: the oracles of the generated benchmark",
        f"{ROOM}.probe:Probe",
        paid=False,
    ),
    AdapterSpec(
        "action-sensitivity",
        "Gaussians of classes over time and a head on frames, trained on labelled videos (Shao et al. 2023)",
        f"{ROOM}.literature.action_sensitivity:ActionSensitivity",
        extra="local",
        paid=False,
    ),
    AdapterSpec(
        "one-step-sampler",
        "a policy over frames, trained by the loss of a frozen recognizer (OCSampler, Lin et al. 2022)",
        f"{ROOM}.literature.one_step_sampler:OneStepSampler",
        extra="local",
        paid=False,
    ),
    AdapterSpec(
        "test-time",
        "similarities to the action's text, refined on each video itself (T3AL, Liberatori et al. 2024)",
        f"{ROOM}.literature.test_time:TestTime",
        paid=False,
    ),
    AdapterSpec(
        "narrative",
        "captions of frames that are consistent in time, looked up (after LVLM-VAR, Peng et al. 2025)",
        f"{ROOM}.literature.narrative:Narrative",
        paid=False,
    ),
    AdapterSpec(
        "narrative-reader",
        "the same captions, read by a language model that sees no picture",
        f"{ROOM}.literature.narrative_reader:NarrativeReader",
    ),
    AdapterSpec(
        "language-model",
        "a language model in this process that reads words alone: for narrative-reader",
        f"{ROOM}.literature.language_model:LanguageModel",
        extra="local",
        paid=False,
    ),
    AdapterSpec(
        "saliency",
        "frames against the words of the action's name (BIKE, Wu et al. 2023)",
        f"{ROOM}.literature.saliency:Saliency",
        paid=False,
    ),
    AdapterSpec(
        "storyboard",
        "frames against the action's name and sub-texts of it (storyboard-guided alignment, Liu et al.)",
        f"{ROOM}.literature.storyboard:Storyboard",
        paid=False,
    ),
    AdapterSpec("replay", "answers from score tables", f"{ROOM}.replay:Replay", paid=False),
    AdapterSpec(
        "motion",
        "how much moves in a segment, by DIS optical flow",
        f"{ROOM}.motion:Motion",
        paid=False,
    ),
    AdapterSpec("center", "the middle of the video counts most", f"{ROOM}.center:Center", paid=False),
    AdapterSpec("random", "seeded random scores", f"{ROOM}.random:Random", paid=False),
)

VLLM = {"grammar": "structured_outputs", "priced_as": "free"}
"""A server of one's own: it forbids free whitespace in replies; where it wants a key, name `api_key_env`."""

PRESETS = (
    Preset(
        "qwen3-vl-32b",
        "openai",
        {"model": "Qwen/Qwen3-VL-32B-Instruct", "base_url": "http://localhost:8000/v1", **VLLM},
        "Qwen3-VL 32B behind a vLLM server",
    ),
    Preset(
        "internvl3-38b",
        "openai",
        {"model": "OpenGVLab/InternVL3-38B-hf", "base_url": "http://localhost:8001/v1", **VLLM},
        "InternVL3 38B behind a vLLM server",
    ),
    Preset(
        "gpt-5.5",
        "openai",
        {"model": "gpt-5.5-2026-04-23", "reasoning_effort": "none"},
        "OpenAI GPT-5.5, pinned snapshot",
    ),
    Preset("gemini-3.1-pro", "gemini", {"model": "gemini-3.1-pro-preview"}, "Google Gemini 3.1 Pro"),
)


def adapters() -> dict[str, AdapterSpec]:
    """Return every adapter by name."""
    return every(GROUP, ADAPTERS)


def adapter(name: str) -> AdapterSpec:
    """Return the manifest of an adapter."""
    return find(AdapterSpec.noun, name, adapters())


def preset(name: str) -> Preset:
    """Return a preset.

    Raises
    ------
    UnknownNameError
        No preset has that name; the message names the nearest.
    """
    known = {one.name: one for one in PRESETS}
    if name not in known:
        raise UnknownNameError("preset", name, known)
    return known[name]
