"""Video classifiers and an image-text model of some thousand random parameters, saved like real ones."""

from __future__ import annotations

from tests.oracles.local.tiny import tokenizer

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
NAMES = {0: "red thing", 1: "Green_thing", 2: "blue thing"}
IDS = {name: i for i, name in NAMES.items()}
LABELS = {"id2label": NAMES, "label2id": IDS}
CROP = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
PATCHES = {"image_size": 32, "num_frames": 8}


def videomae():
    from transformers import VideoMAEConfig, VideoMAEVideoProcessor

    return VideoMAEConfig(**SMALL, **PATCHES, patch_size=8, tubelet_size=2, **LABELS), VideoMAEVideoProcessor(
        **CROP
    )


def timesformer():
    from transformers import TimesformerConfig, TimesformerVideoProcessor

    return TimesformerConfig(**SMALL, **PATCHES, patch_size=8, **LABELS), TimesformerVideoProcessor(**CROP)


def vivit():
    from transformers import VivitConfig, VivitVideoProcessor

    sizes = {"size": {"shortest_edge": 40}, "crop_size": {"height": 32, "width": 32}}
    return VivitConfig(**SMALL, **PATCHES, tubelet_size=[2, 8, 8], **LABELS), VivitVideoProcessor(**sizes)


def vjepa2():
    from transformers import VJEPA2Config, VJEPA2VideoProcessor

    config = VJEPA2Config(
        **SMALL,
        patch_size=8,
        crop_size=32,
        frames_per_clip=8,
        tubelet_size=2,
        pred_hidden_size=32,
        pred_num_attention_heads=4,
        pred_num_hidden_layers=2,
        num_pooler_layers=1,
        **LABELS,
    )
    return config, VJEPA2VideoProcessor(crop_size=32)


VIDEO = {"videomae": videomae, "vjepa2": vjepa2, "timesformer": timesformer, "vivit": vivit}


def save_video(family, directory, seed=0):
    """Build a classifier of a family, and save it with its processor."""
    import torch
    from transformers import AutoModelForVideoClassification

    config, processor = VIDEO[family]()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForVideoClassification.from_config(config)
        with torch.no_grad():  # some parameters begin at zero, such as when a frame is shown
            for parameter in model.parameters():
                parameter += 0.3 * torch.randn_like(parameter)
    model.save_pretrained(directory)
    processor.save_pretrained(directory)
    return directory


def save_clip(directory, seed=0):
    """Build an image-text model of the CLIP family, and save it with its processors."""
    import torch
    from tokenizers.processors import TemplateProcessing
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    words = tokenizer({})
    words.eos_token = "<|im_start|>"  # its number is not 2, by which old models of CLIP are told
    end = words.eos_token
    words.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, words.eos_token_id)]
    )
    text = SMALL | {
        "vocab_size": len(words),
        "max_position_embeddings": 40,
        "eos_token_id": words.eos_token_id,
    }
    vision = SMALL | {"image_size": 32, "patch_size": 8}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CLIPModel(config)
    model.save_pretrained(directory)
    words.save_pretrained(directory)
    CLIPImageProcessor(**CROP).save_pretrained(directory)
    return directory


def save_siglip(directory, seed=0):
    """Build an image-text model of the SigLIP family, and save it with its processors."""
    import torch
    from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel

    words = tokenizer({})
    text = SMALL | {"vocab_size": len(words), "max_position_embeddings": 40, "projection_size": 32}
    vision = SMALL | {"image_size": 32, "patch_size": 8}
    config = SiglipConfig(text_config=text, vision_config=vision)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = SiglipModel(config)
    model.save_pretrained(directory)
    words.save_pretrained(directory)
    SiglipImageProcessor(size={"height": 32, "width": 32}).save_pretrained(directory)
    return directory
