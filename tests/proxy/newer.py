"""A web process of a later version, as after a redeploy: python -m tests.proxy.newer"""

from __future__ import annotations

import os
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from tests.proxy.parts import HOST


def application() -> Any:
    """Return the WSGI application of a version that is still to come."""
    from demetra_dash import app
    from demetra_dash.settings import read_settings

    app.version = lambda _: "99.0"  # type: ignore[assignment]
    return app.create_app(read_settings()).server


if __name__ == "__main__":
    Granian(
        "tests.proxy.newer:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=HOST,
        port=int(os.environ["DEMETRA_PORT"]),
        log_level=LogLevels.error,
    ).serve()
