"""Which partition a key belongs to: murmur2, as Java's, kafka-python's and aiokafka's default partitioners do it."""

from __future__ import annotations

import struct

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995
_SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """32-bit MurmurHash2 of `data`, unsigned."""
    size = len(data)
    h = _SEED ^ size
    for k in struct.unpack_from(f"<{size >> 2}I", data):
        k = (k * _M) & _MASK
        k = ((k ^ (k >> 24)) * _M) & _MASK
        h = ((h * _M) & _MASK) ^ k
    tail = data[size & ~3 :]
    if tail:
        h = ((h ^ int.from_bytes(tail, "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    return h ^ (h >> 15)


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of `key` in a topic of that many partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


class Partitioner:
    """`partition_of` with a bounded memory: the same subjects come again and again."""

    def __init__(self, limit: int = 200_000) -> None:
        self._hashes: dict[bytes, int] = {}
        self._limit = limit

    def __call__(self, key: bytes, partitions: int) -> int:
        """The partition of `key` in a topic of that many partitions."""
        value = self._hashes.get(key)
        if value is None:
            if len(self._hashes) >= self._limit:
                self._hashes.clear()
            value = self._hashes[key] = murmur2(key) & 0x7FFFFFFF
        return value % partitions
