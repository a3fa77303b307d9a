"""Vision-language models of 0.1 million random parameters, built from configurations without a download."""

from __future__ import annotations

import string
from functools import cache

TEXT = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2}
CORPUS = [
    'Does the video show the action "pouring water"? Frame 1: 0.125 s, segment 0',
    '{"presence": "", "confidence": 80, "evidence": "a hand", "segments": [], "important": [0, 1]}',
    '{"decision": "", "confidence": 5, "evidence": "nothing moves"}',
    string.printable,
]
QWEN = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}
INTERN = {
    "start_image_token": "<img>",
    "end_image_token": "</img>",
    "context_image_token": "<IMG_CONTEXT>",
    "video_token": "<video>",
}
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}\n{% else %}{{ PLACES[part['type']] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@cache  # a library of operators lives as long as it is held
def declare_torchvision_operators():
    """Declare what the ordinary wheel of torchvision lacks beside a torch without CUDA; import it then."""
    import torch

    if torch.version.cuda is not None or hasattr(torch.ops.torchvision, "nms"):
        return None
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


def tokenizer(special):
    """Return a byte-level BPE tokenizer trained on some lines; its words of decision have several tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *special.values()]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(
        CORPUS * 3,
        trainers.BpeTrainer(
            vocab_size=500, special_tokens=marks, initial_alphabet=alphabet, show_progress=False
        ),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=special,
    )


def qwen3_vl(words):
    """Return a configuration and a processor of the Qwen3-VL family."""
    from transformers import Qwen2VLImageProcessor, Qwen3VLConfig, Qwen3VLProcessor, Qwen3VLVideoProcessor

    ids = {name: words.convert_tokens_to_ids(mark) for name, mark in QWEN.items()}
    patches = {"patch_size": 8, "temporal_patch_size": 2}
    config = Qwen3VLConfig(
        text_config=TEXT
        | HEADS
        | {
            "vocab_size": len(words),
            "head_dim": 8,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e4,
                "mrope_section": [2, 1, 1],
                "mrope_interleaved": True,
            },
        },
        vision_config=patches
        | {
            "hidden_size": 32,
            "intermediate_size": 64,
            "depth": 2,
            "num_heads": 4,
            "spatial_merge_size": 2,
            "deepstack_visual_indexes": [0],
            "num_position_embeddings": 64,
            "out_hidden_size": 32,
        },
        image_token_id=ids["image_token"],
        video_token_id=ids["video_token"],
        vision_start_token_id=ids["vision_start_token"],
        vision_end_token_id=ids["vision_end_token"],
    )
    places = {"video": "<|vision_start|><|video_pad|><|vision_end|>"}
    places["image"] = places["video"].replace("video", "image")
    processor = Qwen3VLProcessor(
        image_processor=Qwen2VLImageProcessor(**patches, merge_size=2),
        tokenizer=words,
        video_processor=Qwen3VLVideoProcessor(**patches, merge_size=2),
        chat_template=_template(places),
    )
    return config, processor


def internvl(words):
    """Return a configuration and a processor of the InternVL family."""
    from transformers import GotOcr2ImageProcessor, InternVLConfig, InternVLProcessor, InternVLVideoProcessor

    config = InternVLConfig(
        text_config=TEXT | HEADS | {"model_type": "qwen2", "vocab_size": len(words)},
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": (32, 32),
            "patch_size": (8, 8),
        },
        image_token_id=words.convert_tokens_to_ids(INTERN["context_image_token"]),
        image_seq_length=4,
        downsample_ratio=0.5,
    )
    size = {"height": 32, "width": 32}
    processor = InternVLProcessor(
        image_processor=GotOcr2ImageProcessor(size=size),
        tokenizer=words,
        video_processor=InternVLVideoProcessor(size=size),
        image_seq_length=4,
        chat_template=_template({"video": "<video>\n", "image": "<IMG_CONTEXT>\n"}),
    )
    return config, processor


FAMILIES = {"qwen3-vl": (qwen3_vl, QWEN), "internvl": (internvl, INTERN)}


def save(family, directory, *, seed=0):
    """Build a model of a family, and save it with its processor."""
    import torch
    from transformers import AutoModelForImageTextToText

    build, special = FAMILIES[family]
    config, processor = build(tokenizer(special))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForImageTextToText.from_config(config)
    model.save_pretrained(directory)
    processor.save_pretrained(directory)
    return directory


def _template(places):
    for kind, mark in places.items():
        places = places | {kind: mark.replace("\n", "\\n")}
    table = "{" + ", ".join(f"'{kind}': '{mark}'" for kind, mark in places.items()) + "}"
    return TEMPLATE.replace("PLACES", table)
