"""``python -m crossoracle`` is ``crossoracle``."""

from __future__ import annotations

from crossoracle.cli import main

if __name__ == "__main__":
    main()
