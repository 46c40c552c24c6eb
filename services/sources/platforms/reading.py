"""The reading of one account: its months, and a file for each one whose figures have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.sources.failures import SourceAnswerError
from services.sources.kind import Fetch, NewFile
from services.sources.platforms.answers import UnreadableError
from services.sources.platforms.days import months_to_read, parts_of
from services.sources.platforms.files import Version, covering, ordered, write_file
from services.sources.platforms.session import Session, open_session
from services.sources.platforms.spec import Account, Period, Platform, Row
from services.text import Text

_UNREADABLE = Text(en="unusable: {part}", ru="непригодно: {part}")


def reader_of(platform: Platform) -> Callable[[Fetch], Iterator[NewFile]]:
    """Return the reading of a source of this platform, see `SourceKind.read`."""

    def read(fetch: Fetch) -> Iterator[NewFile]:
        try:
            with open_session(fetch, platform) as session:
                yield from _changed_months(session)
        except UnreadableError as error:
            reason = _UNREADABLE.format(part=str(error))
            raise SourceAnswerError(host=platform.name, reason=reason) from None

    return read


def _changed_months(session: Session) -> Iterator[NewFile]:
    fetch = session.fetch
    account = session.platform.account(session)
    last = fetch.now.astimezone(_zone(account)).date() - timedelta(days=1)  # today is not over
    since = session.option("since")
    start = None if not since else date.fromisoformat(since)
    known = _known(fetch, account)
    newest = max((one.last for one in known.values()), default=None)
    earliest = min((one.since for one in known.values() if one.since is not None), default=None)
    for month in months_to_read(last, int(fetch.source.options["days"]), start, newest, earliest):
        key = f"{account.id} {month.first:%Y-%m}"
        found = _file_of(session, account, month, known.get(key), start)
        if found is not None:
            path, version = found
            yield NewFile(key, str(version), path, f"{fetch.source.name} {account.id} {path.name}")


def _file_of(
    session: Session, account: Account, month: Period, earlier: Version | None, since: date | None
) -> tuple[Path, Version] | None:
    """Return the file of a month and its version, None if it is without rows or as it was."""
    rows = covering(ordered(_rows(session, month)), month, earlier)
    if not rows:
        return None
    source = session.fetch.source
    path = session.fetch.folder / f"{month.first:%Y-%m}.csv"
    digest = write_file(path, rows, account, source.channel or session.platform.name)
    if earlier is not None and earlier.digest == digest:
        path.unlink()
        return None
    return path, Version(digest, rows[0].day, rows[-1].day, since)


def _rows(session: Session, month: Period) -> Iterator[Row]:
    for part in parts_of(month, session.platform.most_days):
        for row in session.platform.rows(session, part):
            if not part.first <= row.day <= part.last:
                raise UnreadableError(f"a row of {row.day}, which was not asked for")
            yield row


def _known(fetch: Fetch, account: Account) -> dict[str, Version]:
    """Return the versions of this account's files by key."""
    versions = {
        key: Version.parse(text) for key, text in fetch.seen.items() if key.startswith(f"{account.id} ")
    }
    return {key: version for key, version in versions.items() if version is not None}


def _zone(account: Account) -> tzinfo:
    try:
        return ZoneInfo(account.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
