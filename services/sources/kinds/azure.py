"""The type `azure`: blobs in Azure Storage."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.sources.kind import Fetch, NewFile, Option, SourceKind, revealed
from services.sources.object_stores import object_store
from services.sources.remote import path_option, read_files


def _read(fetch: Fetch) -> Iterator[NewFile]:
    options = {name: revealed(value) for name, value in fetch.source.options.items()}
    names = ("account_name", "account_key", "sas_token", "connection_string")
    settings = {name: options[name] for name in names} | {"anon": options["anonymous"]}
    given = re.search(r"BlobEndpoint=([^;]+)", options["connection_string"] or "")
    endpoint = None if given is None else given[1]
    yield from read_files(fetch, lambda: object_store(fetch, "abfs", settings, endpoint))


KIND = SourceKind(
    name="azure",
    options=(
        path_option("container and path, such as `reports/ads/*.csv`"),
        Option("account_name", "text", "storage account"),
        Option("account_key", "text", "key of the account; unset: the default credentials here"),
        Option("sas_token", "text", "shared access signature, in place of the key"),
        Option("connection_string", "text", "connection string, in place of account and key"),
        Option("anonymous", "flag", "read a public container without credentials", default=False),
    ),
    read=_read,
)
