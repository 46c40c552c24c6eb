"""A cache bounded by bytes keeps small entries and forgets those that were used least recently."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from services.live.byte_cache import LARGEST_PART, ByteCache

STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), max_size=60)


def cache_of(most: int) -> ByteCache[int | str, bytes]:
    return ByteCache(most, lambda _, value: len(value))


@given(STEPS)
def test_it_never_takes_more_than_it_may_and_counts_what_it_has(steps: list[tuple[int, int]]) -> None:
    cache = cache_of(100)

    for key, length in steps:
        cache.set(key, bytes(length))
        assert cache.size <= 100
        assert cache.size == sum(len(cache.get(one) or b"") for one in cache.by_use())
        assert (cache.get(key) is not None) == (length <= 100 // LARGEST_PART)


@given(STEPS)
def test_it_forgets_what_was_used_least_recently(steps: list[tuple[int, int]]) -> None:
    recent: list[int] = []
    cache = cache_of(100)

    for key, length in steps:
        recent = [one for one in recent if one != key]
        if length % 2:
            if cache.get(key) is not None:
                recent.append(key)
            continue
        cache.set(key, bytes(20))
        recent = [*recent, key][-5:]

    assert cache.by_use() == recent


def test_a_value_that_has_grown_too_large_is_forgotten() -> None:
    cache = cache_of(100)
    cache.set("key", bytes(25))

    cache.set("key", bytes(26))

    assert (cache.get("key"), cache.size) == (None, 0)


def test_many_threads_leave_the_count_right() -> None:
    cache = cache_of(1000)

    def use(n: int) -> None:
        cache.set(n % 97, bytes(n % 200))
        cache.get(n % 31)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(use, range(5000)))

    assert cache.size == sum(len(cache.get(key) or b"") for key in cache.by_use()) <= 1000
