"""Small pictures: a drawn figure becomes a PNG with a palette of 256 colours.

Charts have few colours, so a palette takes a part of the bytes and no visible quality. It is found
on every sixth pixel of every sixth line; a finer look takes ten times as long and finds the same.
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
PREVIEW_WIDTH = 1800  # twice a card's on a wide screen, for screens with small pixels
_COLOURS = 256
_FLAT, _FLAT_PART = 64, 0.0005  # most colours kept exactly, and the part of the picture they fill
_SAMPLING = 6
_DISTANCE = 10
_LEAST_INK = 0.0005  # the part of a picture that must differ from its ground
_BLANK = Text(en="it is blank", ru="он пустой")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, its size in pixels and the SHA-256 of its bytes in hexadecimal; and a smaller one.

    `preview` is the same for the page, `PREVIEW_WIDTH` pixels wide or a little more: a quarter of the
    pixels, which a browser unpacks in a quarter of the time. None where the picture is that small itself.
    """

    png: bytes
    width: int
    height: int
    sha256: str
    preview: bytes | None


def to_png(figure: Figure, dpi: int = CHART_DPI) -> Picture:
    """Return the figure as a PNG of `dpi` pixels per inch; the same figure gives the same bytes.

    Raises ChartError rather than give a blank picture.
    """
    whole = rendered(figure, dpi)
    image = _with_palette(whole, _palette_image(whole))
    check_ink(image)
    png = _packed(image, dpi)
    times = whole.width // PREVIEW_WIDTH
    preview = _packed(_with_palette(whole.reduce(times), image), dpi / times) if times > 1 else None
    return Picture(png, image.width, image.height, hashlib.sha256(png).hexdigest(), preview)


def rendered(figure: Figure, dpi: int) -> Image.Image:
    """Return the figure drawn in full colour."""
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    size, pixels = canvas.get_width_height(), canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    return Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")


def check_ink(image: Image.Image) -> None:
    """Raise ChartError if a picture is blank: one colour, but for a speck."""
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
    """Return the flat colours of grounds and bars exactly, and the best mixtures to go with them."""
    pixels = sample.width * sample.height
    counted = sorted(sample.getcolors(pixels) or [], reverse=True)
    large: list[Any] = [colour for count, colour in counted if count > _FLAT_PART * pixels]
    flat = _apart([], large)[:_FLAT]
    mixed = sample.quantize(_COLOURS - len(flat), method=Image.Quantize.MEDIANCUT).getpalette() or []
    return _apart(flat, zip(mixed[::3], mixed[1::3], mixed[2::3], strict=True))


def _apart(kept: list[Colour], more: Iterable[Colour]) -> list[Colour]:
    """Return `kept` and those of `more` that cannot be mistaken for a colour before them.

    Pillow compares colours in steps of four levels, so a near neighbour could take the place of a
    colour that is in the palette exactly.
    """
    chosen = list(kept)
    for new in more:
        if all(max(abs(a - b) for a, b in zip(new, old, strict=True)) >= _DISTANCE for old in chosen):
            chosen.append(new)
    return chosen
