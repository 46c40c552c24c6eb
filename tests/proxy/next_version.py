"""A web process of a later version, as after a redeploy: python -m tests.proxy.next_version"""

from __future__ import annotations

from typing import Any

from demetra_dash.server import serve
from demetra_dash.settings import read_settings


def application() -> Any:
    """Return the WSGI application of a version that is still to come."""
    from demetra_dash import app

    vars(app)["version"] = lambda _: "99.0"
    return app.create_app(read_settings()).server


if __name__ == "__main__":
    serve(read_settings(), "tests.proxy.next_version:application")
