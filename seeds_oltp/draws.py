"""Random numbers by address: (seed, stream, id) always gives the same one.

A counter-based generator (SplitMix64 over the id) instead of a sequential one: a row's numbers
depend neither on the size of a chunk, nor on the rows before it, nor on the machine, and a wave
can draw again what the base load drew for an order.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# numpy's masked arrays and the object arrays of texts have no more precise common type.
Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class Draws:
    """The random numbers of a seed; a stream is the name of what is drawn.

    ``scope`` sets them apart from others of the same seed.
    """

    seed: int
    scope: str = ""

    def uniform(self, stream: str, ids: Ints) -> Floats:
        """One number in [0, 1) for each id."""
        digest = hashlib.blake2b(
            f"{self.seed}:{self.scope}:{stream}".encode(), digest_size=8
        ).digest()
        x = ids.astype(np.uint64) * _GOLDEN + np.uint64(int.from_bytes(digest, "little"))
        x = (x ^ (x >> np.uint64(30))) * _MIX_1
        x = (x ^ (x >> np.uint64(27))) * _MIX_2
        x ^= x >> np.uint64(31)
        return (x >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def chance(self, stream: str, ids: Ints, probability: float) -> Flags:
        """True for about ``probability`` of the ids."""
        return self.uniform(stream, ids) < probability

    def integers(self, stream: str, ids: Ints, low: int | Ints, high: int | Ints) -> Ints:
        """One integer in [low, high) for each id."""
        return low + (self.uniform(stream, ids) * (np.asarray(high) - low)).astype(np.int64)

    def weighted(self, stream: str, ids: Ints, weights: Ints) -> Ints:
        """One index into ``weights`` for each id, as often as its weight says."""
        cumulative = np.cumsum(weights)
        target = self.integers(stream, ids, 0, cumulative[-1])
        return np.searchsorted(cumulative, target, side="right")

    def pick(
        self, stream: str, ids: Ints, options: npt.NDArray[np.object_]
    ) -> npt.NDArray[np.object_]:
        """One of ``options`` for each id, all equally likely."""
        return options[self.integers(stream, ids, 0, len(options))]
