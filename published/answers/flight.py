"""A cache in which each value is computed once, however many ask for it at the same time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class SingleFlight(Generic[Value]):
    """The ``size`` values asked for last. The first who asks computes, the others wait for it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._flights: OrderedDict[Hashable, Future[Value]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """The value of ``key``; what ``compute`` raises reaches all who wait, and is not kept."""
        with self._lock:
            flight = self._flights.get(key)
            first = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
                if len(self._flights) > self._size:
                    self._flights.popitem(last=False)
            self._flights.move_to_end(key)
        if first:
            self._fly(key, flight, compute)
        return flight.result()

    def _fly(self, key: Hashable, flight: "Future[Value]", compute: Callable[[], Value]) -> None:
        try:
            flight.set_result(compute())
        except BaseException as error:
            with self._lock:
                if self._flights.get(key) is flight:
                    del self._flights[key]
            flight.set_exception(error)
