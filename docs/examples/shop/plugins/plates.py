"""Number plates: a generator of our own, as a function."""

from sbdk.synth.columns import between
from sbdk.synth.declared import Rows, generator

ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ"


@generator("plate")
def plate(rows: Rows, letters: int = 1) -> list[str]:
    """B-AB 123. The parameters after `rows` are the options that a data set may give."""
    words = [""] * len(rows)
    for place in range(letters):
        codes = between(rows.bits(f"letter {place}"), 0, len(ALPHABET) - 1)
        words = [word + ALPHABET[code] for word, code in zip(words, codes, strict=True)]
    numbers = between(rows.bits("number"), 100, 999)
    return [f"B-{word} {number}" for word, number in zip(words, numbers, strict=True)]
