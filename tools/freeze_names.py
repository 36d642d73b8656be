"""Write the first and last names of each country, and how frequent they are, as package data.

Run by hand: `python tools/freeze_names.py`; then raise NAMES_VERSION in sbdk/synth/vocab. 256 first and 256 last names
a country, the most frequent first. Each has some of 1,024 slots, as its frequency says (see sbdk/synth/columns/names).

Sources: Faker's lists (MIT licence). Frequencies are those of Faker for the US (Social Security Administration 1960 to
1999, census), New Zealand (births; for Australia), Wallonia (Statbel 2022, for French first names) and British last
names. Where a list has an order only, frequencies follow the law of Mandelbrot (1953): a share falls as
(rank + b)^−a, with a and b fitted to Faker's American names.
"""

from __future__ import annotations

import importlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path

from sbdk.synth.columns import apportion

TOOLS = Path(__file__).parent
OUT = TOOLS.parent / "src/sbdk/synth/vocab/names.json"
SIZE, SLOTS = 256, 1_024
FIRST_LAW, LAST_LAW = (0.9, 11), (0.7, 3)
"""a and b, by least Kullback–Leibler divergence from en_US: women's first 128 names, and the first 256 last names."""
QUEBEC = 0.22
"""The share of Canadians whose first official language is French (census of 2021)."""

_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o"})
_PARTICLES = ["van", "von", "der", "den", "de", "la", "le", "du", "da", "dos", "zu", "zur"]
_NO_NAMES = {"Heydrich"}

Weights = dict[str, float]
Readings = dict[str, str]


def ascii_form(name: str) -> str:
    """Lower-case letters a–z only, as in an e-mail address: Jürgen → juergen, O'Connor → oconnor."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_SPELT))
    return re.sub(r"[^a-z]", "", plain)


def well_formed(name: str) -> bool:
    """One name in capitals, after particles if any: "van der Dussen", not "Dussen van", "Grein Groth" or "Hans D."."""
    *particles, word = name.split()
    fits = all(particle.lower() in _PARTICLES for particle in particles) and word.lower() not in _PARTICLES
    return fits and word[0].isupper() and not re.search(r"[.\d]", name) and name not in _NO_NAMES


def faker_list(locale: str, attribute: str) -> Weights | list[str]:
    found = getattr(importlib.import_module(f"faker.providers.person.{locale}").Provider, attribute)
    if hasattr(found, "keys"):
        return {name: float(weight) for name, weight in found.items() if well_formed(name)}
    return [name for name in dict.fromkeys(found) if well_formed(name)]


def ordered(locale: str, attribute: str) -> list[str]:
    return list(faker_list(locale, attribute))


def weighted(locale: str, attribute: str) -> Weights:
    found = faker_list(locale, attribute)
    assert isinstance(found, dict), f"{locale}.{attribute} has no frequencies"
    return found


def by_rank(names: Iterable[str], law: tuple[float, float]) -> Weights:
    """Mandelbrot's law over names in the order of their frequency."""
    exponent, offset = law
    return {name: (rank + offset) ** -exponent for rank, name in enumerate(dict.fromkeys(names), 1)}


def share(weights: Weights) -> Weights:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def mixed(one: Weights, other: Weights, part: float) -> Weights:
    """The names of two groups of people; `part` is the second one's share of all."""
    one, other = share(one), share(other)
    return {
        name: (1 - part) * one.get(name, 0.0) + part * other.get(name, 0.0) for name in dict.fromkeys([*one, *other])
    }


def shuffled(names: Iterable[str]) -> list[str]:
    """An order without meaning, always the same: where a list has none, no letter is preferred."""
    return sorted(names, key=lambda name: blake2b(name.encode(), digest_size=8).digest())


def in_turn(*lists: list[str]) -> list[str]:
    """A name of each list, again and again."""
    return [names[place] for place in range(max(map(len, lists))) for names in lists if place < len(names)]


def common(heading: str) -> list[str]:
    """Frequent names of countries whose lists in Faker say nothing of frequency, in the order of it."""
    parts = (TOOLS / "common_names.txt").read_text("utf-8").split("\n\n")
    found = dict(part.strip().split("\n", 1) for part in parts)[heading]
    return found.split()


def french(attribute: str) -> Weights:
    """French first names (of Faker's lists of France, Québec and Romandy) as frequent as in Wallonia."""
    frequencies = weighted("fr_BE", attribute)
    names = shuffled({name for locale in ("fr_FR", "fr_CA", "fr_CH") for name in ordered(locale, attribute)})
    modern = [name for name in common("FR first") if name in frequencies]
    return {name: frequencies.get(name, min(frequencies.values())) for name in [*modern, *names]}


def german(attribute: str) -> Weights:
    """The common names and, in turn, those German names that the register of Switzerland has, in its order."""
    names = ordered("de_DE", attribute)
    swiss = [name for name in ordered("de_CH", attribute) if name in set(names)]
    young = [name for name in common("DE first") if name in {*names, *ordered("de_CH", attribute)}]
    return by_rank([*in_turn(young, swiss), *shuffled(names)], FIRST_LAW)


def german_last() -> Weights:
    names = ordered("de_DE", "last_names")
    elsewhere = {*ordered("de_AT", "last_names"), *ordered("de_CH", "last_names")}
    known = [name for name in names if name in elsewhere]
    return by_rank([*common("DE last"), *shuffled(known), *shuffled(names)], LAST_LAW)


def japanese() -> tuple[list[Readings], Readings]:
    """Common last names, women's and men's names with their Hepburn reading, without long-vowel marks, as in e-mail."""
    parts = (TOOLS / "japanese_names.txt").read_text("utf-8").split("\n\n")
    lists = [dict(line.split() for line in part.strip().split("\n")) for part in parts]
    return lists, {name: reading for names in lists for name, reading in names.items()}


def sources() -> dict[str, tuple[Weights, Weights, Weights]]:
    """Women's, men's and last names of each country."""
    kinds = ("first_names_female", "first_names_male")
    american = [weighted("en_US", kind) for kind in kinds]
    canadian = [mixed(names, french(kind), QUEBEC) for names, kind in zip(american, kinds, strict=True)]
    family, women, men = (list(names) for names in japanese()[0])
    british_last, quebec_last = weighted("en_GB", "last_names"), by_rank(ordered("fr_CA", "last_names"), LAST_LAW)
    british = [by_rank(ordered("en_GB", kind), FIRST_LAW) for kind in kinds]
    return {
        "US": (american[0], american[1], weighted("en_US", "last_names")),
        "CA": (canadian[0], canadian[1], mixed(weighted("en_US", "last_names"), quebec_last, QUEBEC)),
        "GB": (british[0], british[1], british_last),
        "AU": (
            weighted("en_NZ", kinds[0]),
            weighted("en_NZ", kinds[1]),
            mixed(british_last, weighted("en_NZ", "last_names"), 0.5),
        ),
        "FR": (french(kinds[0]), french(kinds[1]), by_rank(ordered("fr_FR", "last_names"), LAST_LAW)),
        "DE": (german(kinds[0]), german(kinds[1]), german_last()),
        "JP": (by_rank(women, FIRST_LAW), by_rank(men, FIRST_LAW), by_rank(family, LAST_LAW)),
    }


def most_frequent(weights: Weights, readings: Mapping[str, str]) -> Weights:
    """The 256 most frequent, no two of one spelling in letters a–z, each of 2 to 14 letters."""
    spelt: dict[str, str] = {}
    for name in sorted(weights, key=lambda name: -weights[name]):
        spelling = readings.get(name) or ascii_form(name)
        if 2 <= len(spelling) <= 14:
            spelt.setdefault(spelling, name)
    assert len(spelt) >= SIZE, len(spelt)
    return {name: weights[name] for name in list(spelt.values())[:SIZE]}


def laid_out(countries: Mapping[str, dict[str, int]]) -> dict[str, list[int]]:
    """By country the position of the name at each of the slots; the countries give spellings and numbers of slots.

    A spelling takes slots that it has in another country first, so that it has few in all: they number its e-mails.
    """
    owned: dict[str, set[int]] = {}
    layout = {}
    for country, wanted in countries.items():
        at: dict[int, int] = {}
        for fresh in (False, True):
            for position, (spelling, number) in enumerate(wanted.items()):
                mine = owned.setdefault(spelling, set())
                missing = number - sum(1 for name in at.values() if name == position)
                candidates = [slot for slot in (range(SLOTS) if fresh else sorted(mine)) if slot not in at]
                for slot in candidates[:missing]:
                    at[slot] = position
                    mine.add(slot)
        layout[country] = [at[slot] for slot in range(SLOTS)]
    return layout


def main() -> None:
    readings = japanese()[1]
    data: dict[str, dict[str, list[object]]] = {}
    slots: dict[str, dict[str, dict[str, int]]] = {"first": {}, "last": {}}
    for country, (women, men, last) in sources().items():
        first = most_frequent(mixed(women, men, 0.5), readings)
        women, men = share(women), share(men)
        female = [round(women.get(n, 0.0) / (women.get(n, 0.0) + men.get(n, 0.0)), 2) for n in first]
        data[country] = {"female": list(female)}
        for kind, names in (("first", first), ("last", most_frequent(last, readings))):
            spelt = [readings.get(name) or ascii_form(name) for name in names]
            data[country] |= {kind: list(names), f"{kind}_ascii": list(spelt)}
            counts = apportion(list(names.values()), SLOTS).tolist()
            slots[kind][country] = dict(zip(spelt, counts, strict=True))
    for kind, countries in slots.items():
        for country, layout in laid_out(countries).items():
            data[country][f"{kind}_slots"] = list(layout)
    lines = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).replace("\n   ", " ").replace("\n  ]", " ]")
    OUT.write_text(lines + "\n", encoding="utf-8")
    print(f"wrote {OUT.name}, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
