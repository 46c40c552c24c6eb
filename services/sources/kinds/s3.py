"""The type `s3`: objects in Amazon S3, or in a store with the same interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.sources.connections import trusted
from services.sources.kind import Fetch, NewFile, Option, SourceKind, revealed
from services.sources.object_stores import object_store
from services.sources.remote import path_option, read_files
from services.sources.resolving import checked_resolver


def _read(fetch: Fetch) -> Iterator[NewFile]:
    options = {name: revealed(value) for name, value in fetch.source.options.items()}
    client: dict[str, Any] = {"verify": trusted()}
    client |= {"region_name": options["region"]} if options["region"] else {}
    endpoint = options["endpoint"]
    resolver = checked_resolver(fetch, endpoint) if endpoint else None
    settings = {
        "key": options["key_id"],
        "secret": options["secret_key"],
        "token": options["session_token"],
        "anon": options["anonymous"] or None,
        "endpoint_url": endpoint,
        "client_kwargs": client,
        "config_kwargs": {"connector_args": {"resolver": resolver}} if resolver else {},
    }
    yield from read_files(fetch, lambda: object_store(fetch, "s3", settings, endpoint))


KIND = SourceKind(
    name="s3",
    options=(
        path_option("bucket and path, such as `reports/ads/*.csv`"),
        Option("key_id", "text", "access key ID; unset: as the tools of AWS find their credentials"),
        Option("secret_key", "text", "secret access key"),
        Option("session_token", "text", "session token of temporary credentials"),
        Option("region", "text", "region of the bucket"),
        Option("endpoint", "text", "address of another store with this interface, such as MinIO"),
        Option("anonymous", "flag", "read a public bucket without credentials", default=False),
    ),
    read=_read,
)
