"""Answers compressed with Brotli or gzip.

Dash would do it by itself (`compress=True`), but then overwrites the choice of algorithms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_compress import Compress

from demetra_dash.api.failures import PROBLEM_TYPE

if TYPE_CHECKING:
    from flask import Flask

COMPRESSED_TYPES = [
    "text/html",
    "text/css",
    "text/csv",
    "text/javascript",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    PROBLEM_TYPE,
    "image/svg+xml",
]
"""Not in here: PNG and WOFF2, which are compressed already."""


def compress(server: Flask) -> None:
    """Compress what `server` answers, where it pays and the caller accepts it."""
    server.config.update(
        COMPRESS_MIMETYPES=COMPRESSED_TYPES,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
        COMPRESS_LEVEL=6,
        COMPRESS_MIN_SIZE=500,
    )
    Compress(server)
