"""Where models compute."""

from __future__ import annotations

import torch

from crossoracle.errors import InputError


def device_of(wanted: str) -> str:
    """Return where to compute: "auto" is the accelerator where there is one.

    What is named need not be here: answers of another machine are known by it.

    Raises
    ------
    InputError
        It is not the name of a device.
    """
    if wanted == "auto":
        found = torch.accelerator.current_accelerator(check_available=True)
        return "cpu" if found is None else str(found.type)
    try:
        torch.get_device_module(wanted)
    except RuntimeError as error:
        raise InputError(
            f"device is {wanted!r}, expected auto, cpu, cuda, cuda:1 or the like; change it"
        ) from error
    return wanted


def require_device(device: str) -> None:
    """Refuse a device that is not here.

    Raises
    ------
    InputError
        This torch finds none of the kind, or not so many.
    """
    meant, here = torch.device(device), torch.get_device_module(device).device_count()
    if not 0 <= (meant.index or 0) < here:  # numbers above 127 come out below 0
        raise InputError(
            f"device is {device!r}, but torch {torch.__version__} finds {here} of {meant.type} here; "
            "change it to auto, or install a torch that is built for it"
        )
