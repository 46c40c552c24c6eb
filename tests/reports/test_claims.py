from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from services.database.engine import brief
from services.database.tables import report_deliveries as rows
from services.reports import claims
from services.reports.claims import Claim
from services.text import Text

SLOT = datetime(2026, 11, 30, 7, tzinfo=UTC)
NEXT = SLOT + timedelta(days=7)
WHY = Text(en="no", ru="нет")


def claimed(engine: sa.Engine, slot: datetime = NEXT, schedule: str = "mon 08:00") -> Claim | None:
    with brief(engine) as connection:
        return claims.claim(connection, "Board", schedule, slot)


def begun(engine: sa.Engine) -> None:
    assert claimed(engine, SLOT) is None


def let_pass(engine: sa.Engine) -> None:
    """Let the lease and the pause of every row end."""
    with brief(engine) as connection:
        connection.execute(rows.update().values(leased_until=sa.func.now(), next_at=sa.func.now()))


def test_a_new_entry_and_a_changed_schedule_begin_with_their_next_slot(engine: sa.Engine) -> None:
    begun(engine)
    assert claimed(engine, SLOT) is None
    assert claimed(engine) is not None
    assert claimed(engine, NEXT + timedelta(hours=1), "mon 09:00") is None


def test_a_schedule_that_is_changed_back_begins_with_its_next_slot_too(engine: sa.Engine) -> None:
    """It was known from before, so the slot that had been missed meanwhile was sent at once."""
    begun(engine)
    assert claimed(engine, SLOT + timedelta(days=3), "daily 08:00") is None

    assert claimed(engine, NEXT) is None
    assert claimed(engine, NEXT) is None
    assert claimed(engine, NEXT + timedelta(days=7)) == Claim("Board", NEXT + timedelta(days=7), 1)


def test_of_many_processes_one_gets_the_slot(engine: sa.Engine) -> None:
    begun(engine)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: claimed(engine), range(12)))

    assert [one for one in found if one] == [Claim("Board", NEXT, 1)]


def test_after_the_lease_another_process_has_the_slot_and_the_first_one_has_lost_it(
    engine: sa.Engine,
) -> None:
    begun(engine)
    first = claimed(engine)
    assert first is not None
    let_pass(engine)

    second = claimed(engine)

    assert second == Claim("Board", NEXT, 2)
    with brief(engine) as connection:
        assert not claims.renew(connection, first)
        assert not claims.succeed(connection, first, 1)
        assert claims.renew(connection, second)


def test_a_failure_waits_and_the_last_one_is_final(engine: sa.Engine) -> None:
    begun(engine)
    for attempt in range(1, len(claims.PAUSES_SECONDS) + 2):
        claim = claimed(engine)
        assert claim == Claim("Board", NEXT, attempt)
        with brief(engine) as connection:
            assert claims.fail(connection, claim, WHY)
        assert claimed(engine) is None
        let_pass(engine)

    assert claimed(engine) is None
    with brief(engine) as connection:
        last = claims.newest(connection)["Board"]
    assert (last.state, last.attempts, last.error) == ("failed", 5, WHY)


def test_a_process_that_is_killed_each_time_is_given_up(engine: sa.Engine) -> None:
    begun(engine)
    for _ in range(len(claims.PAUSES_SECONDS) + 1):
        assert claimed(engine) is not None
        let_pass(engine)

    assert claimed(engine) is None
    with brief(engine) as connection:
        assert claims.newest(connection)["Board"].state == "failed"
