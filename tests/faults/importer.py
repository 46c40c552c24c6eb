"""Imports one file and commits, as a process of its own that can be killed: ADDRESS FILE."""

from __future__ import annotations

import sys
from pathlib import Path

from services.database.engine import make_engine
from services.intake import import_file


def main(url: str, file: str) -> None:
    """Import the file."""
    engine = make_engine(url, name="demetra importer", pool_size=1)
    with engine.begin() as connection:
        import_file(connection, Path(file))
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
