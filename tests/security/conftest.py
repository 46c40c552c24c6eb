"""The API of tests/api, asked by strangers."""

from __future__ import annotations

from tests.api.conftest import published as published
from tests.api.conftest import without_database as without_database
