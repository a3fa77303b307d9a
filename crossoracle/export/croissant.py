"""Croissant metadata, version 1.0: what machines read about a dataset (https://docs.mlcommons.org/croissant)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crossoracle.export.about import About, Exported
from crossoracle.export.published import columns_of
from crossoracle.tables.catalogue import table
from crossoracle.tables.column import Column, Kind

CONFORMS = "http://mlcommons.org/croissant/1.0"
PARQUET = "application/x-parquet"
TYPES: dict[Kind, str] = {
    "text": "sc:Text",
    "integer": "sc:Integer",
    "real": "sc:Float",
    "flag": "sc:Boolean",
}
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
} | {
    term: f"cr:{term}"
    for term in (
        *(
            "citeAs",
            "column",
            "extract",
            "field",
            "fileObject",
            "fileProperty",
            "fileSet",
            "format",
            "includes",
        ),
        *(
            "isLiveDataset",
            "jsonPath",
            "key",
            "md5",
            "parentField",
            "path",
            "recordSet",
            "references",
            "regex",
        ),
        *("repeated", "replace", "separator", "source", "subField", "transform"),
    )
}


def croissant(about: About, files: Sequence[Exported]) -> dict[str, Any]:
    """Return the metadata of a dataset.

    Parameters
    ----------
    about : About
        What its owner says of it.
    files : sequence of Exported
        Its tables, written.
    """
    said = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS,
        "name": about.name,
        "description": about.description,
        "license": about.license,
        "url": about.url,
        "creator": [{"@type": "sc:Person", "name": name} for name in about.creators],
        "datePublished": about.date,
        "version": about.version,
        "citeAs": about.citation,
        "distribution": [_file(one) for one in files],
        "recordSet": [_records(one) for one in files],
    }
    return {name: value for name, value in said.items() if value not in (None, [])}


def _file(one: Exported) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": one.file,
        "name": one.file,
        "description": table(one.name).meaning,
        "contentUrl": one.file,
        "contentSize": f"{one.size} B",
        "encodingFormat": PARQUET,
        "sha256": one.sha256,
    }


def _records(one: Exported) -> dict[str, Any]:
    declared = table(one.name)
    return {
        "@type": "cr:RecordSet",
        "@id": one.name,
        "name": one.name,
        "description": declared.meaning,
        "key": [{"@id": f"{one.name}/{column}"} for column in declared.key],
        "field": [_field(one, column) for column in columns_of(one.name)],
    }


def _field(one: Exported, column: Column) -> dict[str, Any]:
    unit = f" Unit: {column.unit}." if column.unit else ""
    return {
        "@type": "cr:Field",
        "@id": f"{one.name}/{column.name}",
        "name": column.name,
        "description": f"{column.meaning}{unit}",
        "dataType": TYPES[column.type],
        "source": {"fileObject": {"@id": one.file}, "extract": {"column": column.name}},
    }
