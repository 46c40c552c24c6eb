"""The charts as files, for use outside of Demetra."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from services.atomic_files import write_whole
from services.errors import UnavailableError
from services.snapshots import store
from services.text import Text
from services.views import Chart


class ChartCopyError(UnavailableError):
    """The folder for chart files cannot be written to."""

    code = "chart_copy"
    words = Text(
        en="The charts were published, but not copied to {folder} ({reason}). Check ML_DASHBOARD_DIR.",
        ru="Графики опубликованы, но не скопированы в {folder} ({reason}). Проверьте ML_DASHBOARD_DIR.",
    )


def copy_charts(engine: sa.Engine, folder: Path) -> None:
    """Make the files in `folder` the charts of the newest snapshot; raise `ChartCopyError`.

    Another worker process may publish and write at the same time. So after writing, the newest snapshot is
    read again, until it is the one just written.
    """
    written = None
    while (newest := _newest(engine)) and newest[0].run_id != written:
        write_charts(newest, folder)
        written = newest[0].run_id


def write_charts(charts: Iterable[Chart], folder: Path) -> None:
    """Write each chart to `folder`/SLUG.png; a reader sees the old or the new file, never a part.

    Other users may have write access to the folder: a link at that path is replaced by the chart.

    Raises `ChartCopyError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for chart in charts:
            write_whole(folder / f"{chart.slug}.png", chart.png)
    except OSError as error:
        raise ChartCopyError(folder=folder, reason=error.strerror or error) from error


def _newest(engine: sa.Engine) -> tuple[Chart, ...]:
    with engine.connect() as connection:
        return store.charts(connection)
