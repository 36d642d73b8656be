"""A small language over columns, in Python's syntax, computed by Arrow. Only what is listed here is allowed."""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import Decimal
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Column = Callable[[str], Any]
DEEPEST = 50


def _divide(left: Any, right: Any) -> Any:
    """True division; whole numbers become floats first."""
    if pa.types.is_integer(left.type) and pa.types.is_integer(right.type):
        left = left.cast(pa.float64())
    return pc.divide(left, right)


def _text(value: Any) -> Any:
    return value.cast(pa.string())


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: pc.add_checked,
    ast.Sub: pc.subtract_checked,
    ast.Mult: pc.multiply_checked,
    ast.Div: _divide,
    ast.USub: pc.negate,
    ast.Not: pc.invert,
    ast.And: pc.and_kleene,
    ast.Or: pc.or_kleene,
    ast.Eq: pc.equal,
    ast.NotEq: pc.not_equal,
    ast.Lt: pc.less,
    ast.LtE: pc.less_equal,
    ast.Gt: pc.greater,
    ast.GtE: pc.greater_equal,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": pc.abs,
    "coalesce": pc.coalesce,
    "concat": lambda *parts: pc.binary_join_element_wise(*map(_text, parts), pa.scalar("")),
    "date": lambda time: time.cast(pa.timestamp("us")).cast(pa.date32(), safe=False),
    "day": pc.day,
    "days_between": lambda first, last: pc.days_between(first, last),
    "floor": pc.floor,
    "hour": pc.hour,
    "length": pc.utf8_length,
    "lower": pc.utf8_lower,
    "max": lambda *values: pc.max_element_wise(*values, skip_nulls=False),
    "min": lambda *values: pc.min_element_wise(*values, skip_nulls=False),
    "month": pc.month,
    "round": lambda value, digits=None: pc.round(value, ndigits=digits.as_py() if digits else 0),
    "text": _text,
    "upper": pc.utf8_upper,
    "weekday": pc.day_of_week,
    "year": pc.year,
}


class Expression:
    """A parsed expression. Raises ValueError for anything that the language does not have."""

    def __init__(self, text: str) -> None:
        try:
            self._tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ValueError(f"not an expression: {text!r} ({error})") from None
        _check(self._tree)
        called = {node.func for node in ast.walk(self._tree) if isinstance(node, ast.Call)}
        names = [n.id for n in ast.walk(self._tree) if isinstance(n, ast.Name) and n not in called]
        self.columns = tuple(dict.fromkeys(names))

    def of(self, column: Column, rows: int) -> Any:
        """Its values. `column` gives the array of a column."""
        value = _value(self._tree, column)
        return pa.repeat(value, rows) if isinstance(value, pa.Scalar) else value


def _check(node: ast.AST, depth: int = 1) -> None:
    """ValueError for the first thing in the tree that is not in the language."""
    if depth > DEEPEST:
        raise ValueError(f"an expression nested more than {DEEPEST} deep")
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in FUNCTIONS or node.keywords:
            raise ValueError(f"no function is called {name!r}; known: {', '.join(FUNCTIONS)}")
    elif not _plain(node):
        raise ValueError(f"{ast.unparse(node)} cannot stand in an expression")
    for part in _parts(node):
        _check(part, depth + 1)


def _plain(node: ast.AST) -> bool:
    """A constant, a name, or operators that there are here."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bool | int | float)
    used = [getattr(node, "op", None), *getattr(node, "ops", [])]
    known = all(op is None or type(op) in _OPERATORS for op in used)
    return known and isinstance(node, ast.Name | ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp)


def _parts(node: ast.AST) -> list[ast.AST]:
    """The expressions inside an expression."""
    inside = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    return [part for part in inside if isinstance(part, ast.expr)]


def _value(node: ast.AST, column: Column) -> Any:
    if isinstance(node, ast.Name):
        return column(node.id)
    if isinstance(node, ast.Constant):
        value = node.value
        return pa.scalar(Decimal(repr(value)) if isinstance(value, float) else value)
    parts = [_value(part, column) for part in _parts(node)]
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return FUNCTIONS[node.func.id](*parts)
    if isinstance(node, ast.Compare):
        pairs = zip(node.ops, parts, parts[1:], strict=False)
        return reduce(pc.and_kleene, [_OPERATORS[type(op)](left, right) for op, left, right in pairs])
    if isinstance(node, ast.IfExp):
        return pc.if_else(*parts)
    assert isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp)
    compute = _OPERATORS[type(node.op)]
    return reduce(compute, parts) if len(parts) > 1 else compute(*parts)
