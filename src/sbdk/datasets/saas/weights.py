"""The project's `distributions` laid over the domain's weights, checked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from sbdk.core.errors import ConfigError
from sbdk.synth.columns import check_weights
from sbdk.datasets.saas.defaults import WEIGHTS

Weights = dict[str, dict[str, float]]


def resolve(distributions: Mapping[str, Any]) -> Weights:
    """All weights by dotted name, those named in `distributions` replaced: a value that is not listed weighs 0.

    Accepted are a mapping from value to weight, a list in the domain's order, or {"values": […], "weights": […]}.
    Raises ConfigError, with the key's path, for an unknown name or value and for weights that nothing
    can be drawn from.
    """
    weights = {name: dict(table) for name, table in WEIGHTS.items()}
    for path, given in _leaves(distributions):
        weights[path] = _table(f"distributions.{path}", given, tuple(WEIGHTS[path]))
    return weights


def _leaves(distributions: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found = []
    for name, given in distributions.items():
        if name in WEIGHTS:
            found.append((name, given))
            continue
        inner = [path for path in WEIGHTS if path.startswith(f"{name}.")]
        if not inner:
            raise _unknown(f"distributions.{name}", name, sorted({path.partition(".")[0] for path in WEIGHTS}))
        if not isinstance(given, Mapping):
            raise ConfigError(f"distributions.{name}: a mapping is wanted, by {', '.join(_tails(inner))}")
        for tail, table in given.items():
            if f"{name}.{tail}" not in inner:
                raise _unknown(f"distributions.{name}.{tail}", str(tail), _tails(inner))
            found.append((f"{name}.{tail}", table))
    return found


def _tails(paths: Sequence[str]) -> list[str]:
    return [path.partition(".")[2] for path in paths]


def _table(path: str, given: Any, names: tuple[str, ...]) -> dict[str, float]:
    if isinstance(given, Mapping) and all(isinstance(given.get(part), list) for part in ("values", "weights")):
        values, numbers = list(given["values"]), list(given["weights"])
    elif isinstance(given, Mapping):
        values, numbers = list(given), list(given.values())
    elif isinstance(given, Sequence) and not isinstance(given, str):
        values, numbers = list(names), list(given)
    else:
        raise ConfigError(f"{path}: weights are wanted, a number for each of {', '.join(names)}")
    weights = check_weights(numbers, len(values), path)
    for value in values:
        if value not in names:
            raise _unknown(f"{path}.{value}", str(value), list(names))
    return {**dict.fromkeys(names, 0.0), **dict(zip(values, weights, strict=True))}


def _unknown(path: str, name: str, known: list[str]) -> ConfigError:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return ConfigError(f"{path}: not known", hint=f"{hint}known: {', '.join(known)}")
