"""What every dashboard keeps to; a new one is tested here without a line of its own."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text as Label
from matplotlib.transforms import Bbox
from PIL import Image

from services.charts.png import Picture, rendered, to_png
from services.dashboards import DASHBOARDS, Dashboard, by_slug
from services.database.tables import sync_runs
from services.errors import UnknownDashboardError
from services.text import LANGS, Lang
from tests.dashboards.made_up import context, labels, results, told, words

ADDED_BY_THE_SNAPSHOT = {"id", "run_id", "created_at"}

every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.slug)
every_language = pytest.mark.parametrize("lang", LANGS)


def drawn_columns(dashboard: Dashboard) -> set[str]:
    return {column.name for column in dashboard.table.columns} - ADDED_BY_THE_SNAPSHOT


@every_dashboard
def test_rows_have_every_column_of_the_table(dashboard: Dashboard) -> None:
    rows = dashboard.rows(results())

    assert rows
    assert all(set(row) == drawn_columns(dashboard) for row in rows)


# Numbers that are equal in all rows, or behind others that the page shows, are in the table and the CSV only.
ONLY_STORED = {
    *("total_budget", "plan_effect_p10", "plan_effect_p50", "plan_effect_p90", "period_days", "data_days"),
    *("roi_pred", "marginal_roi_before", "marginal_roi_after", "p_increase"),
}


def only_stored(dashboard: Dashboard) -> set[str]:
    return ONLY_STORED if dashboard.slug == "budget-recommendations" else set()


@every_dashboard
def test_the_page_shows_every_column_with_a_title_in_both_languages(dashboard: Dashboard) -> None:
    shown = [column.name for column in dashboard.columns]

    assert sorted(shown) == sorted(drawn_columns(dashboard) - only_stored(dashboard))
    assert all(column.title[lang].strip() for column in dashboard.columns for lang in LANGS)
    for lang in LANGS:
        assert len({column.title[lang] for column in dashboard.columns}) == len(shown)


@every_dashboard
def test_the_database_keeps_rows_as_they_are(dashboard: Dashboard, connection: sa.Connection) -> None:
    rows = dashboard.rows(results(channels=12, past=30))
    run_id = connection.execute(
        sa.insert(sync_runs).values(trigger="test", state="succeeded").returning(sync_runs.c.id)
    ).scalar_one()

    stamps = {"run_id": run_id, "created_at": datetime(2026, 11, 23, tzinfo=UTC)}
    connection.execute(sa.insert(dashboard.table), [{**row, **stamps} for row in rows])
    kept = connection.execute(
        sa.select(*(dashboard.table.c[name] for name in rows[0])).order_by(dashboard.table.c.id)
    )

    assert [dict(row._mapping) for row in kept] == rows


@every_dashboard
def test_values_are_plain_and_finite(dashboard: Dashboard) -> None:
    values = [value for row in dashboard.rows(results(past=10)) for value in row.values()]

    assert {type(value) for value in values} <= {str, int, float, Decimal, date, type(None)}
    assert all(math.isfinite(value) for value in values if isinstance(value, float | Decimal))


@every_dashboard
def test_frames_handed_in_stay_as_they_were(dashboard: Dashboard) -> None:
    given, same = results(channels=3, past=40), results(channels=3, past=40)

    rows = dashboard.rows(given)
    copies = [dict(row) for row in rows]
    dashboard.draw(rows, context())

    assert given.days.equals(same.days)
    assert given.prediction.daily.equals(same.prediction.daily)
    assert given.prediction.channels.equals(same.prediction.channels)
    assert rows == copies


@every_dashboard
@pytest.mark.parametrize(
    ("lang", "channels", "past"),
    [("ru", 1, 1), ("en", 2, 182), ("en", 6, 60), ("en", 40, 182), ("ru", 12, 182)],
)
def test_no_word_is_cut_off_or_overprinted(
    dashboard: Dashboard, lang: Lang, channels: int, past: int
) -> None:
    given = results(channels=channels, past=past, unspent=1200)
    figure = dashboard.draw(dashboard.rows(given), told(given, lang))

    assert dashboard.title[lang] in words(figure)
    assert outside(figure) == []
    assert overprinted(figure) == []


@every_dashboard
@every_language
def test_a_snapshot_without_rows_says_so(dashboard: Dashboard, lang: Lang) -> None:
    figure = dashboard.draw([], context(lang))

    assert words(figure)[0] == dashboard.title[lang]
    assert len(words(figure)) == 2
    assert dashboard.headline([], context(lang)).endswith(".")


@every_dashboard
def test_values_that_do_not_exist_are_drawn_as_nothing(dashboard: Dashboard) -> None:
    optional = {column.name for column in dashboard.table.columns if column.nullable}
    rows = [
        {**row, **{name: None for name in row if name in optional}}
        for row in dashboard.rows(results(channels=3, past=20))
    ]

    assert to_png(dashboard.draw(rows, context()), 50)
    assert reads_well(dashboard.headline(rows, context()))


@every_dashboard
@pytest.mark.parametrize("factor", [0.0, -1.0, 1e4, 1e12])
def test_zero_negative_and_huge_values_are_drawn(dashboard: Dashboard, factor: float) -> None:
    rows: list[dict[str, Any]] = [
        {k: scaled(v, factor) for k, v in row.items()} for row in dashboard.rows(results(channels=2, past=9))
    ]
    if factor < 0:
        rows = [{k: abs(v) if isinstance(v, Decimal) else v for k, v in row.items()} for row in rows]

    figure = dashboard.draw(rows, context("ru"))

    assert to_png(figure, 50)
    assert overprinted(figure) == [] or factor > 1e9
    assert reads_well(dashboard.headline(rows, context("ru")))


@every_dashboard
def test_currency_signs_are_drawn_literally(dashboard: Dashboard) -> None:
    figure = dashboard.draw(dashboard.rows(results(channels=1, past=20)), context(currency="$"))

    assert not any(label.get_parse_math() for label in labels(figure) if "$" in label.get_text())


@every_dashboard
@every_language
@pytest.mark.parametrize("channels", [1, 2, 12])
def test_the_finding_is_one_sentence(dashboard: Dashboard, lang: Lang, channels: int) -> None:
    given = results(channels=channels)

    headline = dashboard.headline(dashboard.rows(given), told(given, lang))

    assert reads_well(headline)
    names = {"any channel", "ни у одного канала", *results(12).days["channel"]}
    assert any(name in headline for name in names)


@every_dashboard
def test_languages_write_different_pictures_of_the_same_values(dashboard: Dashboard) -> None:
    rows = dashboard.rows(results(channels=1, past=20))

    english, russian = (words(dashboard.draw(rows, context(lang))) for lang in LANGS)

    assert english != russian
    assert not any(re.search("[а-я]", word) for word in english)


def test_pictures_at_300_dpi_are_small_and_show_no_loss() -> None:
    figures = [dashboard.draw(dashboard.rows(results()), context()) for dashboard in DASHBOARDS]

    pictures = [to_png(figure, 300) for figure in figures]

    assert [(picture.width, picture.height) for picture in pictures] == [(3600, 1800)] * len(pictures)
    assert sum(len(picture.png) for picture in pictures) <= 150_000 * len(pictures)
    for figure, picture in zip(figures, pictures, strict=True):
        assert similarity(np.asarray(rendered(figure, 300).convert("L"), float), grey(picture)) >= 0.98


def test_pictures_come_out_the_same_from_several_threads_at_once() -> None:
    rows = [dashboard.rows(results(channels=3, past=60)) for dashboard in DASHBOARDS]

    def picture(place: int) -> Picture:
        return to_png(DASHBOARDS[place % 4].draw(rows[place % 4], context()), 60)

    with ThreadPoolExecutor(4) as threads:
        pictures = list(threads.map(picture, range(6)))

    assert pictures == [picture(place) for place in range(6)]


def test_drawing_leaves_no_figure_in_global_pyplot() -> None:
    for dashboard in DASHBOARDS:
        dashboard.draw(dashboard.rows(results(channels=2, past=10)), context())

    assert plt.get_fignums() == []


def test_reading_the_dashboards_loads_no_heavy_library() -> None:
    heavy = ("pandas", "numpy", "matplotlib", "seaborn", "sklearn", "scipy", "PIL")
    script = (
        "import sys; from services.dashboards import DASHBOARDS, by_slug; by_slug(DASHBOARDS[0].slug);"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"


def test_slugs_find_their_dashboard() -> None:
    found = [by_slug(dashboard.slug) for dashboard in DASHBOARDS]

    assert found == list(DASHBOARDS)


def test_an_unknown_slug_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownDashboardError, match="roi-forecast, roi-timeseries"):
        by_slug("roi-forcast")


def scaled(value: object, factor: float) -> object:
    if isinstance(value, Decimal):
        return value * Decimal(factor)
    return value * factor if isinstance(value, float) else value


def reads_well(sentence: str) -> bool:
    return (
        sentence.endswith(".")
        and not re.search(r"nan|None|inf\b|[{}]|\.\.$", sentence)
        and sentence.count("(") == sentence.count(")")
    )


def outside(figure: Figure) -> list[str]:
    """Words that do not fit on the picture."""
    whole = figure.bbox.padded(1)
    return [
        label.get_text()
        for label in labels(figure)
        if not (
            whole.contains(*label.get_window_extent().p0) and whole.contains(*label.get_window_extent().p1)
        )
    ]


def overprinted(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of words that stand on each other; boxes may touch by two pixels."""

    def box(label: Label) -> Bbox:
        return label.get_window_extent().padded(-2)

    return [
        (one.get_text(), other.get_text())
        for one, other in combinations(labels(figure), 2)
        if box(one).overlaps(box(other))
    ]


def grey(picture: Picture) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(picture.png)).convert("L"), float)


def similarity(one: np.ndarray, other: np.ndarray) -> float:
    """Return the mean structural similarity (Wang et al. 2004) of two grey pictures in blocks of 8 x 8."""
    blocks = [picture.reshape(picture.shape[0] // 8, 8, picture.shape[1] // 8, 8) for picture in (one, other)]
    (mean_a, mean_b), (var_a, var_b) = ([f(b, axis=(1, 3)) for b in blocks] for f in (np.mean, np.var))
    covariance = np.mean(blocks[0] * blocks[1], axis=(1, 3)) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return float(np.mean(luminance * (2 * covariance + c2) / (var_a + var_b + c2)))
