"""The type `gcs`: objects in Google Cloud Storage."""

from __future__ import annotations

from collections.abc import Iterator

from services.sources.kind import Fetch, NewFile, Option, SourceKind, revealed
from services.sources.object_stores import object_store
from services.sources.remote import path_option, read_files


def _read(fetch: Fetch) -> Iterator[NewFile]:
    options = {name: revealed(value) for name, value in fetch.source.options.items()}
    token = "anon" if options["anonymous"] else options["key_file"]
    settings = {"token": token, "project": options["project"]}
    yield from read_files(fetch, lambda: object_store(fetch, "gcs", settings))


KIND = SourceKind(
    name="gcs",
    options=(
        path_option("bucket and path, such as `reports/ads/*.csv`"),
        Option("key_file", "text", "key file of a service account; unset: the default credentials here"),
        Option("project", "text", "project that is billed, where the bucket asks for one"),
        Option("anonymous", "flag", "read a public bucket without credentials", default=False),
    ),
    read=_read,
)
