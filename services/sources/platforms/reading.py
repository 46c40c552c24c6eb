"""The reading of one account: its months, and a file for each one whose figures have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.sources.failures import SourceAnswerError
from services.sources.kind import Fetch, NewFile
from services.sources.platforms.answers import UnreadableError
from services.sources.platforms.days import batches_of, months_to_read, parts_of
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
    known = _known(fetch, account, since)
    newest = max((one.last for one in known.values()), default=None)
    days = int(fetch.source.options["days"])
    months = months_to_read(last, days, date.fromisoformat(since) if since else None, newest)
    for batch in batches_of(months, newest, last, days):
        rows = list(_rows(session, Period(batch[0].first, batch[-1].last)))
        for month in batch:
            key = _key(account, f"{month.first:%Y-%m}", since)
            found = _file_of(session, account, month, rows, known.get(key))
            if found is not None:
                path, version = found
                yield NewFile(key, str(version), path, f"{fetch.source.name} {account.id} {path.name}")


def _file_of(
    session: Session, account: Account, month: Period, rows: Iterable[Row], earlier: Version | None
) -> tuple[Path, Version] | None:
    """Return the file of a month and its version, None if it is without rows or as it was."""
    own = ordered(row for row in rows if month.first <= row.day <= month.last)
    covered = covering(own, month, earlier)
    if not covered:
        return None
    source = session.fetch.source
    path = session.fetch.folder / f"{month.first:%Y-%m}.csv"
    digest = write_file(path, covered, account, source.channel or session.platform.name)
    if earlier is not None and earlier.digest == digest:
        path.unlink()
        return None
    return path, Version(digest, covered[0].day, covered[-1].day)


def _rows(session: Session, period: Period) -> Iterator[Row]:
    for part in parts_of(period, session.platform.most_days):
        for row in session.platform.rows(session, part):
            if not part.first <= row.day <= part.last:
                raise UnreadableError(f"a row of {row.day}, which was not asked for")
            yield row


def _key(account: Account, month: str, since: str) -> str:
    """Return the key of a month's file. Another `since` makes other keys, so that all is read from there."""
    return f"{account.id} {month} since {since}" if since else f"{account.id} {month}"


def _known(fetch: Fetch, account: Account, since: str) -> dict[str, Version]:
    """Return the versions of this account's files by key."""
    versions = {
        key: Version.parse(text)
        for key, text in fetch.seen.items()
        if key == _key(account, key.removeprefix(f"{account.id} ")[:7], since)
    }
    return {key: version for key, version in versions.items() if version is not None}


def _zone(account: Account) -> tzinfo:
    try:
        return ZoneInfo(account.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
