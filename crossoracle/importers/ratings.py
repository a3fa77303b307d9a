"""What a rating must be from which on a segment counts as kept."""

from __future__ import annotations

from crossoracle.errors import InputError


def require_rating(kept_at: float | None, low: float, high: float) -> None:
    """Refuse a rating that nobody could give: everything would be kept, or nothing.

    Raises
    ------
    InputError
        It lies outside the scale.
    """
    if kept_at is not None and not low <= kept_at <= high:
        raise InputError(
            f"--kept-at: found {kept_at:g}, expected a score in [{low:g}, {high:g}], the scale of the files; "
            "correct it, or give the scale"
        )
