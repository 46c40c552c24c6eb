"""Sources of the platforms as they are declared, and their reading and import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.executors.base import Deadline
from services.intake.importing import import_file
from services.intake.report import ImportReport
from services.sources.kind import Fetch, Secret, Source
from services.sources.kinds import kind_of
from tests.sources.platform_accounts import NOW, Account
from tests.sources.platform_servers import (
    CLIENT_SECRET,
    REFRESH,
    TOKEN,
    GoogleAds,
    Meta,
    Running,
    Server,
    TikTok,
    YandexDirect,
)

TYPES = ("google_ads", "meta", "tiktok", "yandex_direct")
SERVERS: Mapping[str, Callable[[Account], Server]] = {
    "google_ads": GoogleAds,
    "meta": Meta,
    "tiktok": TikTok,
    "yandex_direct": YandexDirect,
}
CHANNELS = {"google_ads": "Google Ads", "meta": "Meta", "tiktok": "TikTok", "yandex_direct": "Yandex Direct"}


def credentials(kind: str, account: Account, url: str) -> dict[str, Any]:
    """Return the options that name the account and its credentials."""
    secret = Secret(TOKEN)
    if kind == "google_ads":
        return {
            "customer_id": f"{account.id[:3]}-{account.id[3:6]}-{account.id[6:]}",
            "client_id": "client-id",
            "client_secret": Secret(CLIENT_SECRET),
            "refresh_token": Secret(REFRESH),
            "token_url": f"{url}/token",
        }
    if kind == "meta":
        return {"account_id": f"act_{account.id}", "access_token": secret}
    if kind == "tiktok":
        return {"advertiser_id": account.id, "access_token": secret}
    return {"token": secret}


@dataclass
class Reader:
    """A source of one account, with what is known of its files between fetches."""

    kind: str
    account: Account
    folder: Path
    running: Running
    options: Mapping[str, Any] = field(default_factory=dict)
    channel: str | None = None
    now: datetime = NOW
    seconds: float = 20
    seen: dict[str, str] = field(default_factory=dict)

    def fetch(self) -> Fetch:
        """Return the next fetch, with the defaults of the options."""
        kind = kind_of(self.kind)
        defaults = {option.name: option.default for option in kind.options if option.default is not None}
        given = credentials(self.kind, self.account, self.running.url)
        options = {**defaults, "base_url": self.running.url, **given, **self.options}
        source = Source(
            f"source {self.account.id}",
            self.kind,
            1,
            options,
            account=f"account {self.account.id}",
            channel=self.channel,
            mode="replace",
            grain="day",
            internal=True,
        )
        self.folder.mkdir(exist_ok=True)
        return Fetch(source, dict(self.seen), self.folder, Deadline.after(self.seconds), self.now)

    def files(self) -> dict[str, str]:
        """Fetch, and return the content of the new files by key."""
        found = {}
        for file in kind_of(self.kind).read(self.fetch()):
            found[file.key] = file.path.read_text(encoding="utf-8")
            self.seen[file.key] = file.version
        return found

    def load(self, connection: sa.Connection) -> list[ImportReport]:
        """Fetch, and import the new files as the fetch stage does."""
        fetch, reports = self.fetch(), []
        for file in kind_of(self.kind).read(fetch):
            report = import_file(
                connection,
                file.path,
                channel=file.channel or fetch.source.channel,
                source=fetch.source.account,
                mode=fetch.source.mode,
                grain=fetch.source.grain,
                file_name=file.name,
            )
            self.seen[file.key] = file.version
            reports.append(report)
        return reports
