"""A strict subset of YAML: a plain scalar that is not true, false, null or a number is text, as written.

Refused: aliases (a few hundred bytes can unfold into gigabytes), tags (they can name Python objects), duplicate keys,
several documents, nesting deeper than 64. `on`, `NO`, `12:30:00`, `1_000`, `010` and dates are texts. The value is
built from parser events, so PyYAML's constructors are never called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sbdk.core.errors import ConfigError
from sbdk.spec.strict_json import MOST_BYTES, read_text

DEEPEST = 64
MOST_NODES = 100_000

_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")
_PARSER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def load(source: Path | str) -> Any:
    """The one document in `source`, a path or the text itself; ConfigError with line and column if it is refused."""
    if isinstance(source, str) and len(source) > MOST_BYTES:
        raise ConfigError(f"more than {MOST_BYTES:,} characters of YAML")
    file = source if isinstance(source, Path) else None
    text = read_text(source) if isinstance(source, Path) else source
    try:
        return _Document(yaml.parse(text, Loader=_PARSER), file).value()
    except yaml.MarkedYAMLError as error:
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise _error(what, error.problem_mark, file) from error
    except (yaml.YAMLError, UnicodeEncodeError) as error:  # a character that YAML does not allow
        raise ConfigError(f"not YAML: {str(error).splitlines()[0]}", file=file) from error


def _error(what: str, mark: Any, file: Path | None) -> ConfigError:
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return ConfigError(f"{where}{what}", file=file)


class _Document:
    """Builds the value of a document from parser events, within the limits."""

    def __init__(self, events: Iterator[Any], file: Path | None) -> None:
        self._events = events
        self._file = file
        self._nodes = 0

    def value(self) -> Any:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        result = self._node(next(self._events), 0)
        next(self._events)  # the end of the document
        if not isinstance(event := next(self._events), yaml.StreamEndEvent):
            raise self._refuse("a second document", event)
        return result

    def _node(self, event: Any, depth: int) -> Any:
        self._nodes += 1
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._refuse("anchors and aliases (& and *) are not allowed: write the value out", event)
        if event.tag not in (None, "!"):
            raise self._refuse(f"tags are not allowed: {event.tag:.60}", event)
        if depth > DEEPEST:
            raise self._refuse(f"nested more than {DEEPEST} deep", event)
        if self._nodes > MOST_NODES:
            raise self._refuse(f"more than {MOST_NODES:,} values", event)
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._items(depth + 1))
        return self._mapping(depth + 1) if isinstance(event, yaml.MappingStartEvent) else _scalar(event)

    def _items(self, depth: int) -> Iterator[Any]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth)

    def _mapping(self, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._refuse("a key must be a plain text", event)
            self._node(event, depth)
            key = event.value  # as written: `on`, `1` and `null` are texts
            if key in mapping:
                raise self._refuse(f"the key {key!r:.60} is given a second time", event)
            mapping[key] = self._node(next(self._events), depth)
        return mapping

    def _refuse(self, what: str, event: Any) -> ConfigError:
        return _error(what, event.start_mark, self._file)


def _scalar(event: Any) -> Any:
    text = event.value
    if not event.implicit[0]:  # quoted, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
