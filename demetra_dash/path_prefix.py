"""Serving under a path such as /marketing/roi/, whether the proxy in front strips it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def under_prefix(wsgi: WSGIApplication, prefix: str) -> WSGIApplication:
    """Return `wsgi` with `prefix` (with both slashes) taken off the paths that begin with it.

    Paths that come without it are left as they are: the proxy has stripped it, or a probe asks
    directly. Either way Flask learns the prefix, so that its redirects lead back to it.
    """
    mount = prefix.rstrip("/")
    if not mount:
        return wsgi

    def mounted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == mount or path.startswith(prefix):
            environ["PATH_INFO"] = path[len(mount) :] or "/"
        environ["SCRIPT_NAME"] = mount
        return wsgi(environ, start_response)

    return mounted
