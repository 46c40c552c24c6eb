from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from matplotlib.figure import Figure
from PIL import Image, ImageChops, ImageStat

from services.charts import style
from services.charts.png import check_ink, to_png
from services.errors import ChartError


def figure_with_bar(colour: str = "#D55E00") -> Figure:
    figure = style.canvas("A title", "A subtitle")
    target = style.axes(figure, 1, 1, 10, 3)
    target.barh([0, 1], [3, 4], color=colour)
    return figure


def test_a_picture_tells_its_size_and_its_fingerprint() -> None:
    picture = to_png(figure_with_bar(), 50)

    assert (picture.width, picture.height) == Image.open(BytesIO(picture.png)).size == (600, 300)
    assert picture.sha256 == hashlib.sha256(picture.png).hexdigest()


def test_a_picture_has_a_palette_and_not_more_than_256_colours() -> None:
    image = Image.open(BytesIO(to_png(figure_with_bar(), 100).png))

    assert image.mode == "P"
    colours = image.getcolors(10_000_000)
    assert colours is not None
    assert len(colours) <= 256


@pytest.mark.parametrize("colour", ["#D55E00", "#FEFEFE", "#0072B2", "#FDF6E9"])
def test_ground_and_bars_keep_their_colours_exactly(colour: str) -> None:
    image = Image.open(BytesIO(to_png(figure_with_bar(colour), 100).png)).convert("RGB")

    expected = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    close = max(abs(part - 255) for part in expected) < 10
    assert image.getpixel((2, 2)) == (255, 255, 255)
    assert image.getpixel((300, 430)) == ((255, 255, 255) if close else expected)


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert to_png(figure_with_bar(), 80) == to_png(figure_with_bar(), 80)


@pytest.mark.parametrize(("dpi", "width"), [(300, 1800), (450, 1800), (299, None), (100, None)])
def test_a_large_picture_comes_with_a_small_one_for_the_page(dpi: int, width: int | None) -> None:
    preview = to_png(figure_with_bar(), dpi).preview

    assert width == (preview and Image.open(BytesIO(preview)).width)


def test_the_small_picture_is_like_the_large_one() -> None:
    picture = to_png(figure_with_bar(), 300)
    assert picture.preview is not None
    small, large = (Image.open(BytesIO(png)).convert("RGB") for png in (picture.preview, picture.png))
    difference = ImageChops.difference(small, large.resize(small.size, Image.Resampling.BOX))

    assert small.size == (1800, 900)
    assert max(ImageStat.Stat(difference).mean) < 0.5


def test_a_blank_figure_is_refused() -> None:
    with pytest.raises(ChartError, match="blank"):
        to_png(Figure(figsize=(6, 3)), 100)


@pytest.mark.parametrize("ground", ["white", "black", "#1E6B4A"])
def test_a_picture_of_one_colour_is_blank(ground: str) -> None:
    image = Image.new("RGB", (600, 300), ground)
    image.putpixel((10, 10), (128, 128, 128))

    with pytest.raises(ChartError, match="blank"):
        check_ink(image)
