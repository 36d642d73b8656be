"""The vendored browser libraries are the files that were recorded, each under a licence that is here too."""

from __future__ import annotations

import hashlib
import re

import pytest

from sbdk import vendored
from sbdk.core.errors import UnknownName

ROW = re.compile(r"\| `([^`]+)` \| ([^|]+) \| ([\d.]+) \| ([^|]+) \| `([0-9a-f]{64})` \|")
TABLE = [match.groups() for match in ROW.finditer(vendored.path("d3.min.js").with_name("README.md").read_text())]


def test_every_file_is_in_the_table() -> None:
    assert [row[0] for row in sorted(TABLE)] == vendored.names()


@pytest.mark.parametrize(("name", "library", "version", "licence", "digest"), TABLE)
def test_a_file_is_the_one_recorded(name: str, library: str, version: str, licence: str, digest: str) -> None:
    assert hashlib.sha256(vendored.path(name).read_bytes()).hexdigest() == digest
    assert licence in {"ISC", "MIT", "BSD-3-Clause", "Apache-2.0"}
    assert "ermission" in vendored.path(name).with_name(f"{library.split('/')[-1]}.LICENSE.txt").read_text()


def test_an_unknown_name_is_reported_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        vendored.path("d3.js")
    assert "did you mean 'd3.min.js'" in (caught.value.hint or "")


def test_no_path_leads_out_of_the_folder() -> None:
    with pytest.raises(UnknownName):
        vendored.path("../__init__.py")
