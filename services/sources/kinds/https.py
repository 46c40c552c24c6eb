"""The type `https`: a file at an address, such as a report server, a presigned address, a Google Sheet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.sources.calls import Values, basic_credentials, bearer_credentials
from services.sources.dated import Filled, check_dates, filled
from services.sources.failures import SourceMissingError, SourceRedirectError, SourceSignInError
from services.sources.kind import Fetch, NewFile, Option, Secret, SourceKind, revealed
from services.sources.remote_names import name_of_download
from services.sources.web import Downloaded, Web

_SHEET = re.compile(
    r"https://docs\.google\.com/spreadsheets/(?:u/\d+/)?d/(e/)?([\w-]+)(/[a-z]*)?(.*)", re.DOTALL
)
_SHEET_ID = re.compile(r"[?&#]gid=(\d+)")
_GOOGLE_FILES = "*.googleusercontent.com"
_SIGN_IN_HOSTS = {
    *("accounts.google.com", "login.microsoftonline.com", "login.live.com", "login.yahoo.com"),
    *("passport.yandex.ru", "passport.yandex.com"),
}
_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html|<head|<body)", re.IGNORECASE)
_PASSWORD = re.compile(rb"<input[^>]*type\s*=\s*[\"']?password", re.IGNORECASE)
_HEAD_BYTES = 1 << 18


def _check_url(url: str) -> str | None:
    if not re.match(r"https?://[^/\s]", url):
        return "an address that begins with https://"
    return check_dates(url)


def _read(fetch: Fetch) -> Iterator[NewFile]:
    options = fetch.source.options
    days = [fetch.now.date() - timedelta(days=back) for back in reversed(range(int(options["days"])))]
    addresses = {found.dates: found for found in (filled(revealed(options["url"]), day) for day in days)}
    *earlier, newest = addresses.values()
    google = [_GOOGLE_FILES] if _host(newest.text) == "docs.google.com" else []
    with Web(fetch, redirect_hosts=(*map(revealed, options["redirect_hosts"]), *google)) as web:
        for address in earlier:
            with suppress(SourceMissingError):  # a day without a file
                yield from _new_file(fetch, web, address)
        yield from _new_file(fetch, web, newest)


def _new_file(fetch: Fetch, web: Web, address: Filled) -> Iterator[NewFile]:
    url = file_address(address.text)
    key = f"{address.dates} {_identity(url)}".strip()
    seen = _version_of(fetch.seen.get(key))
    to = fetch.folder / "download"
    got = _downloaded(web, url, to, {**_credentials(fetch.source.options), **_conditions(seen)})
    if got.status == 304 or got.sha256 == seen.get("sha256"):
        to.unlink(missing_ok=True)
        return
    _refuse_sign_in(to, url)
    yield NewFile(key, _version(got), to, name_of_download(got.headers, address.text))


def file_address(url: str) -> str:
    """Return the address of the file itself: the CSV export for a link to a Google Sheet."""
    found = _SHEET.fullmatch(url)
    if found is None or found[3] in {"/export", "/pub", "/gviz"}:
        return url
    sheet = _SHEET_ID.search(found[4])
    if found[1]:  # published to the web
        part = f"&single=true&gid={sheet[1]}" if sheet else ""
        return f"https://docs.google.com/spreadsheets/d/e/{found[2]}/pub?output=csv{part}"
    part = f"&gid={sheet[1]}" if sheet else ""
    return f"https://docs.google.com/spreadsheets/d/{found[2]}/export?format=csv{part}"


def _downloaded(web: Web, url: str, to: Path, headers: Values) -> Downloaded:
    try:
        return web.download(url, to, headers=headers)
    except SourceRedirectError as error:
        if error.values.get("to") in _SIGN_IN_HOSTS:
            raise SourceSignInError(host=_host(url)) from error
        raise


def _credentials(options: Any) -> Values:
    headers: dict[str, str | Secret] = dict(options["headers"])
    if options["token"]:
        headers["Authorization"] = bearer_credentials(options["token"])
    elif options["username"] or options["password"]:
        headers["Authorization"] = basic_credentials(options["username"] or "", options["password"] or "")
    return headers


def _identity(url: str) -> str:
    """Return what tells an address from others, without what may be secret in it.

    The query is no part of it: presigned addresses have a new one each time.
    """
    return sha256(url.partition("?")[0].encode()).hexdigest()[:16]


def _conditions(seen: dict[str, str]) -> dict[str, str]:
    names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
    return {names[part]: value for part, value in seen.items() if part in names}


def _version(got: Downloaded) -> str:
    parts = {
        "etag": got.headers.get("ETag"),
        "modified": got.headers.get("Last-Modified"),
        "sha256": got.sha256,
    }
    return json.dumps({part: value for part, value in parts.items() if value})


def _version_of(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:  # written by another type of the same name
        return {}
    return found if isinstance(found, dict) else {}


def _refuse_sign_in(file: Path, url: str) -> None:
    """Raise `SourceSignInError` for a web page without a table: some systems export tables as HTML."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if _PAGE.match(head) and (b"<table" not in head.lower() or _PASSWORD.search(head)):
        file.unlink()
        raise SourceSignInError(host=_host(url))


def _host(url: str) -> str:
    return urlsplit(url).hostname or "?"


KIND = SourceKind(
    name="https",
    options=(
        Option(
            "url",
            "text",
            "address of the file, also the link to a Google Sheet; `{today}`, `{yesterday}`, `{month}`, "
            "`{last_month}` and `{year}` are dates (UTC), in another form as `{yesterday:%d.%m.%Y}`",
            is_required=True,
            check=_check_url,
        ),
        Option(
            "days",
            "number",
            "of how many days the files are read where the address has dates: 7 also reads those that are up "
            "to six days late",
            default=1,
            check=lambda days: None if days in range(1, 401) else "a number from 1 to 400",
        ),
        Option(
            "headers", "table", 'headers of the request, such as `{ X-Key = "${REPORT_KEY}" }`', default={}
        ),
        Option("username", "text", "user, where the server asks for user and password"),
        Option("password", "text", "password of the user"),
        Option("token", "text", "bearer token, in place of user and password"),
        Option(
            "redirect_hosts",
            "list",
            "other hosts to which the server may redirect, such as `files.example.com`, `*.example.com`",
            default=(),
        ),
    ),
    read=_read,
)
