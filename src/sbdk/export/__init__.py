"""Synthetic tables as files: Parquet, CSV, JSON Lines, with a manifest that proves any copy of them."""

from sbdk.export import csv, jsonl, parquet  # noqa: F401 — imported to be registered
from sbdk.export.content_hash import ContentHash, content_hash
from sbdk.export.formats import Format, formats
from sbdk.export.manifest import Manifest, TableEntry, read_manifest
from sbdk.export.mismatches import Difference
from sbdk.export.verify import verify
from sbdk.export.write import write, write_parts

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
