"""How inputs are made of good ones: bytes that are cut and turned, trees whose leaves and branches are changed."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.fuzz.oracle import ACCOUNT, ADDRESS, CANARIES, NAMES, NUMBERS

Tree = Any
_LONG = "长" * 600
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e308, float("inf"), float("nan"),
    "", " ", "\x00", "\ud800", "\udfff\ud800", "\u202e卡娜丽雅", "null", "[]", "{}", "A" * 501, _LONG, "1e999", "NaN",
    "-0.00", "00.10", "99999999999999999999.99", "2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "2026-2-3",
    "2026-03-02T24:00:00+08:00", "2026-03-02T09:00:60Z", "2026-03-02T09:00:00+99:99", "0001-01-01T00:00:00+14:00",
    "2026-03-02t09:00:00.999999999z", "202613", "000000", "４２９８０１", "429801 ", "１", "X", "y" * 64, b"\xff\xfe",
    [], {}, [[]], [None], [{}], {"": ""}, {"name": NAMES[0]}, list(range(300)), *CANARIES,
)  # fmt: skip
KEYS = (
    "", "?", "payload", "subject", "ethnicity", "religion", "nation", "民族", "宗教", "health", "bank_account",
    "political", "id_no", "name", "__class__", "a" * 64, "a" * 65, "a b", "x.y", "x[0]", "0", *NAMES, *NUMBERS,
    ADDRESS, ACCOUNT,
)  # fmt: skip


# --- bytes ------------------------------------------------------------------------------------------------------------


def mutate_bytes(data: bytes, random: Random, other: bytes) -> bytes:
    """One to four changes; `other` lends pieces."""
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        _BYTES[int(random.random() * len(_BYTES))](found, random, other)
    return bytes(found[:20_000])


def _at(found: bytearray, random: Random) -> int:
    return int(random.random() * len(found)) if found else 0


def _flip(found: bytearray, random: Random, other: bytes) -> None:
    if found:
        found[_at(found, random)] ^= 1 << int(random.random() * 8)


def _set(found: bytearray, random: Random, other: bytes) -> None:
    if found:
        found[_at(found, random)] = random.choice(
            (0, 1, 2, 3, 0x7F, 0x80, 0x81, 0xFE, 0xFF, int(random.random() * 256))
        )


def _cut(found: bytearray, random: Random, other: bytes) -> None:
    del found[_at(found, random) :]


def _take_out(found: bytearray, random: Random, other: bytes) -> None:
    start = _at(found, random)
    del found[start : start + random.choice((1, 1, 2, 4, 16, 64))]


def _put_in(found: bytearray, random: Random, other: bytes) -> None:
    start = _at(found, random)
    piece = random.choice(
        (b"\x00", b"\xff" * 9, b"\x80" * 12 + b"\x01", b"\x02", b"\xfe\xff\xff\xff\x0f", random.randbytes(4))
    )
    found[start:start] = piece


def _repeat(found: bytearray, random: Random, other: bytes) -> None:
    start = _at(found, random)
    piece = bytes(found[start : start + random.choice((1, 4, 16, 64))])
    found[start:start] = piece * random.choice((1, 2, 30))


def _borrow(found: bytearray, random: Random, other: bytes) -> None:
    at, start = _at(found, random), int(random.random() * len(other)) if other else 0
    found[at : at + random.choice((0, 4, 32))] = other[start : start + random.choice((1, 4, 16, 64))]


def _length(found: bytearray, random: Random, other: bytes) -> None:
    """An absurd Avro length or branch number where something else stood."""
    if found:
        found[_at(found, random) :][:1] = zigzag(random.choice((-1, -2, 2**31, 2**62, -(2**62), 10**6, 64, 255)))


def _schema_id(found: bytearray, random: Random, other: bytes) -> None:
    if len(found) >= 5:
        found[1:5] = (
            other[1:5] if len(other) >= 5 and random.random() < 0.7 else struct.pack(">I", random.getrandbits(32))
        )


_BYTES: tuple[Callable[[bytearray, Random, bytes], None], ...] = (
    _flip, _flip, _set, _set, _cut, _take_out, _put_in, _repeat, _borrow, _length, _schema_id,
)  # fmt: skip


def zigzag(number: int) -> bytes:
    """An Avro long."""
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    rest &= 2**64 - 1
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


# --- trees ------------------------------------------------------------------------------------------------------------


def mutate_tree(tree: Tree, random: Random, other: Tree) -> Tree:
    """A changed copy; `other` lends branches."""
    found = copied(tree)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 6))):
        nodes = list(_containers(found))
        if not nodes:
            return odd(random)
        node = nodes[int(random.random() * len(nodes))]
        if isinstance(node, dict):
            _change_object(node, random, other)
        else:
            _change_list(node, random)
    return found


def odd(random: Random) -> Any:
    """Something that does not belong there, or somebody's name."""
    value = ODD[int(random.random() * len(ODD))]
    return copied(value) if isinstance(value, (dict, list)) else value


def copied(tree: Tree) -> Tree:
    """A deep copy of plain data."""
    if isinstance(tree, dict):
        return {key: copied(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [copied(value) for value in tree]
    return tree


def _containers(tree: Tree) -> Iterator[dict[Any, Any] | list[Any]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack += node.values()
        elif isinstance(node, list):
            yield node
            stack += node


def _change_object(node: dict[Any, Any], random: Random, other: Tree) -> None:
    keys = list(node)
    key = keys[int(random.random() * len(keys))] if keys else "payload"
    chance = random.random()
    if chance < 0.4:
        node[key] = odd(random)
    elif chance < 0.5:
        node.pop(key, None)
    elif chance < 0.6:
        node[random.choice(KEYS)] = odd(random)
    elif chance < 0.7:
        node[random.choice(KEYS)] = node.pop(key, None)
    elif chance < 0.8:
        node[key] = _twisted(node.get(key), random)
    elif chance < 0.9:
        lent = list(_containers(other))
        if lent:
            node[key] = copied(random.choice(lent))
    elif chance < 0.93:
        deep: Any = odd(random)
        for _ in range(random.choice((3, 70, 300))):
            deep = {random.choice(("payload", "x", "religion")): deep} if random.random() < 0.5 else [deep]
        node[key] = deep
    else:
        swap = keys[int(random.random() * len(keys))] if keys else key
        node[key], node[swap] = node.get(swap), node.get(key)


def _change_list(node: list[Any], random: Random) -> None:
    chance = random.random()
    if chance < 0.3 or not node:
        node.append(odd(random))
    elif chance < 0.5:
        del node[int(random.random() * len(node))]
    elif chance < 0.7:
        node += [copied(random.choice(node)) for _ in range(random.choice((1, 2, 250)))]
    else:
        node[int(random.random() * len(node))] = odd(random)


def _twisted(value: Any, random: Random) -> Any:
    """Nearly the same."""
    if isinstance(value, str) and value:
        at = int(random.random() * len(value))
        letter = random.choice(
            ("", " ", "\u3000", "\u200b", "０", "O", value[at] * 2, chr(int(random.random() * 0xD7FF)))
        )
        return value[:at] + letter + value[at + 1 :]
    if isinstance(value, bool):
        return random.choice((not value, str(value), int(value)))
    if isinstance(value, int):
        return random.choice((value + 1, -value, str(value), float(value), value * 10**12))
    return [value] if random.random() < 0.5 else str(value)
