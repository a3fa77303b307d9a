"""The card of a dataset: what people read about it, in its front matter what the Hugging Face hub does."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from crossoracle.export.about import About, Exported
from crossoracle.export.making import Maker
from crossoracle.export.published import columns_of
from crossoracle.tables.catalogue import table

HUB = re.compile(r"[a-z0-9][a-z0-9.+-]*")
SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B")
TAGS = ("video", "action-recognition", "temporal-importance", "inter-rater-agreement", "crossoracle")


def card(about: About, files: Sequence[Exported], by: Sequence[Maker]) -> str:
    """Return the text of README.md.

    Parameters
    ----------
    about : About
        What the owner says.
    files : sequence of Exported
        The tables; the first that has scores, or else the first, opens by default.
    by : sequence of Maker
        The oracles.
    """
    tables = [
        {"name": one.name, "file": one.file, "rows": one.rows, "meaning": table(one.name).meaning}
        | {"columns": columns_of(one.name), "key": ", ".join(table(one.name).key)}
        for one in files
    ]
    matter = {name: json.dumps(value, ensure_ascii=False) for name, value in front(about, files).items()}
    return _template().render(
        about=about, front=matter, tables=tables, makers=by, version=version("crossoracle")
    )


def front(about: About, files: Sequence[Exported]) -> dict[str, Any]:
    """Return the front matter, as names and values; JSON is a part of YAML."""
    first = next((one for one in files if one.name == "scores"), files[0])
    return {
        **_license(about.license),
        "pretty_name": about.name,
        "tags": list(TAGS),
        "size_categories": [SIZES[min(max(len(str(first.rows)) - 3, 0), len(SIZES) - 1)]],
        "configs": [
            {"config_name": one.name, "data_files": one.file} | ({"default": True} if one is first else {})
            for one in files
        ],
    }


def _license(license: str) -> dict[str, str]:
    """Return a licence as the hub knows it: by its small name, or as another with a link."""
    name = license.lower()
    if HUB.fullmatch(name):
        return {"license": name}
    link = {"license_link": license} if "://" in license else {}
    return {"license": "other", "license_name": "see-link" if link else license, **link}


@cache
def _template() -> Template:
    # plain text: nothing to escape but the bars of tables
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["cell"] = _cell
    return made.get_template("README.md.jinja")


def _cell(text: str) -> str:
    """Return a text as a cell of a Markdown table."""
    return " ".join(str(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").split())
