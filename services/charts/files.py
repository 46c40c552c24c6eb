"""The charts as files, for those who show them elsewhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from services.errors import UnavailableError
from services.text import Text
from services.views import Chart


class ChartCopyError(UnavailableError):
    """The folder for chart files cannot be written to."""

    code = "chart_copy"
    words = Text(
        en="The charts were published, but not copied to {folder} ({reason}). Check ML_DASHBOARD_DIR.",
        ru="Графики опубликованы, но не скопированы в {folder} ({reason}). Проверьте ML_DASHBOARD_DIR.",
    )


def write_charts(charts: Iterable[Chart], folder: Path) -> None:
    """Write each picture to `folder`/SLUG.png; a reader sees the old or the new file, never a part.

    Raises `ChartCopyError`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for chart in charts:
            _replace(folder / f"{chart.slug}.png", chart.png)
    except OSError as error:
        raise ChartCopyError(folder=folder, reason=error.strerror or error) from error


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
