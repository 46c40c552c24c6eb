"""Authentication, authorisation and protection of the HTTP interface.

proxies         client addresses: forwarded headers count only from trusted proxies
gate            checks of every request: host, limits, identity, rights
addresses       malformed request addresses
hosts           the host names that Demetra answers to
limits          requests per minute, bytes of a body
identity        the user of a request and their role
tokens          authentication by signed tokens (JWT)
links           signed links for portals without single sign-on
csrf            cross-site requests that would change something
headers         security headers of the answers
audit           the audit log of changes and refused attempts
combinations    settings that must not be combined
self_check      the answer to `demetra doctor` about the proxy in front
setting_values  parsing of this package's settings
visitors        user and audit log, as the callbacks see them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from dash import Dash

    from demetra_dash.metrics import Metrics
    from demetra_dash.settings import Settings


def protect(app: Dash, settings: Settings, metrics: Metrics, fast: WSGIApplication | None = None) -> None:
    """Put the gate before `app` and the headers on its answers, once all callbacks are registered.

    `fast` is WSGI middleware around `app` that answers some requests by itself; the gate runs before it.
    """
    # Imported here: these modules import the settings, and the settings import this package.
    from demetra_dash.path_prefix import under_prefix
    from demetra_dash.security import audit
    from demetra_dash.security.gate import Gate, guard
    from demetra_dash.security.headers import apply_headers
    from demetra_dash.security.proxies import behind_proxies
    from demetra_dash.security.self_check import answering_doctor

    audit.open_log(settings.audit_log)
    server = app.server
    guard(server, metrics.count_refused)
    apply_headers(app, settings)
    flask = server.wsgi_app
    gate = under_prefix(Gate(fast or flask, flask, settings), settings.path_prefix)
    believing = behind_proxies(
        gate,
        settings.trusted_proxies,
        settings.proxy_hops,
        metrics.count_dropped,
        secret=settings.proxy_secret,
    )
    server.wsgi_app = answering_doctor(believing, settings)
