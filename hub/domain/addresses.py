"""Whether two addresses mean one dwelling (domain 6.3, step A10).

Addresses are matched only to find a unit code. SAME is claimed when everything written agrees and enough is written;
one part that contradicts makes them DIFFERENT, because the flat next door is another home; what is left is POSSIBLE.
Names of roads and estates are never compared by likeness: 桃花苑 and 桃花园 are two estates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from hub.domain.address_parts import Address, parse_address

SAME: Final = "SAME"
POSSIBLE: Final = "POSSIBLE"
DIFFERENT: Final = "DIFFERENT"

_NEARBY = ("对面", "旁", "旁边", "附近", "隔壁", "前", "后", "前面", "后面", "侧", "路口")
"""Words that lead away from the place they follow: 12号对面 is not 12号."""

_WHERE = ("province", "city", "county", "street", "community")
_DOOR = ("building", "unit", "floor", "room")


def compare_addresses(a: str, b: str) -> str:
    """SAME, POSSIBLE or DIFFERENT. Only SAME may feed a rule that asks somebody to verify something."""
    return _compare(a, b) if a <= b else _compare(b, a)


def street_level(address: str) -> str:
    """An address as those see it who need not know the door (domain 5.3): down to the street or township.

    What cannot be recognised as a region or a street is left out; an address of none of them comes out empty.
    """
    parsed = parse_address(address)
    return parsed.province + parsed.city + parsed.county + parsed.street


def meeting_place(address: str) -> tuple[str, ...] | None:
    """Where two spellings of one dwelling's address meet to be compared: the place and the door, without the rest.

    Whatever compares SAME meets here, and much that is only POSSIBLE (a unit left out, 3-501 beside 3栋501室). None for
    an address without a place or a door: it names no dwelling.
    """
    parsed = parse_address(address)
    room = parsed.floor + parsed.room.zfill(2) if parsed.floor and 0 < len(parsed.room) < 3 else parsed.room
    if parsed.estate:
        door = room or parsed.number
        return (parsed.estate, parsed.group, door) if door else None
    if parsed.group and parsed.number:
        return (parsed.group, parsed.number)
    return (parsed.road, parsed.number, room) if parsed.road and parsed.number and room else None


@lru_cache(maxsize=65_536)
def _compare(a: str, b: str) -> str:
    one, other = parse_address(a), parse_address(b)
    if any(_contradict(one, other, part) for part in _WHERE) or _doors_contradict(one, other):
        return DIFFERENT
    places = _compare_places(one, other)
    if places == SAME and not _doors_agree(one, other):
        return POSSIBLE
    return places


def _contradict(one: Address, other: Address, part: str) -> bool:
    """Whether both wrote the part and mean different things. A part left out contradicts nothing."""
    here, there = getattr(one, part), getattr(other, part)
    return bool(here and there and here != there)


def _compare_places(one: Address, other: Address) -> str:
    """The anchor: an estate or village, or a road and number."""
    if any(_contradict(one, other, part) for part in ("road", "number", "group")):
        return DIFFERENT
    if _contradict(one, other, "estate"):
        return POSSIBLE if _known_by_alias(one, other) else DIFFERENT
    if one.group != other.group:
        return POSSIBLE
    if one.estate and other.estate:
        # A village house is its number; a flat of an estate is found without the street's.
        return SAME if one.number == other.number or (one.road + other.road) else POSSIBLE
    if one.road and other.road:
        numbered = one.number and other.number
        return SAME if numbered and not (one.estate + other.estate).endswith(_NEARBY) else POSSIBLE
    if not _named(one) and not _named(other):
        return SAME if one.community and one.community == other.community else POSSIBLE
    # One names the road, the other the estate: only the same door makes it worth a look.
    return POSSIBLE if one.room and one.room == other.room else DIFFERENT


def _named(address: Address) -> bool:
    return bool(address.road or address.estate)


def _known_by_alias(one: Address, other: Address) -> bool:
    return one.estate in other.aliases or other.estate in one.aliases


def _doors_contradict(one: Address, other: Address) -> bool:
    if any(_contradict(one, other, part) for part in ("building", "unit", "floor")):
        return True
    if one.room and other.room and one.room != other.room:
        return not (_is_door_on_floor(one, other) or _is_door_on_floor(other, one))
    return (
        _pair_contradicts(one, other)
        or _pair_contradicts(other, one)
        or _floor_contradicts(one, other)
        or _floor_contradicts(other, one)
    )


def _is_door_on_floor(one: Address, other: Address) -> bool:
    """A6: 5层1号 may be the 501 of the other."""
    return bool(one.floor) and not other.floor and one.floor + one.room.zfill(2) == other.room


def _floor_contradicts(one: Address, other: Address) -> bool:
    """A floor without a room against a room of another floor."""
    if not one.floor or one.room or len(other.room) < 3:
        return False
    return other.room[:-2] != one.floor


def _pair_contradicts(one: Address, other: Address) -> bool:
    """Whether the 3 of 3-501 can be neither the other's building nor its unit."""
    first = one.first_of_pair
    if not first:
        return False
    if other.first_of_pair:
        return first != other.first_of_pair
    return bool(other.building and other.unit) and first not in (other.building, other.unit)


def _doors_agree(one: Address, other: Address) -> bool:
    """Whether the same parts of the door are written on both sides, alike."""
    return one.first_of_pair == other.first_of_pair and all(
        getattr(one, part) == getattr(other, part) for part in _DOOR
    )
