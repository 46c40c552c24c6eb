"""The types of sources, one module each; `KINDS` is the registry, loaded when a type is used."""

from __future__ import annotations

from importlib import import_module

from services.sources.kind import SourceKind

KINDS = {
    "folder": "folder",
    "https": "https",
    "mail": "mail",
    "sql": "sql",
    "s3": "s3",
    "gcs": "gcs",
    "azure": "azure",
    "sftp": "sftp",
    "google_ads": "google_ads",
    "meta": "meta",
    "tiktok": "tiktok",
    "yandex_direct": "yandex_direct",
}
"""The module of each type by its name; it has the type as `KIND`."""


def kind_of(name: str) -> SourceKind:
    """Return a type by its name; KeyError if there is none."""
    kind: SourceKind = import_module(f"{__name__}.{KINDS[name]}").KIND
    return kind
