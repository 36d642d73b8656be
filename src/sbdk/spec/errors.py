"""Messages for validation errors of Pydantic: key, value, what is allowed and the nearest known name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from sbdk.core.errors import suggestion
from sbdk.spec.secrets import is_secret_key

_WORDS = {
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "a text",
    "a valid boolean": "true or false",
    "a valid list": "a list",
    "a valid array": "a list",
    "a valid dictionary": "a mapping {…}",
    "an object": "a mapping {…}",
}


def explain(problem: Mapping[str, Any], path: str, model: type[BaseModel] | None = None) -> tuple[str, str | None]:
    """(message, hint) for one entry of ValidationError.errors()."""
    kind, message = problem["type"], str(problem["msg"])
    if kind == "extra_forbidden":
        return _unknown_key(path, problem["loc"], model)
    if kind == "missing":
        return f"{path}: is missing", None
    if kind == "value_error":
        reason = str(problem["ctx"]["error"])
        return (f"{path}: {reason}" if path and not reason.startswith(path) else reason), None
    if kind == "literal_error":
        return _unknown_value(path, problem)
    hint = _description(model, problem["loc"]) if model else None
    limits = _limits(model, problem["loc"]) if model and kind.startswith("int_") else ""
    return f"{path}: {_plain(message)}{limits}{_given(path, problem['input'])}", hint


def _plain(message: str) -> str:
    text = message.replace("Input should be ", "must be ").replace("String should ", "must ")
    text = text.replace("Unable to parse input string as an integer", "must be a whole number")
    text = re.sub(r"datetime\.date\((\d+), (\d+), (\d+)\)", _iso, text)
    for technical, plain in _WORDS.items():
        text = text.replace(technical, plain)
    return text.split(", unable to ")[0]


def _iso(match: re.Match[str]) -> str:
    return "{}-{:0>2}-{:0>2}".format(*match.groups())


def _given(path: str, value: Any) -> str:
    if is_secret_key(path.rsplit(".", 1)[-1]):
        return ""
    shown = repr(value)
    return f", not {shown if len(shown) <= 60 else shown[:57] + '…'}"


def _unknown_value(path: str, problem: Mapping[str, Any]) -> tuple[str, str | None]:
    allowed = [word.strip("'") for word in str(problem["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
    return f"{path}: {problem['input']!r:.60} is not known", suggestion(str(problem["input"]), allowed, cutoff=0.4)


def _unknown_key(path: str, location: tuple[int | str, ...], model: type[BaseModel] | None) -> tuple[str, str | None]:
    *above, key = location
    known = _keys(model, above) if model else []
    hint = suggestion(str(key), known, cutoff=0.5, within=map(str, above)) if known else None
    return f"{path}: unknown key", hint


def _keys(model: type[BaseModel], above: Sequence[int | str]) -> list[str]:
    section = _section(model, above)
    fields = section.model_fields if section else {}
    return [field.alias or name for name, field in fields.items() if not field.exclude]


def _description(model: type[BaseModel], location: Sequence[int | str]) -> str | None:
    section = _section(model, location[:-1])
    field = section.model_fields.get(str(location[-1])) if section and location else None
    return f"{location[-1]}: {field.description}" if field else None


def _limits(model: type[BaseModel], location: Sequence[int | str]) -> str:
    """` from 1 to 65535`, as far as the field declares it."""
    section = _section(model, location[:-1])
    field = section.model_fields.get(str(location[-1])) if section and location else None
    ends = {
        name: getattr(each, name)
        for each in (field.metadata if field else ())
        for name in ("ge", "le")
        if hasattr(each, name)
    }
    low = f" from {ends['ge']}" if "ge" in ends else ""
    return low + (f" to {ends['le']}" if "le" in ends else "")


def _section(model: type[BaseModel], above: Sequence[int | str]) -> type[BaseModel] | None:
    for step in above:
        field = model.model_fields.get(str(step))
        if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, BaseModel):
            return None
        model = field.annotation
    return model
