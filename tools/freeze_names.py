"""Write the first and last names of each country, from Faker's providers and our Japanese list, as package data.

Run by hand: `python tools/freeze_names.py`; then raise NAMES_VERSION in sbdk/synth/vocab. 256 first and 256 last
names a country, the most frequent first where Faker says so. **One spelling has one index in all countries**: if
"anna" is first name 17 in Germany it is 17 wherever it is a name at all. That is what makes e-mail local parts unique
by construction whatever the country (see sbdk/datasets/saas/users.py).
"""

from __future__ import annotations

import importlib
import json
import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

OUT = Path(__file__).parents[1] / "src/sbdk/synth/vocab/names.json"
SIZE = 256
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o"})
_NO_NAME = re.compile(r"^(Prof|Dr|Dipl|Ing)\b|\.| II|^Heydrich$")

Names = list[tuple[str, str]]


def ascii_form(name: str) -> str:
    """Lower-case letters a–z only, as in an e-mail address: Jürgen → juergen, O'Connor → oconnor."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_SPELT))
    return re.sub(r"[^a-z]", "", plain)


def shuffled(name: str) -> bytes:
    """An order without meaning, always the same: where a list has no frequencies, no letter is preferred."""
    return blake2b(name.encode(), digest_size=8).digest()


def faker_names(locale: str, *attributes: str) -> Names:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    weighted: dict[str, float] = {}
    for attribute in attributes:
        found = getattr(provider, attribute)
        for name in found:
            if not _NO_NAME.search(name):
                weighted[name] = max(weighted.get(name, 0.0), float(found[name]) if hasattr(found, "keys") else 1.0)
    ordered = sorted(weighted.items(), key=lambda item: (-item[1], shuffled(item[0])))
    return [(name, ascii_form(name)) for name, _ in ordered]


def first(locale: str) -> Names:
    """Women's and men's names in turn, so that the first 256 hold as many of each."""
    women, men = faker_names(locale, "first_names_female"), faker_names(locale, "first_names_male")
    return [name for pair in zip(women, men, strict=False) for name in pair] + women[len(men) :] + men[len(women) :]


def last(locale: str) -> Names:
    return faker_names(locale, "last_names")


def japanese() -> tuple[Names, Names]:
    """Common given names and surnames with their Hepburn reading, without long-vowel marks, as used in e-mail."""
    surnames, given = (Path(__file__).parent / "japanese_names.txt").read_text("utf-8").split("\n\n")
    return pairs(given), pairs(surnames)


def pairs(text: str) -> Names:
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))


def common(heading: str) -> Names:
    """Frequent names of countries whose lists in Faker say nothing of frequency."""
    parts = (Path(__file__).parent / "common_names.txt").read_text("utf-8").split("\n\n")
    found = dict(part.strip().split("\n", 1) for part in parts)[heading]
    return [(name, ascii_form(name)) for name in found.split()]


def both(one: Names, other: Names, every: int) -> Names:
    """`one` with a name of `other` after each `every` of its own."""
    mixed: Names = []
    rest = iter(other)
    for place, name in enumerate(one, 1):
        mixed.append(name)
        if place % every == 0:
            mixed += [extra for extra in [next(rest, None)] if extra]
    return mixed + list(rest)


def sources() -> dict[str, tuple[Names, Names]]:
    """Candidates of each country, the shortest lists first: they have the least to choose from."""
    return {
        "JP": japanese(),
        "FR": (common("FR first") + first("fr_FR") + first("fr_CA"), common("FR last") + last("fr_FR")),
        "GB": (first("en_GB"), last("en_GB")),
        "DE": (common("DE first") + first("de_DE"), common("DE last") + last("de_DE")),
        "US": (first("en_US"), last("en_US")),
        "CA": (both(first("en_US"), first("fr_CA"), 3), both(last("en_US"), last("fr_CA"), 3)),
        "AU": (both(first("en_GB"), first("en_NZ"), 1), both(last("en_GB"), last("en_US"), 2)),
    }


def align(lists: Iterable[Names]) -> list[list[tuple[str, str]]]:
    """256 of each list, every spelling at one index in all of them."""
    index_of: dict[str, int] = {}
    aligned = []
    for names in lists:
        chosen: dict[int, tuple[str, str]] = {}
        fresh: Names = []
        for name, spelling in names:
            if not 2 <= len(spelling) <= 14 or any(spelling == other for _, other in fresh):
                continue
            if spelling not in index_of:
                fresh.append((name, spelling))
            elif index_of[spelling] not in chosen:
                chosen[index_of[spelling]] = (name, spelling)
            if len(chosen) + len(fresh) == SIZE:
                break
        free = (index for index in range(SIZE) if index not in chosen)
        for index, (name, spelling) in zip(free, fresh, strict=True):
            index_of[spelling] = index
            chosen[index] = (name, spelling)
        assert len(chosen) == SIZE, len(chosen)
        aligned.append([chosen[index] for index in range(SIZE)])
    return aligned


def main() -> None:
    countries = sources()
    firsts = align(first_names for first_names, _ in countries.values())
    lasts = align(last_names for _, last_names in countries.values())
    data = {
        country: {
            "first": [name for name, _ in given],
            "first_ascii": [spelling for _, spelling in given],
            "last": [name for name, _ in family],
            "last_ascii": [spelling for _, spelling in family],
        }
        for country, given, family in zip(countries, firsts, lasts, strict=True)
    }
    OUT.write_text(json.dumps(data, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    print(f"wrote {OUT.name}, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
