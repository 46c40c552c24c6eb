from __future__ import annotations

from datetime import date, timedelta
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection, LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from services.charts import lines, style

LAST = date(2026, 11, 22)


def row(offset: int, actual: float | None, pred: float | None = None, channel: str = "VK") -> dict[str, Any]:
    """A day `offset` days after the last day of data."""
    values = {"m_actual": actual, "m_pred": pred, "m_low": pred, "m_high": pred}
    other = {name.replace("m_", "n_"): value for name, value in values.items()}
    return {"channel": channel, "date": LAST + timedelta(days=offset), **values, **other}


def picture(rows: list[dict[str, Any]]) -> Figure:
    figure = style.canvas("t")
    strips = [lines.Strip(n, n, lambda value: f"{value:g}", {"VK": "1 → 2"}) for n in ("m", "n")]
    lines.draw_lines(figure, rows, [lines.Facet("VK", "#0072B2")], strips, LAST, "en")
    return figure


def bands(figure: Figure) -> list[FillBetweenPolyCollection]:
    return [c for c in figure.axes[0].collections if isinstance(c, FillBetweenPolyCollection)]


def line_collections(axes: Axes) -> list[LineCollection]:
    return [c for c in axes.collections if isinstance(c, LineCollection)]


def is_from_foot_to_top(collection: LineCollection) -> bool:
    return [y for _, y in collection.get_segments()[0]] == [0, 1]


@given(st.dictionaries(st.integers(-90, 40), st.floats(-5, 5), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_points_are_the_medians_of_seven_days_counted_from_the_last_day_of_data(
    values: dict[int, float],
) -> None:
    rows = [row(-90, None), row(40, None), *(row(offset, value) for offset, value in values.items())]

    points = lines.median_days(rows, "m", LAST).set_index("step")["actual"].dropna()

    for step, value in zip(points.index.tolist(), points.tolist(), strict=True):
        days = range(int(step) * 7 + 1, int(step) * 7 + 8)
        assert value == pytest.approx(median(values[day] for day in days if day in values))
        assert days[0] > 0 or days[-1] <= 0


def test_short_histories_are_drawn_day_by_day() -> None:
    rows = [row(offset, 1.0 + offset) for offset in range(-9, 1)]

    points = lines.median_days(rows, "m", LAST)

    assert points["actual"].tolist() == [row["m_actual"] for row in rows]
    assert points["date"].tolist() == [row["date"].toordinal() for row in rows]


def test_actual_is_solid_and_predicted_dashed_in_the_same_colour() -> None:
    figure = picture([row(-2, 1, 2), row(-1, 2, 2), row(0, 3, 2), row(1, None, 2), row(2, None, 3)])

    solid, dashed = (
        {
            line
            for line in figure.axes[0].lines
            if len(np.asarray(line.get_xdata())) > 2 and line.is_dashed() is is_dashed
        }
        for is_dashed in (False, True)
    )
    assert [np.asarray(line.get_ydata()).tolist() for line in solid] == [[1, 2, 3]]
    assert [np.asarray(line.get_ydata()).tolist() for line in dashed] == [[2, 2, 2, 2, 3]]
    assert {to_hex(line.get_color()) for line in solid | dashed} == {"#0072b2"}


def test_a_thin_line_parts_the_known_days_from_those_ahead() -> None:
    figure = picture([row(-1, 1, 2), row(0, 3, 2), row(1, None, 2)])

    for axes in figure.axes:
        (uprights,) = (c for c in line_collections(axes) if is_from_foot_to_top(c))
        assert np.asarray(uprights.get_segments()[0])[:, 0] == pytest.approx(2 / 3 * axes.get_xlim()[1])


def test_the_band_is_drawn_at_18_percent_opacity() -> None:
    figure = picture([row(-1, 1, 2), row(0, 3, 2), row(1, None, 2)])

    assert bands(figure)[0].get_alpha() == 0.18


def test_no_line_bridges_days_without_a_value() -> None:
    figure = picture([row(-5, 1.0), row(-4, 2.0), row(-3, None), row(-1, 4.0), row(0, 5.0)])

    drawn = [np.asarray(line.get_ydata()).tolist() for line in figure.axes[0].lines]
    assert [1.0, 2.0] in drawn
    assert [4.0, 5.0] in drawn


def test_no_band_bridges_days_without_a_prediction() -> None:
    figure = picture([row(-6, 1.0, 1.0), row(-5, 1.0, 1.0), row(0, 1.0, 2.0), row(1, None, 2.0)])

    assert len(bands(figure)[0].get_paths()) == 2


def test_a_lone_day_is_drawn_as_a_dot() -> None:
    figure = picture([row(-2, 7.0), row(-1, None), row(0, 5.0), row(1, None, 2.0)])

    (dots,) = (c for c in figure.axes[0].collections if isinstance(c, PathCollection))
    assert sorted(np.asarray(dots.get_offsets())[:, 1]) == [2.0, 5.0, 7.0]


def test_a_wild_band_does_not_flatten_the_lines() -> None:
    figure = picture([row(0, 1.0), row(1, None, 1.2) | {"m_high": 1e9, "m_low": -1e9}])

    low, high = figure.axes[0].get_ylim()
    assert -1 <= low < 0
    assert 1.2 < high <= 2.1
