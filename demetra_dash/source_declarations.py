"""The sources of an installation: the file of the settings, with secrets from the environment and `.env`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from demetra_dash.env_file import read_env_file
from demetra_dash.settings import Settings
from services.sources.declarations import Declarations


def declared_sources(settings: Settings) -> Declarations:
    """Return the declarations of the file that the settings name."""
    return Declarations(settings.sources_file, _environment, may_be_missing=settings.sources_path is None)


def _environment() -> Mapping[str, str]:
    """Return the values of the environment, and those of `.env` for variables that are not set there."""
    return {
        **read_env_file(Path(".env")).values,
        **{name: value for name, value in os.environ.items() if value},
    }
