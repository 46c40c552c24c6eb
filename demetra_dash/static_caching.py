"""Immutable caching of static files whose address changes with their content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask, Response

ASSETS_PATH = "/assets/"
YEAR_SECONDS = 31_536_000
IMMUTABLE = f"public, max-age={YEAR_SECONDS}, immutable"


def set_immutable(server: Flask, assets: Path) -> None:
    """Let browsers and proxies cache Dash's bundles and our assets without revalidation.

    An address names one version of a file by its modification time. During a redeploy an address of another
    version may be requested; that answer must not be cached, so the time is compared. All other files are
    revalidated with every request.
    """
    marks = {
        ASSETS_PATH + file.relative_to(assets).as_posix(): str(file.stat().st_mtime)
        for file in assets.rglob("*")
        if file.is_file()
    }

    @server.after_request
    def mark_immutable(response: Response) -> Response:
        mark = marks.get(request.path)
        is_ours = mark is not None and request.args.get("m") == mark
        is_dashs = response.cache_control.max_age == YEAR_SECONDS  # set for fingerprinted bundles only
        if response.status_code in {200, 304} and (is_ours or is_dashs):
            response.headers["Cache-Control"] = IMMUTABLE
        return response
