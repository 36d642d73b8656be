"""Synthetic tables as files: Parquet, CSV, JSON Lines, with a manifest that proves any copy of them."""

from sbdk.synth.export import csv, jsonl, parquet  # noqa: F401  they register themselves
from sbdk.synth.export.content_hash import ContentHash, content_hash
from sbdk.synth.export.differences import Difference
from sbdk.synth.export.formats import Format, formats
from sbdk.synth.export.manifest import Manifest, TableEntry, read_manifest
from sbdk.synth.export.plain_parts import write_parts
from sbdk.synth.export.verifying import verify
from sbdk.synth.export.writing import write

__all__ = [
    "ContentHash",
    "Difference",
    "Format",
    "Manifest",
    "TableEntry",
    "content_hash",
    "formats",
    "read_manifest",
    "verify",
    "write",
    "write_parts",
]
