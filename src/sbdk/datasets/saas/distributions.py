"""The distributions of the SaaS data: weights, which a project may override, and frozen quantile tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbdk.core.errors import ConfigError, suggestion
from sbdk.synth.columns import check_weights

TABLES_VERSION = 1
KNOTS = 65_536
_DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> NDArray[Any]:
    """One table, read once."""
    return np.asarray(np.load(_DATA / f"{name}.npy"))


def gamma_fraction(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantile at u in [0, 1) of Gamma(2, 1/4) truncated at 1, linear between knots: ascends with u."""
    knots = table("gamma_days")
    place = u * KNOTS
    cell = place.astype(np.int64)
    low = knots.take(cell)
    fraction: NDArray[np.float64] = (knots.take(cell + 1) - low) * (place - cell) + low
    return fraction


def gamma_share(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `gamma_fraction` on the same straight lines: the u at which the quantile is `fraction`."""
    knots = table("gamma_days")
    cell = np.searchsorted(knots, fraction, side="right") - 1
    low = knots.take(cell)
    share: NDArray[np.float64] = (cell + (fraction - low) / (knots.take(cell + 1) - low)) * (1.0 / KNOTS)
    return share


TIERS = ("bronze", "silver", "gold", "platinum")
COUNTRIES = ("US", "GB", "CA", "AU", "DE", "FR", "JP")
REFERRERS = ("google", "direct", "bing", "email", "social", "referral")
EVENT_TYPES = ("pageview", "login", "signup", "purchase", "add_to_cart", "search")
CATEGORIES = ("subscription", "addon", "renewal")
PAYMENTS = ("credit_card", "paypal", "wire")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

CURRENCIES = {"US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD", "DE": "EUR", "FR": "EUR", "JP": "JPY"}
UNITS_PER_EURO = {"USD": 103_890, "CAD": 149_480, "GBP": 82_918, "AUD": 167_720, "EUR": 100_000, "JPY": 16_306_000}
"""Hundred-thousandths: euro foreign exchange reference rates of the European Central Bank of 2024-12-31."""
WHOLE_UNITS = frozenset({"JPY"})
"""Currencies without a smaller unit (ISO 4217)."""

_EVERYWHERE = ("gmail.com", "yahoo.com", "hotmail.com", "outlook.com")
EMAIL_DOMAINS = {
    "US": _EVERYWHERE,
    "GB": ("gmail.com", "yahoo.co.uk", "hotmail.co.uk", "btinternet.com"),
    "CA": _EVERYWHERE,
    "AU": _EVERYWHERE,
    "DE": ("gmail.com", "web.de", "gmx.de", "yahoo.de"),
    "FR": _EVERYWHERE,
    "JP": ("gmail.com", "yahoo.co.jp", "hotmail.co.jp", "nifty.com"),
}


def _named(names: tuple[str, ...], *weights: float) -> dict[str, float]:
    return dict(zip(names, weights, strict=True))


WEIGHTS: dict[str, dict[str, float]] = {
    "countries": _named(COUNTRIES, 0.40, 0.15, 0.12, 0.08, 0.10, 0.08, 0.07),
    "referrers": _named(REFERRERS, 0.35, 0.25, 0.15, 0.12 * 1.3, 0.08 * 1.4, 0.05),
    "tiers": _named(TIERS, 0.60, 0.25, 0.12, 0.03),
    "weekdays": _named(WEEKDAYS, 1.7, 1.35, 1, 1, 1, 0.3, 0.65),
    "devices": {"desktop": 0.45, "mobile": 0.45, "tablet": 0.10},
    "browsers": {"chrome": 0.65, "safari": 0.18, "firefox": 0.08, "edge": 0.06, "opera": 0.02, "other": 0.01},
    "event_types.bronze": _named(EVENT_TYPES, 0.60, 0.20, 0.05, 0.03, 0.08, 0.04),
    "event_types.silver": _named(EVENT_TYPES, 0.45, 0.25, 0.02, 0.08, 0.12, 0.08),
    "event_types.gold": _named(EVENT_TYPES, 0.35, 0.20, 0.01, 0.15, 0.15, 0.14),
    "event_types.platinum": _named(EVENT_TYPES, 0.25, 0.15, 0.01, 0.25, 0.20, 0.14),
    "buying_referrers": _named(REFERRERS, 0.3, 0.2, 0, 0.4, 0.1, 0),
    "stories.bronze": {"single": 0.80, "repeat": 0.15, "loyal": 0.05},
    "stories.silver": {"single": 0.60, "repeat": 0.30, "loyal": 0.10},
    "stories.gold": {"single": 0.40, "repeat": 0.40, "loyal": 0.20},
    "stories.platinum": {"single": 0.20, "repeat": 0.30, "loyal": 0.50},
    "product_categories.first": _named(CATEGORIES, 0.6, 0.3, 0.1),
    "product_categories.later": _named(CATEGORIES, 0.3, 0.4, 0.3),
    "payment_methods.subscription": _named(PAYMENTS, 0.70, 0.25, 0.05),
    "payment_methods.addon": _named(PAYMENTS, 0.60, 0.35, 0.05),
    "payment_methods.renewal": _named(PAYMENTS, 0.80, 0.18, 0.02),
    "order_sources": {"web": 0.6, "mobile_app": 0.25, "phone": 0.10, "email_link": 0.05},
}
"""Relative weights by name; a dot in a name is a level of nesting in the configuration."""

USER_WEIGHTS = ("countries", "referrers", "tiers", "weekdays")
EVENT_WEIGHTS = (*(f"event_types.{tier}" for tier in TIERS), "buying_referrers")
SESSION_WEIGHTS = ("devices", "browsers")
ORDER_WEIGHTS = tuple(
    name for name in WEIGHTS if name.startswith(("stories", "product_categories", "payment_methods", "order_sources"))
)


Weights = dict[str, dict[str, float]]


def resolve(distributions: Mapping[str, Any]) -> Weights:
    """All weights by dotted name, those named in `distributions` replaced: a value that is not listed weighs 0.

    Accepted are a mapping from value to weight, a list in the data set's order, or {"values": […], "weights": […]}.
    Raises ConfigError, with the key's path, for an unknown name or value and for invalid weights.
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
            raise ConfigError(f"distributions.{name}: expected a mapping with the keys {', '.join(_tails(inner))}")
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
        raise ConfigError(f"{path}: expected weights, a number for each of {', '.join(names)}")
    weights = check_weights(numbers, len(values), path)
    for value in values:
        if value not in names:
            raise _unknown(f"{path}.{value}", str(value), list(names))
    return {**dict.fromkeys(names, 0.0), **dict(zip(values, weights, strict=True))}


def _unknown(path: str, name: str, known: list[str]) -> ConfigError:
    return ConfigError(f"{path}: not known", hint=suggestion(name, known))
