"""Contradictions between the places where a run speaks of the budget, in a thousand varied accounts."""

from __future__ import annotations

import secrets
import sys

from tests.benchmarks.table import at_most, show
from tests.page.places import contradictions, places_of
from tests.page.varied_accounts import MAKERS

ACCOUNTS = 1000


def main() -> None:
    """Print how many of the accounts have any contradiction, and those found, with world and seed."""
    each, start = -(-ACCOUNTS // len(MAKERS)), secrets.randbelow(10**6)
    found = [(name, seed, text) for name in MAKERS for seed, text in _found(name, start, each)]
    for name, seed, text in found:
        sys.stderr.write(f"{name}, seed {seed}: {text}\n")
    wrong = {(name, seed) for name, seed, _ in found}
    what = f"accounts in which two places give different advice, of {each * len(MAKERS)}"
    show("One advice", [at_most(what, len(wrong), 0, "{:.0f}")])


def _found(name: str, start: int, number: int) -> list[tuple[int, str]]:
    """Return the seed and the text of each contradiction in some accounts of one world."""
    return [
        (seed, text)
        for seed in range(start, start + number)
        for days, options in [MAKERS[name](seed)]
        for text in contradictions(places_of(days, **options))
    ]


if __name__ == "__main__":
    main()
