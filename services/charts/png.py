"""Rendering of a figure as a small PNG with a palette of 256 colours.

Charts have few colours, so a palette makes the file smaller without visible loss. The palette is computed
from every sixth pixel of every sixth line; a finer sample takes ten times as long with the same result.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from services.errors import ChartError
from services.text import Text

Colour = tuple[int, int, int]

CHART_DPI = 300
PREVIEW_WIDTH = 1800  # twice the width of a card on a wide screen, for high-density displays
_COLOURS = 256
_FLAT, _FLAT_PART = 64, 0.0005  # at most so many colours are kept exactly, each above this share of pixels
_SAMPLING = 6
_DISTANCE = 10
_LEAST_INK = 0.0005  # share of the pixels that must differ from the background
_BLANK = Text(en="it is blank", ru="он пустой")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, its size in pixels, the SHA-256 of its bytes in hexadecimal, and a smaller preview.

    `preview` is the same image for the page, at least `PREVIEW_WIDTH` pixels wide. It has a quarter of the
    pixels, so a browser decodes it in a quarter of the time. None where the image is that small itself.
    """

    png: bytes
    width: int
    height: int
    sha256: str
    preview: bytes | None


def to_png(figure: Figure, dpi: int = CHART_DPI) -> Picture:
    """Return the figure as a PNG of `dpi` pixels per inch; the same figure gives the same bytes.

    Raises `ChartError` for a blank image.
    """
    whole = rendered(figure, dpi)
    image = _with_palette(whole, _palette_image(whole))
    check_ink(image)
    png = _packed(image, dpi)
    times = whole.width // PREVIEW_WIDTH
    preview = _packed(_with_palette(whole.reduce(times), image), dpi / times) if times > 1 else None
    return Picture(png, image.width, image.height, hashlib.sha256(png).hexdigest(), preview)


def rendered(figure: Figure, dpi: int) -> Image.Image:
    """Return the figure as an RGB image."""
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    size, pixels = canvas.get_width_height(), canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    return Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")


def check_ink(image: Image.Image) -> None:
    """Raise `ChartError` if an image is blank: nearly all pixels have one colour."""
    shades = (image if image.mode == "P" else image.convert("L")).histogram()
    if 1 - max(shades) / sum(shades) < _LEAST_INK:
        raise ChartError(reason=_BLANK)


def _palette_image(image: Image.Image) -> Image.Image:
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in _palette_of(_sample(image)) for part in colour])
    return palette


def _with_palette(image: Image.Image, palette: Image.Image) -> Image.Image:
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def _packed(image: Image.Image, dpi: float) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=6, dpi=(dpi, dpi))
    return file.getvalue()


def _sample(image: Image.Image) -> Image.Image:
    size = max(1, image.width // _SAMPLING), max(1, image.height // _SAMPLING)
    return image.resize(size, Image.Resampling.NEAREST)


def _palette_of(sample: Image.Image) -> list[Colour]:
    """Return the palette: exact colours of large areas, and a median cut of all other colours."""
    pixels = sample.width * sample.height
    counted = sorted(sample.getcolors(pixels) or [], reverse=True)
    large: list[Any] = [colour for count, colour in counted if count > _FLAT_PART * pixels]
    flat = _apart([], large)[:_FLAT]
    mixed = sample.quantize(_COLOURS - len(flat), method=Image.Quantize.MEDIANCUT).getpalette() or []
    return _apart(flat, zip(mixed[::3], mixed[1::3], mixed[2::3], strict=True))


def _apart(kept: list[Colour], more: Iterable[Colour]) -> list[Colour]:
    """Return `kept` and those colours of `more` that are far enough from all before them.

    Pillow compares colours in steps of four levels, so it could map a pixel to a near neighbour of its exact
    colour in the palette.
    """
    chosen = list(kept)
    for new in more:
        if all(max(abs(a - b) for a, b in zip(new, old, strict=True)) >= _DISTANCE for old in chosen):
            chosen.append(new)
    return chosen
