"""Whether the rules on a property or a table became tighter or looser from one version of a contract to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sbdk.contracts.document import action_of
from sbdk.contracts.row_clauses import per_row

Found = tuple[str, Any, Any]
"""Kind of change, what was, what is."""
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_INFINITE = float("inf")


def option_changes(old: Any, new: Any) -> Iterator[Found]:
    """Changes of a property's logical type options, formats of moments and widths of integers apart."""
    before, after = old.logicalTypeOptions or {}, new.logicalTypeOptions or {}
    for name in [*before, *(each for each in after if each not in before)]:
        was, now = before.get(name), after.get(name)
        if was == now or name in ("timezone", "defaultTimezone") or (name == "format" and new.logicalType != "string"):
            continue
        yield _direction(name, was, now), _shown(name, was), _shown(name, now)


def _shown(name: str, value: Any) -> str | None:
    return None if value is None else f"{name}: {value}"


def _direction(name: str, was: Any, now: Any) -> str:
    if was is None or now is None:
        return "rule tightened" if was is None else "rule loosened"
    if name in _LOWER + _UPPER:
        more = now > was
        return "rule tightened" if more == (name in _LOWER) else "rule loosened"
    if name == "multipleOf":
        if was and not (now / was) % 1:
            return "rule tightened"
        return "rule loosened" if now and not (was / now) % 1 else "rule changed"
    if name == "uniqueItems":
        return "rule tightened" if now else "rule loosened"
    return "rule changed"


def rule_changes(
    old: Iterable[Any],
    new: Iterable[Any],
    was_action: str | None,
    now_action: str | None,
    old_enum: Iterable[Any] | None = None,
    new_enum: Iterable[Any] | None = None,
) -> Iterator[Found]:
    """Changes of quality rules, and of the values of an enumeration. The actions are those of rules that name none."""
    was, now = list(old), list(new)
    yield from _value_changes(_allowed(was, old_enum), _allowed(now, new_enum))
    before = {_identity(each): each for each in was if _promises(each, was_action)}
    after = {_identity(each): each for each in now if _promises(each, now_action)}
    for name, rule in before.items():
        if name not in after:
            yield "rule loosened", _told(rule), None
        elif _told(rule) != _told(after[name]):
            yield _limits_change(rule, after[name]), _told(rule), _told(after[name])
    for name, rule in after.items():
        if name not in before:
            yield "rule tightened", None, _told(rule)


def _promises(rule: Any, action: str | None) -> bool:
    """Whether a rule is one that machines hold; lists of values are compared value by value."""
    listed = rule.metric == "invalidValues" and "validValues" in (rule.arguments or {}) and per_row(rule)
    return (rule.metric or rule.query) and (action_of(rule.customProperties) or action) != "warn" and not listed


def _allowed(rules: Iterable[Any], enum: Iterable[Any] | None) -> list[Any] | None:
    """The values that a property may have; None for any."""
    lists = [
        rule.arguments["validValues"]
        for rule in rules
        if rule.metric == "invalidValues" and "validValues" in (rule.arguments or {}) and per_row(rule)
        and action_of(rule.customProperties) != "warn"
    ]  # fmt: skip
    lists += [[each.value for each in enum]] if enum else []
    if not lists:
        return None
    return [value for value in lists[0] if all(value in more for more in lists[1:])]


def _value_changes(old: list[Any] | None, new: list[Any] | None) -> Iterator[Found]:
    if old is None or new is None:
        if old is not new:
            yield ("rule tightened" if old is None else "rule loosened"), _listed(old), _listed(new)
        return
    for value in new:
        if value not in old:
            yield "value added", None, value
    for value in old:
        if value not in new:
            yield "value removed", value, None


def _listed(values: list[Any] | None) -> str | None:
    return None if values is None else f"values: {', '.join(map(str, values))}"


def _identity(rule: Any) -> tuple[Any, ...]:
    """A rule is the same one by its name, or by what it measures."""
    if rule.name:
        return (rule.name,)
    return (rule.metric or "sql", rule.query, repr(sorted((rule.arguments or {}).items())), rule.unit or "rows")


def _told(rule: Any) -> str:
    parts = [rule.metric or f"sql {' '.join((rule.query or '').split())}"]
    parts += [f"{name}={value}" for name, value in sorted((rule.arguments or {}).items())]
    parts += [f"{name} {value}" for name, value in _operators(rule)]
    return ", ".join([*parts, *([rule.unit] if rule.unit else [])])


def _operators(rule: Any) -> list[tuple[str, Any]]:
    names = ("mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan",
             "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween")  # fmt: skip
    return [(name, value) for name in names if (value := getattr(rule, name)) is not None]


def _limits_change(old: Any, new: Any) -> str:
    """Of two rules on one figure: which one allows fewer values."""
    same = (old.metric, old.query, old.arguments, old.unit) == (new.metric, new.query, new.arguments, new.unit)
    was, now = _interval(old), _interval(new)
    if not same or was is None or now is None:
        return "rule changed"
    if was[0] <= now[0] and now[1] <= was[1]:
        return "rule tightened"
    return "rule loosened" if now[0] <= was[0] and was[1] <= now[1] else "rule changed"


def _interval(rule: Any) -> tuple[tuple[float, int], tuple[float, int]] | None:
    """The figures that a rule allows: both ends as pairs; the second is 1 or -1 for an end that is left out."""
    for name, value in _operators(rule):
        if name == "mustBeBetween":
            return (value[0], 0), (value[1], 0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        ends: dict[str, tuple[tuple[float, int], tuple[float, int]]] = {
            "mustBe": ((value, 0), (value, 0)),
            "mustBeGreaterThan": ((value, 1), (_INFINITE, 0)),
            "mustBeGreaterOrEqualTo": ((value, 0), (_INFINITE, 0)),
            "mustBeLessThan": ((-_INFINITE, 0), (value, -1)),
            "mustBeLessOrEqualTo": ((-_INFINITE, 0), (value, 0)),
        }
        return ends.get(name)
    return None
