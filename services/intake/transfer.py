"""Storing of a file's rows as one import: directly in a new period, else compared with the rows there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from psycopg.errors import NumericValueOutOfRange, UniqueViolation

from services.intake import history, store
from services.intake.columns import MEASURES
from services.intake.doubts import (
    Doubt,
    DoubtKind,
    Evidence,
    are_pairs_alike,
    doubt_of,
    doubts_of_twins,
    in_doubt,
    kind_of,
)
from services.intake.failures import SumTooLargeError
from services.intake.history import Money, Touched
from services.intake.replacing import Changes, Comparison, Cover
from services.intake.sources import EARLIER, SAMPLE, lock
from services.intake.store import Sums, Write

Mode = Literal["ask", "replace", "append"]
"""What becomes of the rows that a file covers: replaced unless in doubt, replaced in any case, kept."""

RESERVED = (SAMPLE, EARLIER)
"""Sources that no file can have."""

Send = Callable[[Write, str | None], int]
"""Sends the rows of a file, with a given text at the end of each line or a hash of its key; returns their
number."""

_MOST_SOURCES = 100


@dataclass(frozen=True, slots=True)
class Stored:
    """The changes of an import in `campaigns`.

    `combined` is the number of rows that were added to another row of the file; the others count facts.
    `removed` are rows without counterpart in the file. `before` and `after` are the sums of the channels of
    the file from its first to its last day. `beside` are the sources that were made to keep figures apart.
    """

    import_id: int
    sums: Sums
    covers: tuple[Touched, ...]
    before: Money
    after: Money
    added: int
    samples_removed: int
    replaced: int = 0
    unchanged: int = 0
    combined: int = 0
    removed: int = 0
    doubts: tuple[Doubt, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the rows, in order."""
        return tuple(sorted({one.source for one in self.covers if one.source != EARLIER}))


@dataclass(frozen=True, slots=True)
class Transfer:
    """Stores the rows of one file in the caller's transaction.

    `source` is that of rows without an account, and `is_source_given` says whether the user has named it.
    `known` are the measures that the file has. With `adds_only`, as with mode `append`, rows that are there
    stay. `header` are the names of the columns, `started` the values of the import that are known beforehand.
    """

    connection: sa.Connection
    file: str
    source: str
    is_source_given: bool
    has_accounts: bool
    mode: Mode
    known: Collection[str]
    adds_only: bool
    is_dry_run: bool
    header: frozenset[str]
    started: Mapping[str, Any]
    send: Send
    restart: Callable[[], None]

    def run(self, period: tuple[date, date] | None, *, is_distinct: bool) -> Stored:
        """Store the rows directly if they are distinct and their period is new, else by a staging table.

        Raises `ReplacementInDoubtError`, unless in a dry run, and `SumTooLargeError`.
        """
        # A dry run compares only: writing the rows with their indexes and sums takes as long as reading them.
        if period is None or not is_distinct or self.is_dry_run:
            return self._stage()
        lock(self.connection)
        if not store.is_new_period(self.connection, *period):
            return self._stage()
        try:
            with self.connection.begin_nested():
                return self._add(period)
        except UniqueViolation:  # equal keys in two spellings, such as "A" and "A ", or 7.5 and 7.50
            self.restart()
            return self._stage()

    def _add(self, period: tuple[date, date]) -> Stored:
        import_id, samples = self._start()
        with store.adding(self.connection) as write:
            rows = self.send(write, str(import_id))
        sums = store.added_sums(self.connection, *period)
        if self.has_accounts:
            pairs = store.sources_of(self.connection, import_id)
        else:
            pairs = [(self.source, channel) for channel in sums.channels]
        return self._stored(import_id, sums, pairs, Changes(rows, 0, 0, 0), samples)

    def _stage(self) -> Stored:
        with store.staging(self.connection) as write:
            rows = self.send(write, None)
        try:
            return self._take_over(rows)
        except sa.exc.DataError as error:
            if isinstance(error.orig, NumericValueOutOfRange):
                raise SumTooLargeError(file=self.file) from error
            raise

    def _take_over(self, rows: int) -> Stored:
        sums = store.staged_sums(self.connection)
        facts = store.facts_of(self.connection, rows)
        lock(self.connection)
        import_id, samples = self._start()
        if store.is_new_period(self.connection, sums.date_from, sums.date_to):
            pairs = store.staged_sources(self.connection)
            if self.is_dry_run:
                return self._would_add(import_id, sums, pairs, facts, rows, samples)
            added = store.add_facts(self.connection, facts, import_id)
            stored = self._stored(import_id, sums, pairs, Changes(added, 0, 0, 0), samples)
            return replace(stored, combined=rows - added)
        return self._compare(import_id, sums, facts, rows, samples)

    def _would_add(
        self,
        import_id: int,
        sums: Sums,
        pairs: Collection[tuple[str, str]],
        facts: str,
        rows: int,
        samples: int,
    ) -> Stored:
        """Return the result of adding the facts to a period without rows, without adding them."""
        added = store.count_facts(self.connection, facts)
        totals = dict(zip(MEASURES, sums.totals, strict=True))
        after = Money(totals["cost"], totals["revenue"])
        stored = self._stored(import_id, sums, pairs, Changes(added, 0, 0, 0), samples, after=after)
        return replace(stored, combined=rows - added)

    def _compare(self, import_id: int, sums: Sums, facts: str, rows: int, samples: int) -> Stored:
        comparison = Comparison(self.connection, facts)
        doubts = self._doubts(comparison)
        if doubts and not self.is_dry_run:
            raise in_doubt(self.file, doubts)
        covers = comparison.covers()
        pairs = [(one.source, one.channel) for one in covers]
        pairs += [(EARLIER, channel) for channel in comparison.earlier_channels()]
        before = history.money_of(self.connection, sums.channels, sums.date_from, sums.date_to)
        after = None
        if self.is_dry_run:
            changes = comparison.changes(removes=not self._keeps)
            after = Money(*comparison.sums_after(before.cost, before.revenue, removes=not self._keeps))
        else:
            changes = comparison.apply(import_id, removes=not self._keeps)
        stored = self._stored(import_id, sums, pairs, changes, samples, before=before, after=after)
        facts_read = changes.added + changes.updated + changes.unchanged
        beside = () if self.is_source_given else self._made(covers)
        return replace(stored, combined=rows - facts_read, doubts=doubts, beside=beside)

    @property
    def _keeps(self) -> bool:
        return self.mode == "append" or self.adds_only

    def _doubts(self, comparison: Comparison) -> tuple[Doubt, ...]:
        """Return the doubts, after the source of the file was recognised or made."""
        if self.mode == "append":
            self._put_beside(comparison)
        if self.mode != "ask" or self.adds_only:
            return ()
        evidence = self._recognised(comparison)
        covers = {(one.source, one.channel): one for one in comparison.covers()}
        found = [self._doubt(one, covers[one.source, one.channel]) for one in evidence]
        doubts = tuple(doubt for doubt in found if doubt is not None)
        named = {(doubt.source, doubt.channel) for doubt in doubts}
        twins = [one for one in comparison.twins() if (one.source, one.channel) not in named]
        return (*doubts, *doubts_of_twins(twins))

    def _doubt(self, evidence: Evidence, cover: Cover) -> Doubt | None:
        return doubt_of(evidence, self.known, cover.facts, cover.sums["cost"])

    def _recognised(self, comparison: Comparison) -> tuple[Evidence, ...]:
        """Return the evidence, after the file was recognised as of another source that is there.

        Figures that were put beside others are found again, and a file of another layout that shares nothing
        with the rows there is put beside them.
        """
        evidence = comparison.evidence()
        strange = [] if self.is_source_given else [one for one in evidence if self._kind(one) == "account"]
        for one in strange:
            self._recognise(comparison, one)
        return comparison.evidence() if strange else evidence

    def _recognise(self, comparison: Comparison, one: Evidence) -> None:
        """Put the facts of a source and channel beside the rows there, if they belong there; else nowhere."""
        beside = store.sources_beside(self.connection, one.source, one.channel)
        is_apart = not one.paired and not one.alike_rows and self._has_other_layout(comparison, one)
        made = one.source
        for other in beside:
            comparison.put_beside(made, one.channel, other)
            made = other
            own = [e for e in comparison.evidence() if (e.source, e.channel) == (other, one.channel)]
            if own and all(self._kind(e) is None for e in own):
                return
        if is_apart:
            comparison.put_beside(made, one.channel, _numbered(one.source, len(beside) + 2), earlier=False)
        elif made != one.source:
            comparison.put_beside(made, one.channel, one.source)

    def _kind(self, evidence: Evidence) -> DoubtKind | None:
        return kind_of(evidence, self.known)

    def _has_other_layout(self, comparison: Comparison, one: Evidence) -> bool:
        """Return whether no import of the rows there had the columns of this file."""
        imports = comparison.imports_of(one.source, one.channel)
        if None in imports:
            return False
        headers = history.headers_of(self.connection, [found for found in imports if found is not None])
        return self.header not in headers

    def _put_beside(self, comparison: Comparison) -> None:
        """Give figures that differ from those of equal keys a source of their own, so that both count."""
        if self.is_source_given:
            return
        bases: dict[tuple[str, str], str] = {}
        for number in range(2, _MOST_SOURCES):
            unlike = [one for one in comparison.evidence() if one.paired and not are_pairs_alike(one)]
            if not unlike:
                return
            for one in unlike:
                base = bases.get((one.source, one.channel), one.source)
                beside = _numbered(base, number)
                bases[beside, one.channel] = base
                comparison.put_beside(one.source, one.channel, beside, earlier=False)

    def _made(self, covers: Collection[Cover]) -> tuple[str, ...]:
        named = set(store.staged_sources(self.connection))
        return tuple(sorted({one.source for one in covers if (one.source, one.channel) not in named}))

    def _start(self) -> tuple[int, int]:
        """Insert the import and remove the sample rows; return its id and their number."""
        mode = "append" if self._keeps else "replace"
        import_id = history.start_import(self.connection, {**self.started, "mode": mode})
        return import_id, store.remove_samples(self.connection, import_id)

    def _stored(
        self,
        import_id: int,
        sums: Sums,
        pairs: Collection[tuple[str, str]],
        changes: Changes,
        samples: int,
        *,
        before: Money | None = None,
        after: Money | None = None,
    ) -> Stored:
        covers = tuple(
            Touched(source, channel, sums.date_from, sums.date_to) for source, channel in sorted(set(pairs))
        )
        return Stored(
            import_id=import_id,
            sums=sums,
            covers=covers,
            before=before or Money(None, None),
            after=after or history.money_of(self.connection, sums.channels, sums.date_from, sums.date_to),
            added=changes.added,
            replaced=changes.updated,
            unchanged=changes.unchanged,
            removed=changes.removed,
            samples_removed=samples,
        )


def _numbered(source: str, number: int) -> str:
    return f"{source} {number}"
