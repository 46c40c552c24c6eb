from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from layouts import figures, ids, notices, sparkline

ASSETS = Path(__file__).parents[2] / "assets"
TOKENS = (ASSETS / "10_tokens.css").read_text(encoding="utf-8")


def tokens(theme: str) -> dict[Any, Any]:
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{(.*?)\n\}}', TOKENS, re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: Any) -> Any:
    """WCAG 2.2, "relative luminance"."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Any, other: Any) -> Any:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stand_out_from_their_ground(theme: str) -> None:
    colour = tokens(theme)
    pairs = [
        *product(("text", "quiet", "green"), ("ground", "card")),
        *((mood, ground) for mood in ("good", "bad", "warn") for ground in ("card", f"{mood}-tint")),
        ("text", "warn-tint"),
        ("text", "bad-tint"),
        ("on-green", "green"),
        ("green", "green-tint"),
    ]

    weak = {(a, b): contrast(colour[a], colour[b]) for a, b in pairs if contrast(colour[a], colour[b]) < 4.5}
    assert weak == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_that_serve_both_themes_can_be_seen_in_both(theme: str) -> None:
    card = tokens(theme)["card"]

    for colour in (figures.REVENUE_COLOUR, figures.SPEND_COLOUR, sparkline.COLOUR):
        assert contrast(colour, card) >= 3


def test_scripts_speak_of_components_that_exist() -> None:
    scripts = {
        f.name: f.read_text(encoding="utf-8") for f in ASSETS.rglob("*.js") if f.parent.name != "vendor"
    }
    named = {
        "connection.js": (
            *(id_ for id_, _ in notices.OF_THE_CONNECTION.values()),
            *notices.OF_THE_CONNECTION,
            ids.NOTICE_EARLY,
            ids.SYNC_BAR,
            ids.TICK,
        ),
        "follow.js": (ids.TICK, ids.SYNC_BAR, ids.SYNC),
        "theme.js": (ids.THEME,),
    }

    for file, names in named.items():
        assert [name for name in names if name not in scripts[file]] == []


def test_what_others_made_carries_its_licence() -> None:
    for licence in (
        "00_bootstrap.LICENSE.txt",
        "00_regenerator-runtime.LICENSE.txt",
        "vendor/plotly.LICENSE.txt",
        "fonts/OFL.txt",
    ):
        assert "Licen" in (ASSETS / licence).read_text(encoding="utf-8") or "LICEN" in (
            ASSETS / licence
        ).read_text(encoding="utf-8")
