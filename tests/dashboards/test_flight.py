"""Ten who ask at once make one computation."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from published.answers.flight import SingleFlight

pytestmark = pytest.mark.unit


def test_ten_at_once_compute_once() -> None:
    cache: SingleFlight[object] = SingleFlight(10)
    calls: list[int] = []
    together, release = Barrier(10), Event()

    def compute() -> object:
        calls.append(1)
        release.wait(5)
        return object()

    def ask() -> object:
        together.wait()
        return cache.get("key", compute)

    with ThreadPoolExecutor(10) as pool:
        asked = [pool.submit(ask) for _ in range(10)]
        release.set()
        answers = {id(future.result()) for future in asked}
    assert (len(calls), len(answers)) == (1, 1)


def test_a_failure_is_not_kept() -> None:
    cache: SingleFlight[int] = SingleFlight(10)
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: 1 // 0)
    assert cache.get("key", lambda: 7) == 7


def test_the_oldest_goes_first() -> None:
    cache: SingleFlight[int] = SingleFlight(2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: 1)
    assert cache.get("a", lambda: 2) == 1
    assert cache.get("b", lambda: 2) == 2
