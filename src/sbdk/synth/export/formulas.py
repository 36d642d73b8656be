"""Texts that a spreadsheet would run: an apostrophe before them, and off again (OWASP ASVS 1.2.10).

A text of any number of apostrophes and then one of = + - @ TAB CR gets one more in front, so that taking one off such
a text always gives back what was there. Anything else is left alone.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_STARTS = pa.array([b"=", b"+", b"-", b"@", b"\t", b"\r", b"'"])
_RISKY = r"^('*[=+\-@\t\r])"
_GUARDED = r"^'('*[=+\-@\t\r])"


def guard(texts: pa.Array) -> pa.Array:
    """Texts with the apostrophe where it is needed."""
    return pc.replace_substring_regex(texts, _RISKY, r"'\1", max_replacements=1) if _suspects(texts) else texts


def unguard(texts: pa.Array) -> pa.Array:
    """The inverse of `guard`."""
    return pc.replace_substring_regex(texts, _GUARDED, r"\1", max_replacements=1) if _suspects(texts) else texts


def _suspects(texts: pa.Array) -> bool:
    """Whether any text starts with one of the characters; far cheaper than the regular expression."""
    return bool(pc.any(pc.is_in(pc.binary_slice(texts.cast(pa.binary()), 0, 1), _STARTS)).as_py())
