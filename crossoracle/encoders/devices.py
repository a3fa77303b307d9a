"""Where models compute."""

from __future__ import annotations

import torch


def device_of(wanted: str) -> str:
    """Return where to compute: "auto" is the accelerator where there is one."""
    if wanted != "auto":
        return wanted
    found = torch.accelerator.current_accelerator(check_available=True)
    return "cpu" if found is None else str(found.type)
